/**
 * What was refused, counted at its device, kept as a bounded set of samples and told to the operator. Refusals are gathered and
 * committed together, so that a flood of them costs a few commits a second, not one each.
 */
import { DeviceId } from '@fleetcast/shared/ids.ts'
import { minutes, ms, type DurationMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type { Changes } from '../ports/changes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { appendEvents, type NewEvent } from '../store/queries/events.ts'
import { addRejected, pruneQuarantine } from '../store/queries/telemetry.ts'
import type { Store } from '../store/store.ts'

export type QuarantinePorts = {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly changes: Changes
}

/** `client` is the device id once the device's certificate was accepted, else a description that is no device id. */
export type Refused = {
  readonly client: string
  readonly topic: string
  readonly code: string
  readonly message: string
  readonly sample: Uint8Array
}

export type Quarantine = {
  /** Resolves when it is counted and kept. */
  readonly keep: (refused: Refused) => Promise<void>
  /** For traffic that nobody waits for: beyond the limit it is only counted in the log. */
  readonly note: (refused: Refused) => void
}

type Waiting = Refused & {
  readonly at: EpochMs
  readonly done: () => void
  readonly failed: (cause: unknown) => void
}

const GATHER = ms(50)
const WAITING_MAX = 5_000
const BATCH_MAX = 500
export const SAMPLES_MAX = 1_000
export const SAMPLE_BYTES_MAX = 512
/** The same refusal of the same client is told once in this time; samples and counters have them all. */
const TOLD_EVERY = minutes(1)
const TOLD_MAX = 1_000

export function createQuarantine(ports: QuarantinePorts): Quarantine {
  const waiting: Waiting[] = []
  const toldAt = new Map<string, DurationMs>()
  let overflowed = 0
  let committing = false
  const commitAll = async (): Promise<void> => {
    committing = true
    await ports.clock.sleep(GATHER)
    while (waiting.length > 0) await commitBatch(ports, toldAt, waiting.splice(0, BATCH_MAX))
    if (overflowed > 0)
      ports.log.warn({ overflowed }, 'more was refused than can be kept; these are not in quarantine')
    overflowed = 0
    committing = false
  }
  const keep = (refused: Refused): Promise<void> =>
    new Promise((done, failed) => {
      waiting.push({ ...refused, at: ports.clock.now(), done, failed })
      if (!committing) void commitAll()
    })
  return {
    keep,
    note: (refused) => {
      if (waiting.length >= WAITING_MAX) overflowed++
      else keep(refused).catch((cause: unknown) => ports.log.error({ cause }, 'a refusal could not be kept'))
    },
  }
}

async function commitBatch(
  ports: QuarantinePorts,
  toldAt: Map<string, DurationMs>,
  batch: readonly Waiting[],
): Promise<void> {
  const { store, changes } = ports
  const rejected = countByDevice(batch)
  const events = newsOf(ports, toldAt, batch)
  try {
    await store.tx(async (db) => {
      await addRejected(db, store, rejected)
      await store.bulk('quarantine', batch.slice(-SAMPLES_MAX).map(rowOf), { onConflict: 'fail', db })
      await pruneQuarantine({ db, t: store.t }, SAMPLES_MAX)
      await appendEvents(db, store, events)
    })
    for (const { done } of batch) done()
    changes.announce('events', 'devices')
  } catch (cause) {
    for (const { failed } of batch) failed(cause)
  }
}

/** A topic comes from the wire; PostgreSQL keeps no U+0000 in text. */
const plain = (text: string): string => text.replaceAll('\0', '')

const rowOf = ({ at, topic, client, code, message, sample }: Waiting) => ({
  at,
  topic: plain(topic),
  client: plain(client),
  code,
  message: plain(message),
  sample: sample.subarray(0, SAMPLE_BYTES_MAX),
})

function countByDevice(batch: readonly Waiting[]): readonly { device: string; rejected: number }[] {
  const byDevice = new Map<string, number>()
  for (const { client } of batch)
    if (DeviceId.safeParse(client).success) byDevice.set(client, (byDevice.get(client) ?? 0) + 1)
  return [...byDevice].map(([device, rejected]) => ({ device, rejected }))
}

/** Events for refusals that were not told lately. Clients without a name share one. */
function newsOf(
  { clock }: Pick<QuarantinePorts, 'clock'>,
  toldAt: Map<string, DurationMs>,
  batch: readonly Waiting[],
): readonly NewEvent[] {
  const now = clock.monotonic()
  const events: NewEvent[] = []
  for (const { at, client, code, message } of batch) {
    const device = DeviceId.safeParse(client)
    const key = `${device.success ? client : ''} ${code}`
    if (now - (toldAt.get(key) ?? Number.NEGATIVE_INFINITY) < TOLD_EVERY) continue
    if (toldAt.size >= TOLD_MAX) toldAt.clear()
    toldAt.set(key, now)
    const subject = client === '' ? 'unknown client' : client
    events.push({
      at,
      eventTime: null,
      source: 'hub',
      subject: plain(subject),
      code,
      severity: 'warning',
      message: plain(message),
    })
  }
  return events
}
