/** Requests to let a version go on in spite of a gate: added, decided once, never removed. */
import { and, asc, eq } from 'drizzle-orm'
import type { Db, Store } from '../store.ts'

export type OverrideRow = Store['t']['gateOverrides']['$inferSelect']
type Reading = Pick<Store, 'db' | 't'>
type Tables = Pick<Store, 't'>

/** Every request, oldest first. */
export const listOverrides = ({ db, t }: Reading): Promise<OverrideRow[]> =>
  db.select().from(t.gateOverrides).orderBy(asc(t.gateOverrides.requestedAt), asc(t.gateOverrides.id))

export const findOverride = ({ db, t }: Reading, id: string): Promise<OverrideRow | undefined> =>
  db
    .select()
    .from(t.gateOverrides)
    .where(eq(t.gateOverrides.id, id))
    .then((rows) => rows[0])

export async function insertOverride(db: Db, { t }: Tables, row: OverrideRow): Promise<void> {
  await db.insert(t.gateOverrides).values(row)
}

export type OverrideDecision = Pick<OverrideRow, 'state' | 'decidedBy' | 'decidedAt' | 'decisionReason'>

/** False when it was decided before. */
export const decideOverrideRow = (
  db: Db,
  { t }: Tables,
  { id, decision }: { readonly id: string; readonly decision: OverrideDecision },
): Promise<boolean> =>
  db
    .update(t.gateOverrides)
    .set(decision)
    .where(and(eq(t.gateOverrides.id, id), eq(t.gateOverrides.state, 'open')))
    .returning({ id: t.gateOverrides.id })
    .then((rows) => rows.length === 1)
