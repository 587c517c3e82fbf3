import { desc, eq, like } from 'drizzle-orm'
import type { Store } from '../store.ts'

export type RecipeRow = Store['t']['recipes']['$inferSelect']
export type DatasetRow = Store['t']['datasets']['$inferSelect']

export const listRecipes = ({ db, t }: Store): Promise<RecipeRow[]> =>
  db.select().from(t.recipes).orderBy(t.recipes.name)

export const findRecipe = ({ db, t }: Store, name: string): Promise<RecipeRow | undefined> =>
  db
    .select()
    .from(t.recipes)
    .where(eq(t.recipes.name, name))
    .then((rows) => rows[0])

export async function putRecipe({ db, t }: Store, recipe: typeof t.recipes.$inferInsert): Promise<void> {
  const { digest, body } = recipe
  await db
    .insert(t.recipes)
    .values(recipe)
    .onConflictDoUpdate({ target: t.recipes.name, set: { digest, body } })
}

export const listDatasets = ({ db, t }: Store): Promise<DatasetRow[]> =>
  db.select().from(t.datasets).orderBy(desc(t.datasets.createdAt))

/** By digest or the start of it (6 digits or more), when that names exactly one. */
export async function findDataset({ db, t }: Store, prefix: string): Promise<DatasetRow | undefined> {
  if (!/^[0-9a-f]{6,64}$/.test(prefix)) return undefined
  const rows = await db
    .select()
    .from(t.datasets)
    .where(like(t.datasets.digest, `${prefix}%`))
    .limit(2)
  return rows.length === 1 ? rows[0] : undefined
}

/** The same content imported twice is one dataset; its first name stays. */
export async function insertDataset(
  { db, t }: Store,
  dataset: typeof t.datasets.$inferInsert,
): Promise<void> {
  await db.insert(t.datasets).values(dataset).onConflictDoNothing()
}
