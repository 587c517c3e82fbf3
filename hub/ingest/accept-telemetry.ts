/**
 * Telemetry becomes durable here: messages are gathered for a few milliseconds and committed together with their
 * device's counters; only then is any of them acknowledged. A message that cannot be read is counted, sampled into
 * quarantine and acknowledged too, and its number counts as spent, since sending it again would not mend it.
 */
import type { DeviceAddress } from '@fleetcast/shared/protocol/topics.ts'
import { ms } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import type { Store } from '../store/store.ts'
import type { Stream } from './advance-stream.ts'
import { commitTelemetry, type Arrived } from './commit-telemetry.ts'
import { createAckPacer } from './pace-acks.ts'
import { numberOf, parseTelemetry } from './parse-telemetry.ts'

export type IntakePorts = {
  readonly store: Store
  readonly clock: Clock
  /** Tells the device that everything up to the watermark is durable. */
  readonly acknowledge: (to: DeviceAddress, watermark: number) => void
  /** Counts and samples what cannot be read; resolves when that is durable. */
  readonly reject: (
    from: DeviceAddress,
    refusal: { code: string; message: string },
    payload: Uint8Array,
  ) => Promise<void>
  /** The next stage: there is something to fold. */
  readonly stored: () => void
}

type Waiting = Arrived & {
  readonly done: (isNew: boolean) => void
  readonly failed: (cause: unknown) => void
}

const BATCH_MAX = 500
const GATHER = ms(5)
/** Messages waiting for a commit; beyond it a device is told to come back later. */
export const WAITING_MAX = 5_000

export type TelemetryIntake = {
  /**
   * Resolves once the message is durable, with whether the device was heard anew (all numbers had come before otherwise);
   * rejects when it is not durable, and the device has to send it again.
   */
  readonly accept: (from: DeviceAddress, payload: Uint8Array) => Promise<boolean>
  /** Resolves when nothing is waiting any more. */
  readonly drain: () => Promise<void>
}

export function createTelemetryIntake(ports: IntakePorts): TelemetryIntake {
  const waiting: Waiting[] = []
  const streams = new Map<string, Stream>()
  const pace = createAckPacer(ports)
  let rejecting = 0
  let committing: Promise<void> | null = null
  let isFull = new AbortController()
  const commitAll = async (): Promise<void> => {
    isFull = new AbortController()
    await ports.clock.sleep(GATHER, isFull.signal)
    while (waiting.length > 0) await commitBatch({ ...ports, pace }, streams, waiting.splice(0, BATCH_MAX))
    committing = null
  }
  const commit = (from: DeviceAddress, message: Omit<Arrived, 'from'>): Promise<boolean> =>
    new Promise<boolean>((done, failed) => {
      waiting.push({ from, ...message, done, failed })
      committing ??= commitAll()
      if (waiting.length === BATCH_MAX) isFull.abort()
    })
  return {
    accept: async (from, payload) => {
      if (waiting.length + rejecting >= WAITING_MAX) throw new IntakeError('telemetry/busy')
      const parsed = parseTelemetry(from.device, payload)
      if (parsed.ok) {
        const { line, message } = parsed.value
        const { sequence, oldest } = message
        return commit(from, { sequence, oldest, isStored: true, body: line })
      }
      rejecting++
      try {
        await ports.reject(from, parsed.error, payload)
      } finally {
        rejecting--
      }
      const number = parsed.error.code === 'telemetry/wrongDevice' ? null : numberOf(payload)
      return number === null ? false : commit(from, { ...number, isStored: false, body: null })
    },
    drain: async () => {
      await committing
    },
  }
}

const SENTENCES = {
  'telemetry/busy': 'the hub commits slower than the fleet sends; the device sends it again',
  'telemetry/tooFarAhead': 'earlier messages are missing; the device sends again from its oldest',
} as const

/** Why a message was not taken; the connection is closed without an acknowledgement. */
export class IntakeError extends Error {
  readonly code: keyof typeof SENTENCES

  constructor(code: keyof typeof SENTENCES) {
    super(`${code}: ${SENTENCES[code]}`)
    this.code = code
  }
}

type CommitPorts = Pick<IntakePorts, 'store' | 'clock' | 'stored'> & {
  readonly pace: (to: DeviceAddress, watermark: number) => void
}

async function commitBatch(
  { store, clock, stored, pace }: CommitPorts,
  streams: Map<string, Stream>,
  batch: readonly Waiting[],
): Promise<void> {
  const committed = await commitTelemetry(store, { messages: batch, known: streams, now: clock.now() }).catch(
    (cause: unknown) => {
      // What is remembered may be what was wrong (another hub has written): read it again next time.
      for (const { from } of batch) streams.delete(from.device)
      for (const { failed } of batch) failed(cause)
      return null
    },
  )
  if (committed === null) return
  for (const [device, stream] of committed.streams) streams.set(device, stream)
  const beyond = new Set(committed.beyond)
  for (const one of batch)
    if (beyond.has(one)) one.failed(new IntakeError('telemetry/tooFarAhead'))
    else one.done(committed.heard.has(one.from.device))
  const addresses = new Map<string, DeviceAddress>(batch.map(({ from }) => [from.device, from]))
  for (const [device, { watermark }] of committed.streams) pace(addresses.get(device)!, watermark)
  stored()
}
