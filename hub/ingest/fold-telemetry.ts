/**
 * Stored messages become totals: each batch is added and the cursor moved in one transaction, so a SIGKILL at any moment
 * counts nothing twice and loses nothing.
 */
import type { TelemetryMessage } from '@fleetcast/shared/protocol/telemetry.ts'
import { ms } from '@fleetcast/shared/units.ts'
import type { Changes } from '../ports/changes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { addEvidence, addLedger, putProfiles, storedProfiles } from '../store/queries/fold.ts'
import { appendEvents, pruneEvents } from '../store/queries/events.ts'
import { reportStatus } from '../store/queries/sites-and-devices.ts'
import {
  cursorOf,
  moveCursor,
  pruneTelemetry,
  telemetryAfter,
  type TelemetryRow,
} from '../store/queries/telemetry.ts'
import type { Db, Store } from '../store/store.ts'
import { readStored } from './parse-telemetry.ts'
import { addProfile } from '@fleetcast/shared/protocol/add-sums.ts'
import { appendObservations } from './append-observations.ts'
import { foldRecords, type Folded, type ProfileSum } from './fold-records.ts'

export type FoldPorts = {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly changes: Changes
}

const CURSOR = 'fold'
/** Read and added in one go on the event loop: small enough that nobody waits for it. */
const BATCH_MAX = 200
const IDLE = ms(100)
const RETRY = ms(1_000)
/** Readings of one go: each is a row of its own, where all else adds up to few. */
const READINGS_MAX = 2_000
/** Messages kept after they were folded, for a look at what a device really sent. */
const KEPT_MESSAGES = 100_000
const KEPT_EVENTS = 100_000

export async function foldTelemetryLoop(ports: FoldPorts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const folded = await foldOnce(ports)
      if (folded < BATCH_MAX) await ports.clock.sleep(IDLE, signal)
    } catch (cause) {
      ports.log.error({ cause }, 'telemetry could not be folded; it is stored and is tried again')
      await ports.clock.sleep(RETRY, signal)
    }
  }
}

/** Folds one batch and returns how many messages it held. Everything but the additions happens outside the transaction. */
export async function foldOnce(ports: FoldPorts): Promise<number> {
  const { store, clock, changes } = ports
  const from = await cursorOf(store.db, store, CURSOR)
  const stored = portionOf(readMessages(ports, await telemetryAfter(store.db, store, from, BATCH_MAX)))
  const to = stored.at(-1)?.id
  if (to === undefined) return 0
  const folded = foldRecords(stored.flatMap(({ message }) => message ?? []))
  const isMine = await store.tx(async (db) => {
    // First, so that a second hub on the same database waits here, and then finds the batch done.
    if (!(await moveCursor(db, store, { name: CURSOR, from, to }))) return false
    await applyFolded(db, store, { folded, now: clock.now() })
    return true
  })
  if (!isMine) return stored.length
  await pruneTelemetry(store, to, KEPT_MESSAGES)
  if (folded.events.length > 0) await pruneEvents(store, KEPT_EVENTS)
  changes.announce('devices', 'events')
  return stored.length
}

type StoredMessage = { readonly id: number; readonly message: TelemetryMessage | null }

/** Every stored message was checked when it came; one that an upgrade made unreadable must not stop the others. */
function readMessages(
  { log }: Pick<FoldPorts, 'log'>,
  rows: readonly TelemetryRow[],
): readonly StoredMessage[] {
  return rows.map(({ id, device, sequence, body }) => {
    const message = readStored(body)
    if (message === null)
      log.error({ id, device, sequence }, 'a stored message cannot be read by this version; it is left out')
    return { id, message }
  })
}

/** The first messages, as many as hold readings for one go. */
function portionOf(stored: readonly StoredMessage[]): readonly StoredMessage[] {
  let readings = 0
  const end = stored.findIndex(({ message }) => {
    for (const record of message?.records ?? [])
      if (record.kind === 'readings') readings += record.values.length
    return readings >= READINGS_MAX
  })
  return end < 0 ? stored : stored.slice(0, end + 1)
}

async function applyFolded(
  db: Db,
  store: Store,
  { folded, now }: { folded: Folded; now: number },
): Promise<void> {
  await addEvidence(db, store, folded.evidence)
  await addLedger(db, store, folded.ledger)
  await putProfiles(db, store, await mergedProfiles(db, store, folded.profiles))
  await appendObservations(db, store, { observed: folded.observed, now })
  for (const [device, report] of folded.reports) await reportStatus(db, store, device, report)
  await appendEvents(
    db,
    store,
    folded.events.map(({ device, at, code, severity, message }) => ({
      at: now,
      eventTime: at,
      source: 'device',
      subject: device,
      code,
      severity,
      message,
    })),
  )
}

const keyOf = ({
  device,
  channel,
  day,
  edges,
}: Pick<ProfileSum, 'device' | 'channel' | 'day' | 'edges'>): string => `${device} ${channel} ${day} ${edges}`

async function mergedProfiles(
  db: Db,
  store: Store,
  increments: readonly ProfileSum[],
): Promise<readonly ProfileSum[]> {
  const stored = new Map(
    (await storedProfiles(db, store, increments)).map((profile) => [keyOf(profile), profile]),
  )
  return increments.map((increment) => {
    const before = stored.get(keyOf(increment))
    return before === undefined ? increment : addProfile(before, increment)
  })
}
