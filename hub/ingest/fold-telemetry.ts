/**
 * Stored messages become totals: each batch is added and the cursor moved in one transaction, so a SIGKILL at any moment
 * counts nothing twice and loses nothing.
 */
import { TelemetryMessage } from '@fleetcast/shared/protocol/telemetry.ts'
import { ms } from '@fleetcast/shared/units.ts'
import type { Changes } from '../ports/changes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { addEvidence, addLedger, putProfiles, storedProfiles } from '../store/queries/fold.ts'
import { appendEvents } from '../store/queries/events.ts'
import { reportStatus } from '../store/queries/sites-and-devices.ts'
import { cursorOf, pruneTelemetry, putCursor, telemetryAfter } from '../store/queries/telemetry.ts'
import type { Db, Store } from '../store/store.ts'
import { addProfiles, foldRecords, type Folded, type ProfileSum } from './fold-records.ts'

export type FoldPorts = {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly changes: Changes
}

const CURSOR = 'fold'
const BATCH_MAX = 500
const IDLE = ms(100)
const RETRY = ms(1_000)
/** Messages kept after they were folded, for a look at what a device really sent. */
const KEPT_MESSAGES = 100_000

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

/** Folds one batch and returns how many messages it held. */
export async function foldOnce({ store, clock, changes }: Omit<FoldPorts, 'log'>): Promise<number> {
  const count = await store.tx(async (db) => {
    const rows = await telemetryAfter(db, store, await cursorOf(db, store, CURSOR), BATCH_MAX)
    const last = rows.at(-1)
    if (last === undefined) return 0
    const messages = rows.map((row) => TelemetryMessage.parse(JSON.parse(new TextDecoder().decode(row.body))))
    await applyFolded(db, store, { folded: foldRecords(messages), now: clock.now() })
    await putCursor(db, store, CURSOR, last.id)
    return rows.length
  })
  if (count === 0) return 0
  await pruneTelemetry(store, await cursorOf(store.db, store, CURSOR), KEPT_MESSAGES)
  changes.announce('devices', 'events')
  return count
}

async function applyFolded(
  db: Db,
  store: Store,
  { folded, now }: { folded: Folded; now: number },
): Promise<void> {
  await addEvidence(db, store, folded.evidence)
  await addLedger(db, store, folded.ledger)
  await putProfiles(db, store, await mergedProfiles(db, store, folded.profiles))
  for (const [device, status] of folded.status) await reportStatus(db, store, device, status)
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
    return before === undefined ? increment : addProfiles(before, increment)
  })
}
