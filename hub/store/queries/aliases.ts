/** Aliases and their history; the rules of both stand in hub/registry. */
import { and, desc, eq, sql, type SQL } from 'drizzle-orm'
import type { Db, Store } from '../store.ts'

export type AliasRow = Store['t']['aliases']['$inferSelect']
export type AliasEntry = Store['t']['aliasHistory']['$inferSelect']
export type NewAliasEntry = Store['t']['aliasHistory']['$inferInsert']
type Tables = Pick<Store, 't'>

/** A name of a recipe. */
export type AliasKey = { readonly recipe: string; readonly name: string }

/** Any number that nothing else locks. */
const REGISTRY_LOCK = 7003

/**
 * Until the transaction ends, nobody else moves an alias, registers or deletes a version, or starts a rollout: each of them
 * decides by what the others have written. SQLite has one writer at a time by itself.
 */
export async function lockRegistry(db: Db, { engine }: Pick<Store, 'engine'>): Promise<void> {
  if (engine === 'postgres')
    await db
      .select({ locked: sql<string>`pg_advisory_xact_lock(${REGISTRY_LOCK})::text` })
      .from(sql`(values (1)) as one`)
}

export const listAliases = ({ db, t }: Pick<Store, 'db' | 't'>): Promise<AliasRow[]> =>
  db.select().from(t.aliases).orderBy(t.aliases.recipe, t.aliases.name)

export const findAlias = (db: Db, { t }: Tables, { recipe, name }: AliasKey): Promise<AliasRow | undefined> =>
  db
    .select()
    .from(t.aliases)
    .where(and(eq(t.aliases.recipe, recipe), eq(t.aliases.name, name)))
    .then((rows) => rows[0])

/** Points the name to where its newest entry says; null takes it away. */
export async function putAlias(
  db: Db,
  { t }: Tables,
  { recipe, name, toDigest, revision, at }: NewAliasEntry,
): Promise<void> {
  if (toDigest == null) {
    await db.delete(t.aliases).where(and(eq(t.aliases.recipe, recipe), eq(t.aliases.name, name)))
    return
  }
  const set = { digest: toDigest, revision, updatedAt: at }
  await db
    .insert(t.aliases)
    .values({ recipe, name, ...set })
    .onConflictDoUpdate({ target: [t.aliases.recipe, t.aliases.name], set })
}

export async function insertAliasEntry(db: Db, { t }: Tables, entry: NewAliasEntry): Promise<void> {
  await db.insert(t.aliasHistory).values(entry)
}

export const lastAliasEntry = (
  db: Db,
  { t }: Tables,
  { recipe, name }: AliasKey,
): Promise<AliasEntry | undefined> =>
  db
    .select()
    .from(t.aliasHistory)
    .where(and(eq(t.aliasHistory.recipe, recipe), eq(t.aliasHistory.name, name)))
    .orderBy(desc(t.aliasHistory.revision))
    .limit(1)
    .then((rows) => rows[0])

/** The newest entry that a rollout made. */
export const aliasEntryOfRollout = (
  db: Db,
  { t }: Tables,
  { recipe, name, rollout }: AliasKey & { readonly rollout: string },
): Promise<AliasEntry | undefined> => {
  const h = t.aliasHistory
  return db
    .select()
    .from(h)
    .where(and(eq(h.recipe, recipe), eq(h.name, name), eq(h.rollout, rollout)))
    .orderBy(desc(h.revision))
    .limit(1)
    .then((rows) => rows[0])
}

const ENTRIES_SHOWN = 500

/** Newest first; of one name, or of all names of the recipe. */
export const listAliasHistory = (
  { db, t }: Pick<Store, 'db' | 't'>,
  { recipe, name }: { readonly recipe: string; readonly name?: string | undefined },
): Promise<AliasEntry[]> => {
  const ofName: SQL | undefined = name === undefined ? undefined : eq(t.aliasHistory.name, name)
  return db
    .select()
    .from(t.aliasHistory)
    .where(and(eq(t.aliasHistory.recipe, recipe), ofName))
    .orderBy(desc(t.aliasHistory.id))
    .limit(ENTRIES_SHOWN)
}

export type ProtectionRow = Store['t']['aliasProtections']['$inferSelect']

export const listProtections = ({ db, t }: Pick<Store, 'db' | 't'>): Promise<ProtectionRow[]> =>
  db.select().from(t.aliasProtections)

export async function putProtection(db: Db, { t }: Tables, row: ProtectionRow): Promise<void> {
  const { isProtected, updatedAt } = row
  await db
    .insert(t.aliasProtections)
    .values(row)
    .onConflictDoUpdate({
      target: [t.aliasProtections.recipe, t.aliasProtections.name],
      set: { isProtected, updatedAt },
    })
}
