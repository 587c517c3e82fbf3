import { desc, gt } from 'drizzle-orm'
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

/** Newest first, only those after `after`. */
export const listEvents = ({ db, t }: Store, after: number, limit: number): Promise<EventRow[]> =>
  db.select().from(t.events).where(gt(t.events.id, after)).orderBy(desc(t.events.id)).limit(limit)
