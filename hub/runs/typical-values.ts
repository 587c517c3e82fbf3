import { assert } from '@fleetcast/shared/assert.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { FeatureConstants } from '../features/compile-features.ts'

/**
 * Constants of the feature graph: means over all rows, held-out ones too. They only keep float32 sums short and stand in where
 * nothing at all is known, so they tell a model nothing about the rows it is judged on.
 */
export function typicalValues(recipe: Recipe, series: readonly StationSeries[]): FeatureConstants {
  const sensors = recipe.channels.length
  const centers = windowChannels(recipe).map((name, channel) => {
    if (channel >= sensors) {
      assert(name === 'latitude' || name === 'longitude', 'site channels follow the sensors')
      return series.reduce((sum, station) => sum + station[name], 0) / series.length
    }
    let [n, sum] = [0, 0]
    for (const { values } of series)
      for (let at = channel; at < values.length; at += sensors)
        if (!Number.isNaN(values[at]!)) {
          n += 1
          sum += values[at]!
        }
    return n === 0 ? 0 : sum / n
  })
  const rounded = centers.map((center) => Number(center.toPrecision(4)))
  const target = recipe.channels.findIndex(({ name }) => name === recipe.target.channel)
  return { centers: rounded, anchorFill: rounded[target]! }
}
