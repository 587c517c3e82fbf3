import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { readRecipe } from '../recipes/read-recipe.ts'

/** The recipes that come with the hub; a file that does not fit the schema stops the start and is named. */
export async function readRecipes(folder: string): Promise<readonly Recipe[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort()
  return Promise.all(
    names.map(async (name) => {
      const recipe = readRecipe(await readFile(join(folder, name), 'utf8'))
      if (recipe.ok) return recipe.value
      throw new Error(`recipe ${name}: ${recipe.error.message}`)
    }),
  )
}
