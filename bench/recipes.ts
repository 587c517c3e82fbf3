/** Every shipped weather recipe: one model for all airports, trained on 2013-2015, against persistence at every station in 2022. */
import { readRecipes } from '../hub/adapters/recipe-files.ts'
import { METRIC_NAME } from '@fleetcast/shared/recipe/metric.ts'
import { metricOf } from '@fleetcast/shared/recipe/target.ts'
import { AIRPORTS, airportTable, judge, openAirports, train } from '../tests/hub/runs/airports.ts'
import type { BenchRow } from './bench-row.ts'
import { cpuSeconds } from './cpu-seconds.ts'

const conditions =
  'shipped recipe, every station of 2013-2015, every hour of 2022 that has a truth; mean over stations'

export async function benchRecipes(print: (row: BenchRow) => void): Promise<void> {
  const table = airportTable()
  if (table === null) return
  const recipes = await readRecipes('hub/recipes')
  for (const recipe of recipes.filter(({ siteChannels }) => siteChannels.length > 0)) {
    const airports = await openAirports(table, recipe)
    const startedAt = cpuSeconds()
    const earlier = await airports.seriesOf({ stations: null, from: null, until: '2016-01-01T00:00:00Z' })
    const onnx = await train(earlier, recipe)
    const trainCpuS = cpuSeconds() - startedAt
    const later = await airports.seriesOf({ stations: null, from: '2022-01-01T00:00:00Z', until: null })
    const [persistence, model] = [await judge(null, later, recipe), await judge(onnx, later, recipe)]
    airports.remove()
    const row = { bench: 'recipes', against: 'persistence, same rows', conditions }
    const unit = METRIC_NAME[metricOf(recipe.target)]
    print({ ...row, metric: `${recipe.name}.persistence`, value: meanOf(persistence), unit })
    print({ ...row, metric: `${recipe.name}.model`, value: meanOf(model), unit })
    const ratios = AIRPORTS.map(({ id }) => model[id]! / persistence[id]!)
    print({ ...row, metric: `${recipe.name}.worstRatio`, value: round(Math.max(...ratios)), unit: 'ratio' })
    print({ ...row, metric: `${recipe.name}.onnxBytes`, value: onnx.length, unit: 'bytes', against: 'none' })
    print({ ...row, metric: `${recipe.name}.trainCpuS`, value: round(trainCpuS), unit: 's', against: 'none' })
  }
}

const meanOf = (bySite: Readonly<Record<string, number>>): number =>
  round(AIRPORTS.reduce((sum, { id }) => sum + bySite[id]!, 0) / AIRPORTS.length)

const round = (value: number): number => Math.round(value * 10_000) / 10_000
