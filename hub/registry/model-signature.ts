import type { ModelSignature } from '@fleetcast/shared/bundle/model-signature.ts'
import { forecastRange } from '@fleetcast/shared/recipe/target.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { assert } from '@fleetcast/shared/assert.ts'

/** The inputs and outputs of a version of this recipe, with the limits of its target; `coverage` of its bounds, if it gives any. */
export function modelSignature(recipe: Recipe, coverage: number | null): ModelSignature {
  const target = recipe.channels.find((channel) => channel.name === recipe.target.channel)
  assert(target !== undefined, 'the recipe schema guarantees the target channel')
  return {
    schema: 'fleetcast/signature/1',
    recipe: recipe.name,
    cadenceMinutes: recipe.cadenceMinutes,
    windowSteps: recipe.windowSteps,
    channels: [...windowChannels(recipe)],
    target: { ...recipe.target, ...forecastRange(recipe.target, target) },
    ...(coverage === null ? {} : { interval: { coverage } }),
  }
}
