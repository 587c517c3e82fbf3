/**
 * Answers metadata requests: a device sees the image repository and its own director files, nobody else's. Bounded queues
 * and one byte budget, like the block server, so that a fleet that asks at once cannot starve telemetry.
 */
import { BLOCK_BYTES, CONTROL_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { encodeMetadataAnswer, MetadataRequest } from '@fleetcast/shared/protocol/metadata.ts'
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { ms } from '@fleetcast/shared/units.ts'
import type { MetadataFiles } from '../desired/director-files.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { createTokenBucket } from './token-bucket.ts'

export type MetadataServerPorts = {
  readonly clock: Clock
  readonly log: Log
  readonly files: MetadataFiles
  readonly send: (to: DeviceAddress, payload: Uint8Array) => boolean
  readonly refused: (from: DeviceAddress, code: string, message: string) => void
}

/** More are dropped, and the device asks again after its timeout. */
export const REQUESTS_MAX = 10_000
/** A refresh asks one file after the other; a few more cover timeouts. */
export const REQUESTS_PER_DEVICE_MAX = 8

const REFILL_EVERY = ms(5)
const TOKENS_MIN = 2 * BLOCK_BYTES

type Waiting = { readonly to: DeviceAddress; readonly request: MetadataRequest }

const nobodyWaits = (): void => undefined

export type MetadataServer = {
  /** Only queues; the loop answers. */
  readonly request: (from: DeviceAddress, payload: Uint8Array) => void
  readonly loop: (signal: AbortSignal) => Promise<void>
}

export function createMetadataServer(ports: MetadataServerPorts, bytesPerSecond: number): MetadataServer {
  const { clock, log } = ports
  const queue: Waiting[] = []
  const waitingByDevice = new Map<string, number>()
  const bucket = createTokenBucket(clock, bytesPerSecond, Math.max(TOKENS_MIN, bytesPerSecond / 20))
  let wake = nobodyWaits
  const answerNext = async (signal: AbortSignal): Promise<void> => {
    const { to, request } = queue.shift()!
    const left = (waitingByDevice.get(to.device) ?? 1) - 1
    if (left === 0) waitingByDevice.delete(to.device)
    else waitingByDevice.set(to.device, left)
    const answer = await answerTo(ports, { to, request })
    while (!bucket.take(answer.length) && !signal.aborted) await clock.sleep(REFILL_EVERY, signal)
    ports.send(to, answer)
  }
  return {
    request: (from, payload) => {
      const request = parseRequest(payload)
      if (request === null)
        return ports.refused(
          from,
          'mqtt/badRequest',
          'a metadata request is {request, repository, file, offset}',
        )
      const waiting = waitingByDevice.get(from.device) ?? 0
      if (queue.length >= REQUESTS_MAX || waiting >= REQUESTS_PER_DEVICE_MAX) return
      waitingByDevice.set(from.device, waiting + 1)
      queue.push({ to: from, request })
      return wake()
    },
    loop: async (signal) => {
      signal.addEventListener('abort', () => wake())
      while (!signal.aborted) {
        if (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve))
        try {
          while (queue.length > 0 && !signal.aborted) await answerNext(signal)
        } catch (cause) {
          log.error({ cause }, 'metadata could not be read; the device asks for them again')
        }
      }
    },
  }
}

async function answerTo({ files }: MetadataServerPorts, { to, request }: Waiting): Promise<Uint8Array> {
  const file = await files(to.device, request)
  const part =
    file === null
      ? null
      : { fileBytes: file.length, bytes: file.subarray(request.offset, request.offset + BLOCK_BYTES) }
  return encodeMetadataAnswer({ request: request.request, part })
}

function parseRequest(payload: Uint8Array): MetadataRequest | null {
  if (payload.length > CONTROL_BYTES_MAX) return null
  try {
    const parsed = MetadataRequest.safeParse(JSON.parse(new TextDecoder().decode(payload)))
    return parsed.success ? parsed.data : null
  } catch {
    return null // not JSON is answered like any other malformed request
  }
}
