import { and, eq } from 'drizzle-orm'
import type { Store } from '../store.ts'

export type AliasRow = Store['t']['aliases']['$inferSelect']

/** The version that a name stands for now, as `champion` of a recipe. */
export const findAlias = (
  { db, t }: Pick<Store, 'db' | 't'>,
  recipe: string,
  name: string,
): Promise<AliasRow | undefined> =>
  db
    .select()
    .from(t.aliases)
    .where(and(eq(t.aliases.recipe, recipe), eq(t.aliases.name, name)))
    .then((rows) => rows[0])
