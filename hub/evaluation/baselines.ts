/** What a model has to beat: what anybody would say without one. */
import { labelOf } from '@fleetcast/shared/labels/label.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import { targetBefore, type Samples } from '../training/build-samples.ts'

export type BaselineInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly samples: Samples
}

const SEASONAL_DAYS = 3

/**
 * Mean of the target at the same time of day on the last three days that are known when the forecast is made; persistence
 * where none of them is.
 */
export function seasonalPersistence({ recipe, series, samples }: BaselineInput): Float32Array {
  const stepsPerDay = Math.round(1_440 / recipe.cadenceMinutes)
  const firstKnownDay = Math.ceil(recipe.target.horizonSteps / stepsPerDay)
  const beforeBySeries = series.map((station) => targetBefore(recipe, station))
  return samples.persistence.map((persistence, row) => {
    const before = beforeBySeries[samples.seriesIndex[row]!]!
    let [n, sum] = [0, 0]
    for (let day = firstKnownDay; day < firstKnownDay + SEASONAL_DAYS; day++) {
      const step = samples.step[row]! + recipe.target.horizonSteps - day * stepsPerDay
      const value = labelOf(recipe.target, before(step))
      if (Number.isNaN(value)) continue
      n += 1
      sum += value
    }
    return n === 0 ? persistence : sum / n
  })
}

/** Mean of the training rows by station, month and hour of the target time; the station's or everybody's mean where that cell is empty. */
export function climatology({ recipe, samples }: BaselineInput, training: Int32Array): Float32Array {
  const horizonSeconds = recipe.target.horizonSteps * recipe.cadenceMinutes * 60
  const cellsOf = (row: number): readonly string[] => {
    const time = new Date((samples.timeSeconds[row]! + horizonSeconds) * 1_000)
    const station = String(samples.seriesIndex[row]!)
    return [
      `${station} ${time.getUTCMonth()} ${time.getUTCHours()}`,
      `${station} ${time.getUTCMonth()}`,
      station,
      '',
    ]
  }
  const cells = new Map<string, { n: number; sum: number }>()
  for (const row of training)
    for (const cell of cellsOf(row)) {
      const known = cells.get(cell) ?? { n: 0, sum: 0 }
      known.n += 1
      known.sum += samples.truth[row]!
      cells.set(cell, known)
    }
  return samples.persistence.map((persistence, row) => {
    const cell = cellsOf(row)
      .map((name) => cells.get(name))
      .find((known) => known !== undefined)
    return cell === undefined ? persistence : cell.sum / cell.n
  })
}
