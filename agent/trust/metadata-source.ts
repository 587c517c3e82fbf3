/**
 * Signed metadata through any broker: one block is asked for at a time, so that nothing can be pushed at the device. What
 * comes back is believed only by the client that reads it; here it is bounded in size, in time and in pace.
 */
import type { MetadataAnswer, MetadataRequest, Repository } from '@fleetcast/shared/protocol/metadata.ts'
import { BLOCK_BYTES } from '@fleetcast/shared/protocol/limits.ts'
import type { MetadataSource } from '@fleetcast/shared/trust/metadata-ports.ts'
import { TrustError } from '@fleetcast/shared/trust/trust-error.ts'
import { ms, type DurationMs } from '@fleetcast/shared/units.ts'
import type { AgentSettings } from '../config/agent-settings.ts'
import type { Clock } from '../ports/clock.ts'
import { MinimumRate } from '../update/minimum-rate.ts'

/** Where answers come from; hides the connection and its loss. */
export type MetadataChannel = {
  /** Waits for a connection first; a request that is lost looks like one without an answer. */
  readonly request: (request: MetadataRequest, signal: AbortSignal) => Promise<void>
  /** The next answer to any request; null when none came in time. */
  readonly take: (patience: DurationMs, signal: AbortSignal) => Promise<MetadataAnswer | null>
}

/** The transport failed: nothing was refused, the same question may be asked again. */
export class MetadataUnavailable extends Error {
  readonly code: 'metadata/noAnswer' | 'metadata/tooSlow' | 'metadata/changed' | 'metadata/stopped'
  constructor(code: MetadataUnavailable['code'], file: string, why: string) {
    super(`${file}: ${why}`)
    this.code = code
  }
}

export type MetadataPorts = {
  readonly channel: MetadataChannel
  readonly clock: Pick<Clock, 'monotonic'>
  /** Numbers that no earlier request of this device has used lately. */
  readonly nextNumber: () => number
  readonly settings: Pick<AgentSettings, 'requestTimeoutMs' | 'bytesPerSecondMin' | 'rateWindowMs'>
}

type Part = NonNullable<MetadataAnswer['part']>
type Wanted = Pick<MetadataRequest, 'repository' | 'file' | 'nonce'>

const ATTEMPTS_MAX = 3

/** One repository for the length of one check: `signal` ends it. */
export function metadataSource(
  ports: MetadataPorts,
  { repository, nonce }: { repository: Repository; nonce?: string },
  signal: AbortSignal,
): MetadataSource {
  return {
    get: async (file, bytesMax) => {
      const isFresh = nonce !== undefined && file === 'timestamp.json'
      const wanted: Wanted = { repository, file, ...(isFresh ? { nonce } : {}) }
      return await obtainFile(ports, { wanted, bytesMax }, signal)
    },
  }
}

async function obtainFile(
  ports: MetadataPorts,
  { wanted, bytesMax }: { wanted: Wanted; bytesMax: number },
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const { file } = wanted
  const rate = new MinimumRate(ports.settings)
  const parts: Uint8Array[] = []
  let bytes = 0
  let fileBytes: number | null = null
  do {
    const startedAt = ports.clock.monotonic()
    const part = await obtainPart(ports, { ...wanted, offset: bytes }, signal)
    if (part === null && bytes === 0) return null
    if (part === null || part.fileBytes !== (fileBytes ?? part.fileBytes))
      throw new MetadataUnavailable('metadata/changed', file, 'it was replaced while it was read')
    fileBytes = part.fileBytes
    // Endless data: the size is refused before the rest is asked for.
    if (fileBytes > bytesMax)
      throw new TrustError('trust/tooLarge', file, {
        message: `${fileBytes} bytes where ${bytesMax} are allowed`,
      })
    parts.push(part.bytes)
    bytes += part.bytes.length
    if (!rate.add(ports.clock.monotonic() - startedAt, part.bytes.length))
      throw new MetadataUnavailable('metadata/tooSlow', file, 'its blocks come too slowly')
  } while (bytes < fileBytes)
  return Buffer.concat(parts)
}

/** Null when the repository has no such file. */
async function obtainPart(
  ports: MetadataPorts,
  wanted: Omit<MetadataRequest, 'request'>,
  signal: AbortSignal,
): Promise<Part | null> {
  const { channel, clock, settings } = ports
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const request = ports.nextNumber()
    await channel.request({ ...wanted, request }, signal)
    const deadline = clock.monotonic() + settings.requestTimeoutMs
    for (;;) {
      const answer = await channel.take(ms(Math.max(0, deadline - clock.monotonic())), signal)
      if (signal.aborted)
        throw new MetadataUnavailable('metadata/stopped', wanted.file, 'the check was ended')
      if (answer === null) break
      if (answer.request === request && isWhole(answer.part, wanted.offset)) return answer.part
    }
  }
  throw new MetadataUnavailable('metadata/noAnswer', wanted.file, `no answer to ${ATTEMPTS_MAX} requests`)
}

/** A part is a full block or the end of the file: a trickle of single bytes is no answer. */
const isWhole = (part: Part | null, offset: number): boolean =>
  part === null || part.bytes.length === Math.min(BLOCK_BYTES, Math.max(0, part.fileBytes - offset))
