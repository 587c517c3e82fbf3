import type { FeatureSpec } from '@fleetcast/shared/recipe/features.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'

/** The matrix columns in order, readable: `temperature-24`, `mean(pressure,72)`, `sin(year,2)`. */
export const featureNames = (recipe: Pick<Recipe, 'features'>): readonly string[] =>
  recipe.features.flatMap(namesOf)

function namesOf(spec: FeatureSpec): readonly string[] {
  if ('lag' in spec) return spec.steps.map((step) => `${spec.lag}-${step}`)
  if ('difference' in spec) return spec.steps.map((step) => `${spec.difference}-(${spec.difference}-${step})`)
  if ('mean' in spec) return spec.steps.map((steps) => `mean(${spec.mean},${steps})`)
  if ('range' in spec)
    return spec.steps.flatMap((steps) =>
      ['min', 'max', 'range'].map((name) => `${name}(${spec.range},${steps})`),
    )
  if ('sun' in spec) return spec.sun.hoursBefore.map((hours) => `sun(target-${hours}h)`)
  if ('site' in spec) return spec.site
  const harmonics = Array.from({ length: spec.harmonics }, (_, i) => i + 1)
  return spec.calendar.flatMap((period) =>
    harmonics.flatMap((k) => [`sin(${period},${k})`, `cos(${period},${k})`]),
  )
}
