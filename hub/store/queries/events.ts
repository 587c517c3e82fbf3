import { and, desc, eq, gt, lte } from 'drizzle-orm'
import type { Db, Store } from '../store.ts'

export type EventRow = Store['t']['events']['$inferSelect']
export type NewEvent = Store['t']['events']['$inferInsert']

export async function appendEvents(
  db: Db,
  { t }: Pick<Store, 't'>,
  events: readonly NewEvent[],
): Promise<void> {
  if (events.length > 0) await db.insert(t.events).values([...events])
}

/** False when the same code and message stand there already. */
export async function appendEventOnce(store: Store, event: NewEvent): Promise<boolean> {
  const { db, t } = store
  const [known] = await db
    .select({ id: t.events.id })
    .from(t.events)
    .where(and(eq(t.events.code, event.code), eq(t.events.message, event.message)))
    .limit(1)
  if (known === undefined) await appendEvents(db, store, [event])
  return known === undefined
}

/** Newest first, only those after `after`. */
export const listEvents = ({ db, t }: Store, after: number, limit: number): Promise<EventRow[]> =>
  db.select().from(t.events).where(gt(t.events.id, after)).orderBy(desc(t.events.id)).limit(limit)

/** Keeps the newest `keep` events. */
export async function pruneEvents({ db, t }: Pick<Store, 'db' | 't'>, keep: number): Promise<void> {
  const [oldest] = await db
    .select({ id: t.events.id })
    .from(t.events)
    .orderBy(desc(t.events.id))
    .limit(1)
    .offset(keep)
  if (oldest !== undefined) await db.delete(t.events).where(lte(t.events.id, oldest.id))
}
