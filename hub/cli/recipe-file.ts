import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { readRecipe } from '../recipes/read-recipe.ts'
import type { CommandContext } from './command-context.ts'

/** The recipe of a file that an operator names; what is wrong with it names the file. */
export async function recipeOf(
  { files }: Pick<CommandContext, 'files'>,
  file: string,
): Promise<Result<Recipe, Refusal>> {
  const text = await files.read(file)
  if (!text.ok) return text
  const recipe = readRecipe(text.value)
  return recipe.ok ? recipe : refuse(recipe.error.code, `${file}: ${recipe.error.message}`, recipe.error.at)
}
