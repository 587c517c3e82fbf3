import { and, desc, eq, getTableColumns, inArray, isNull, like, sql } from 'drizzle-orm'
import type { Db, Store } from '../store.ts'

export type RunRow = Store['t']['runs']['$inferSelect']
export type ListedRun = Omit<RunRow, 'result'>
export type VersionRow = Store['t']['versions']['$inferSelect']
type Reading = Pick<Store, 'db' | 't'>

/** Newest first, without what they found: every look at the fleet reads this list. */
export function listRuns({ db, t }: Store): Promise<ListedRun[]> {
  const { result: _found, ...listed } = getTableColumns(t.runs)
  return db.select(listed).from(t.runs).orderBy(desc(t.runs.createdAt)).limit(200)
}

/** Newest first. */
export const listRunsOfKind = ({ db, t }: Store, kind: string): Promise<RunRow[]> =>
  db.select().from(t.runs).where(eq(t.runs.kind, kind)).orderBy(desc(t.runs.createdAt)).limit(100)

/** Those of a recipe that have succeeded, of the given kinds, newest first; what they found is in `result`. */
export const listStudies = (
  { db, t }: Store,
  { recipe, kinds }: { readonly recipe: string; readonly kinds: readonly string[] },
): Promise<RunRow[]> =>
  db
    .select()
    .from(t.runs)
    .where(and(eq(t.runs.recipe, recipe), eq(t.runs.state, 'succeeded'), inArray(t.runs.kind, [...kinds])))
    .orderBy(desc(t.runs.createdAt))
    .limit(200)

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
export const listEqualRuns = (
  { db, t }: Store,
  { kind, runKey }: Pick<RunRow, 'kind' | 'runKey'>,
): Promise<RunRow[]> =>
  db
    .select()
    .from(t.runs)
    .where(
      and(eq(t.runs.kind, kind), eq(t.runs.runKey, runKey), inArray(t.runs.state, [...OPEN, 'succeeded'])),
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

/** Those that are not deleted. */
export const listVersions = ({ db, t }: Reading): Promise<VersionRow[]> =>
  db
    .select()
    .from(t.versions)
    .where(isNull(t.versions.deletedAt))
    .orderBy(t.versions.recipe, t.versions.version)

/** What a digest was called, deleted or not: for looking back. */
export const listVersionNames = ({
  db,
  t,
}: Reading): Promise<Pick<VersionRow, 'recipe' | 'version' | 'digest'>[]> => {
  const { recipe, version, digest } = t.versions
  return db.select({ recipe, version, digest }).from(t.versions)
}

export const findVersion = (
  { db, t }: Reading,
  recipe: string,
  version: number,
): Promise<VersionRow | undefined> =>
  db
    .select()
    .from(t.versions)
    .where(and(eq(t.versions.recipe, recipe), eq(t.versions.version, version), isNull(t.versions.deletedAt)))
    .then((rows) => rows[0])

export const findVersionByDigest = ({ db, t }: Reading, digest: string): Promise<VersionRow | undefined> =>
  db
    .select()
    .from(t.versions)
    .where(and(eq(t.versions.digest, digest), isNull(t.versions.deletedAt)))
    .then((rows) => rows[0])

/** Deleted ones, too. */
export const findAnyVersion = (
  { db, t }: Reading,
  recipe: string,
  version: number,
): Promise<VersionRow | undefined> =>
  db
    .select()
    .from(t.versions)
    .where(and(eq(t.versions.recipe, recipe), eq(t.versions.version, version)))
    .then((rows) => rows[0])

/** What a run registered. */
export const findVersionOfRun = ({ db, t }: Reading, run: string): Promise<VersionRow | undefined> =>
  db
    .select()
    .from(t.versions)
    .where(and(eq(t.versions.run, run), isNull(t.versions.deletedAt)))
    .then((rows) => rows[0])

/** Deleted ones, too; at most two, which is enough to see that the start of a digest is not enough. */
export const findByDigestStart = ({ db, t }: Reading, start: string): Promise<VersionRow[]> =>
  db
    .select()
    .from(t.versions)
    .where(like(t.versions.digest, `${start}%`))
    .limit(2)

/** One more than the highest ever, deleted ones included; call inside the transaction that inserts. */
export const nextVersion = (db: Db, { t }: Pick<Store, 't'>, recipe: string): Promise<number> =>
  db
    .select({ highest: sql<number>`coalesce(max(${t.versions.version}), 0)`.mapWith(Number) })
    .from(t.versions)
    .where(eq(t.versions.recipe, recipe))
    .then((rows) => (rows[0]?.highest ?? 0) + 1)

export async function markDeleted(
  db: Db,
  { t }: Pick<Store, 't'>,
  digest: string,
  set: Pick<VersionRow, 'deletedAt' | 'deletedBy' | 'deletionReason'>,
): Promise<void> {
  await db.update(t.versions).set(set).where(eq(t.versions.digest, digest))
}

export async function insertVersion(
  db: Db,
  { t }: Pick<Store, 't'>,
  version: typeof t.versions.$inferInsert,
): Promise<void> {
  await db.insert(t.versions).values(version)
}
