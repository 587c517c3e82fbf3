import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'

/** The recipes that come with the hub; a file that does not fit the schema stops the start and is named. */
export async function readRecipes(folder: string): Promise<readonly Recipe[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort()
  return Promise.all(
    names.map(async (name) => {
      const parsed = Recipe.safeParse(parse(await readFile(join(folder, name), 'utf8')))
      if (parsed.success) return parsed.data
      const [issue] = parsed.error.issues
      throw new Error(`recipe ${name}: ${issue?.path.join('.')}: ${issue?.message}`)
    }),
  )
}
