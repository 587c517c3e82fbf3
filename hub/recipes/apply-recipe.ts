/** A recipe takes its place in the hub; what stations were enrolled to does not change under them. */
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import type { Sha256 } from '@fleetcast/shared/ids.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Clock } from '../ports/clock.ts'
import { findRecipe, putRecipe } from '../store/queries/recipes-and-datasets.ts'
import { listEnrolled } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'
import { diffRecipes, weakenedLimits, type RecipeChange } from './diff-recipes.ts'

export type Applied = {
  readonly digest: string
  readonly isNew: boolean
  readonly changes: readonly RecipeChange[]
  /** Gate limits that let more through than before; of a new recipe, than the defaults. */
  readonly weakened: readonly string[]
}

/** Meant where none is named. */
export const DEFAULT_RECIPE = 'temperature-24h'

type Ports = { readonly store: Store; readonly clock: Clock }

export const recipeDigest = (recipe: Recipe): Sha256 => sha256(canonicalJson(recipe))

/** Stores the recipe under its name; refuses another shape of readings or forecasts while stations are enrolled. */
export async function applyRecipe(
  { store, clock }: Ports,
  recipe: Recipe,
): Promise<Result<Applied, Refusal<'recipe/inUse'>>> {
  const digest = recipeDigest(recipe)
  const stored = await findRecipe(store, recipe.name)
  const before = stored === undefined ? null : Recipe.parse(stored.body)
  const changes = before === null ? [] : diffRecipes(before, recipe)
  const shape = changes.filter((change) => change.isShape).map(({ path }) => path)
  if (shape.length > 0 && (await listEnrolled(store, recipe.name)).length > 0)
    return refuse(
      'recipe/inUse',
      `stations are enrolled to ${recipe.name}, and ${shape.slice(0, 5).join(', ')} would change what they measure or forecast; give the new recipe another name`,
      shape[0],
    )
  await putRecipe(store, { name: recipe.name, digest, body: recipe, createdAt: clock.now() })
  return ok({ digest, isNew: before === null, changes, weakened: weakenedLimits(before, recipe) })
}

/** The recipes that come with the hub, where the hub has none of that name yet: what was applied since stays. */
export async function addShippedRecipes(ports: Ports, recipes: readonly Recipe[]): Promise<void> {
  for (const recipe of recipes)
    if ((await findRecipe(ports.store, recipe.name)) === undefined)
      await putRecipe(ports.store, {
        name: recipe.name,
        digest: recipeDigest(recipe),
        body: recipe,
        createdAt: ports.clock.now(),
      })
}
