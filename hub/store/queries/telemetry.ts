import { and, asc, desc, eq, gt, inArray, lte, sql } from 'drizzle-orm'
import type { Db, Store } from '../store.ts'

export type TelemetryRow = Store['t']['telemetry']['$inferSelect']
export type NewTelemetry = Store['t']['telemetry']['$inferInsert']
export type StreamCounts = Store['t']['streams']['$inferSelect']

export const streamsOf = (
  db: Db,
  { t }: Pick<Store, 't'>,
  devices: readonly string[],
): Promise<StreamCounts[]> =>
  db
    .select()
    .from(t.streams)
    .where(inArray(t.streams.device, [...devices]))

export type StreamProgress = Omit<StreamCounts, 'rejected'>

/** Counters of accepted traffic; refusals are counted apart, as they happen. */
export async function putStreams(db: Db, store: Store, streams: readonly StreamProgress[]): Promise<void> {
  await store.bulk('streams', streams, { onConflict: { key: ['device'], merge: 'replace' }, db })
}

/** Stored sequences above `after`, in order: to find how far the row without a gap reaches. */
export const sequencesAfter = (
  db: Db,
  { t }: Pick<Store, 't'>,
  device: string,
  after: number,
): Promise<number[]> =>
  db
    .select({ sequence: t.telemetry.sequence })
    .from(t.telemetry)
    .where(and(eq(t.telemetry.device, device), gt(t.telemetry.sequence, after)))
    .orderBy(asc(t.telemetry.sequence))
    .then((rows) => rows.map((row) => row.sequence))

export async function touchDevices(
  db: Db,
  { t }: Pick<Store, 't'>,
  devices: readonly string[],
  at: number,
): Promise<void> {
  await db
    .update(t.devices)
    .set({ lastSeenAt: at })
    .where(inArray(t.devices.id, [...devices]))
}

export const cursorOf = (db: Db, { t }: Pick<Store, 't'>, name: string): Promise<number> =>
  db
    .select()
    .from(t.cursors)
    .where(eq(t.cursors.name, name))
    .then((rows) => rows[0]?.position ?? 0)

/** Moves a cursor that still stands at `from`; false when somebody else has moved it. */
export async function moveCursor(
  db: Db,
  { t }: Pick<Store, 't'>,
  { name, from, to }: { name: string; from: number; to: number },
): Promise<boolean> {
  if (from === 0) await db.insert(t.cursors).values({ name, position: 0 }).onConflictDoNothing()
  const moved = await db
    .update(t.cursors)
    .set({ position: to })
    .where(and(eq(t.cursors.name, name), eq(t.cursors.position, from)))
    .returning({ name: t.cursors.name })
  return moved.length === 1
}

export const telemetryAfter = (
  db: Db,
  { t }: Pick<Store, 't'>,
  id: number,
  limit: number,
): Promise<TelemetryRow[]> =>
  db.select().from(t.telemetry).where(gt(t.telemetry.id, id)).orderBy(asc(t.telemetry.id)).limit(limit)

/**
 * Frees messages that are folded and older than `keep` rows. A number below its device's watermark tells a duplicate without
 * its row; one that is still ahead of a gap stays, or the device's next attempt would count twice.
 */
export async function pruneTelemetry({ db, t }: Store, foldedUpTo: number, keep: number): Promise<void> {
  const watermark = db
    .select({ watermark: t.streams.watermark })
    .from(t.streams)
    .where(eq(t.streams.device, t.telemetry.device))
  await db
    .delete(t.telemetry)
    .where(and(lte(t.telemetry.id, foldedUpTo - keep), lte(t.telemetry.sequence, sql`(${watermark})`)))
}

/** Keeps the newest `keep` samples. */
export async function pruneQuarantine({ db, t }: Pick<Store, 'db' | 't'>, keep: number): Promise<void> {
  const [oldest] = await db
    .select({ id: t.quarantine.id })
    .from(t.quarantine)
    .orderBy(desc(t.quarantine.id))
    .limit(1)
    .offset(keep)
  if (oldest !== undefined) await db.delete(t.quarantine).where(lte(t.quarantine.id, oldest.id))
}

/** Refused messages of many devices. */
export async function addRejected(
  db: Db,
  store: Store,
  rows: readonly { readonly device: string; readonly rejected: number }[],
): Promise<void> {
  await store.bulk('streams', rows, { onConflict: { key: ['device'], merge: 'add' }, db })
}
