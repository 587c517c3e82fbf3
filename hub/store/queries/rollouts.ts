import { and, desc, eq } from 'drizzle-orm'
import type { Db, Store } from '../store.ts'

export type RolloutRow = Store['t']['rollouts']['$inferSelect']
export type NewDecision = Store['t']['decisions']['$inferInsert']

export const listRollouts = ({ db, t }: Store): Promise<RolloutRow[]> =>
  db.select().from(t.rollouts).orderBy(desc(t.rollouts.createdAt)).limit(200)

/** All of them, newest first. */
export const listEveryRollout = ({ db, t }: Pick<Store, 'db' | 't'>): Promise<RolloutRow[]> =>
  db.select().from(t.rollouts).orderBy(desc(t.rollouts.createdAt))

/** Newest first. */
export const listRolloutsOfRecipe = ({ db, t }: Store, recipe: string): Promise<RolloutRow[]> =>
  db.select().from(t.rollouts).where(eq(t.rollouts.recipe, recipe)).orderBy(desc(t.rollouts.createdAt))

export const findRollout = ({ db, t }: Store, id: string): Promise<RolloutRow | undefined> =>
  db
    .select()
    .from(t.rollouts)
    .where(eq(t.rollouts.id, id))
    .then((rows) => rows[0])

export async function insertRollout(
  db: Db,
  { t }: Pick<Store, 't'>,
  rollout: typeof t.rollouts.$inferInsert,
): Promise<void> {
  await db.insert(t.rollouts).values(rollout)
}

/** Compare-and-swap on the revision; false when somebody else was faster. */
export const saveRollout = (
  db: Db,
  { t }: Pick<Store, 't'>,
  { id, revision, set }: { id: string; revision: number; set: Partial<typeof t.rollouts.$inferInsert> },
): Promise<boolean> =>
  db
    .update(t.rollouts)
    .set({ ...set, revision: revision + 1 })
    .where(and(eq(t.rollouts.id, id), eq(t.rollouts.revision, revision)))
    .returning({ id: t.rollouts.id })
    .then((rows) => rows.length === 1)

export async function insertDecisions(
  db: Db,
  { t }: Pick<Store, 't'>,
  decisions: readonly NewDecision[],
): Promise<void> {
  if (decisions.length > 0) await db.insert(t.decisions).values([...decisions])
}
