import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Db, Store } from '../store.ts'

export type RunRow = Store['t']['runs']['$inferSelect']
export type VersionRow = Store['t']['versions']['$inferSelect']

export const listRuns = ({ db, t }: Store): Promise<RunRow[]> =>
  db.select().from(t.runs).orderBy(desc(t.runs.createdAt)).limit(200)

export const findRun = ({ db, t }: Store, id: string): Promise<RunRow | undefined> =>
  db
    .select()
    .from(t.runs)
    .where(eq(t.runs.id, id))
    .then((rows) => rows[0])

/** Runs that have not ended. */
const OPEN: RunRow['state'][] = ['queued', 'running']

/** Queued runs in the order they came, and what a hub that stopped left running. */
export const listOpenRuns = ({ db, t }: Store): Promise<RunRow[]> =>
  db.select().from(t.runs).where(inArray(t.runs.state, OPEN)).orderBy(t.runs.createdAt)

/** Training runs with this key that have not failed, newest first. */
export const listEqualRuns = ({ db, t }: Store, runKey: string): Promise<RunRow[]> =>
  db
    .select()
    .from(t.runs)
    .where(
      and(eq(t.runs.kind, 'train'), eq(t.runs.runKey, runKey), inArray(t.runs.state, [...OPEN, 'succeeded'])),
    )
    .orderBy(desc(t.runs.createdAt))

export async function insertRun({ db, t }: Store, run: typeof t.runs.$inferInsert): Promise<void> {
  await db.insert(t.runs).values(run)
}

/** Changes a run that has not ended, and says whether it did: what has ended stays as it ended. */
export const updateRun = (
  db: Db,
  { t }: Pick<Store, 't'>,
  id: string,
  set: Partial<typeof t.runs.$inferInsert>,
): Promise<boolean> =>
  db
    .update(t.runs)
    .set(set)
    .where(and(eq(t.runs.id, id), inArray(t.runs.state, OPEN)))
    .returning({ id: t.runs.id })
    .then((rows) => rows.length === 1)

export const listVersions = ({ db, t }: Store): Promise<VersionRow[]> =>
  db.select().from(t.versions).orderBy(t.versions.recipe, t.versions.version)

export const findVersion = (
  { db, t }: Store,
  recipe: string,
  version: number,
): Promise<VersionRow | undefined> =>
  db
    .select()
    .from(t.versions)
    .where(and(eq(t.versions.recipe, recipe), eq(t.versions.version, version)))
    .then((rows) => rows[0])

/** What a run registered. */
export const findVersionOfRun = ({ db, t }: Store, run: string): Promise<VersionRow | undefined> =>
  db
    .select()
    .from(t.versions)
    .where(eq(t.versions.run, run))
    .then((rows) => rows[0])

export const findVersionByDigest = ({ db, t }: Store, digest: string): Promise<VersionRow | undefined> =>
  db
    .select()
    .from(t.versions)
    .where(eq(t.versions.digest, digest))
    .then((rows) => rows[0])

/** One more than the highest; call inside the transaction that inserts. */
export const nextVersion = (db: Db, { t }: Pick<Store, 't'>, recipe: string): Promise<number> =>
  db
    .select({ highest: sql<number>`coalesce(max(${t.versions.version}), 0)`.mapWith(Number) })
    .from(t.versions)
    .where(eq(t.versions.recipe, recipe))
    .then((rows) => (rows[0]?.highest ?? 0) + 1)

export async function insertVersion(
  db: Db,
  { t }: Pick<Store, 't'>,
  version: typeof t.versions.$inferInsert,
): Promise<void> {
  await db.insert(t.versions).values(version)
}
