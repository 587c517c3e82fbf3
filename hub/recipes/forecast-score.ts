/** How the forecasts of a recipe are looked at: in what unit they are scored, how, and over how many days. */
import * as z from 'zod'
import { MONITORING_DEFAULT, MonitoringSpec } from '@fleetcast/shared/recipe/recipe.ts'
import { type Metric } from '@fleetcast/shared/recipe/metric.ts'
import { forecastRange, metricOf, TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import { assert } from '@fleetcast/shared/assert.ts'
import { listRecipes } from '../store/queries/recipes-and-datasets.ts'
import type { Store } from '../store/store.ts'

export type ForecastScore = {
  readonly unit: string
  readonly metric: Metric
  readonly monitoring: MonitoringSpec
}

/** As much of a stored recipe as is needed here, read at every look at the fleet. */
const Scored = z.object({
  channels: z.array(z.object({ name: z.string(), unit: z.string(), min: z.number(), max: z.number() })),
  target: TargetSpec,
  monitoring: MonitoringSpec.optional(),
})

export function scoreOf({
  channels,
  target,
  monitoring = MONITORING_DEFAULT,
}: z.infer<typeof Scored>): ForecastScore {
  const channel = channels.find(({ name }) => name === target.channel)
  assert(channel !== undefined, 'the recipe schema guarantees the target channel')
  return { unit: forecastRange(target, channel).unit, metric: metricOf(target), monitoring }
}

const UNKNOWN: ForecastScore = { unit: '', metric: 'mae', monitoring: MONITORING_DEFAULT }

/** Of every recipe, by name. */
export async function forecastScores(store: Store): Promise<(recipe: string) => ForecastScore> {
  const rows = await listRecipes(store)
  const scores = new Map(rows.map(({ name, body }) => [name, scoreOf(Scored.parse(body))]))
  return (recipe) => scores.get(recipe) ?? UNKNOWN
}
