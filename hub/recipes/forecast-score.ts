/** In what the forecasts of a recipe are scored: its unit, and how. */
import * as z from 'zod'
import { forecastRange, metricOf, TargetSpec, type Metric } from '@fleetcast/shared/recipe/target.ts'
import { assert } from '@fleetcast/shared/assert.ts'
import { listRecipes } from '../store/queries/recipes-and-datasets.ts'
import type { Store } from '../store/store.ts'

export type ForecastScore = { readonly unit: string; readonly metric: Metric }

/** As much of a stored recipe as is needed here, read at every look at the fleet. */
const Scored = z.object({
  channels: z.array(z.object({ name: z.string(), unit: z.string(), min: z.number(), max: z.number() })),
  target: TargetSpec,
})

export function scoreOf({ channels, target }: z.infer<typeof Scored>): ForecastScore {
  const channel = channels.find(({ name }) => name === target.channel)
  assert(channel !== undefined, 'the recipe schema guarantees the target channel')
  return { unit: forecastRange(target, channel).unit, metric: metricOf(target) }
}

const UNKNOWN: ForecastScore = { unit: '', metric: 'mae' }

/** Of every recipe, by name. */
export async function forecastScores(store: Store): Promise<(recipe: string) => ForecastScore> {
  const rows = await listRecipes(store)
  const scores = new Map(rows.map(({ name, body }) => [name, scoreOf(Scored.parse(body))]))
  return (recipe) => scores.get(recipe) ?? UNKNOWN
}
