/** What a model has to beat: what anybody would say without one. */
import { labelOf } from '@fleetcast/shared/labels/label.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { widthOf } from '@fleetcast/shared/recipe/target.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import { targetBefore, type Samples } from '../training/build-samples.ts'

export type BaselineInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly samples: Samples
}

/** One number a row, or of ordered classes the share of each, row-major. */
export type Baseline = Float32Array

const SEASONAL_DAYS = 3

/**
 * Mean of the target (share of each class) at the same time of day on the last three days that are known when the forecast is made;
 * persistence where none of them is.
 */
export function seasonalPersistence({ recipe, series, samples }: BaselineInput): Baseline {
  const stepsPerDay = Math.round(1_440 / recipe.cadenceMinutes)
  const firstKnownDay = Math.ceil(recipe.target.horizonSteps / stepsPerDay)
  const beforeBySeries = series.map((station) => targetBefore(recipe, station))
  const width = widthOf(recipe.target)
  return joined(samples, width, (row) => {
    const before = beforeBySeries[samples.seriesIndex[row]!]!
    const cell = emptyCell(width)
    for (let day = firstKnownDay; day < firstKnownDay + SEASONAL_DAYS; day++) {
      const step = samples.step[row]! + recipe.target.horizonSteps - day * stepsPerDay
      const value = labelOf(recipe.target, before(step))
      if (!Number.isNaN(value)) addTo(cell, value)
    }
    return cell.n === 0 ? undefined : cell
  })
}

/** Mean (share of each class) of the training rows by station, month and hour of the target time; the station's or everybody's mean where that cell is empty. */
export function climatology({ recipe, samples }: BaselineInput, training: Int32Array): Baseline {
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
  const width = widthOf(recipe.target)
  const cells = new Map<string, Cell>()
  for (const row of training)
    for (const name of cellsOf(row)) {
      const known = cells.get(name) ?? emptyCell(width)
      addTo(known, samples.truth[row]!)
      cells.set(name, known)
    }
  return joined(samples, width, (row) =>
    cellsOf(row)
      .map((name) => cells.get(name))
      .find((known) => known !== undefined),
  )
}

/** Sum of the values; of classes how often each came. */
type Cell = { n: number; readonly sums: Float64Array }

const emptyCell = (width: number): Cell => ({ n: 0, sums: new Float64Array(width) })

function addTo(cell: Cell, value: number): void {
  cell.n += 1
  if (cell.sums.length === 1) cell.sums[0]! += value
  else cell.sums[value]! += 1
}

/** The mean of a row's cell; without one persistence. */
function joined(
  { persistence }: BaselineInput['samples'],
  width: number,
  cellOf: (row: number) => Cell | undefined,
): Baseline {
  const out = new Float32Array(persistence.length * width)
  persistence.forEach((stays, row) => {
    const cell = cellOf(row) ?? emptyCell(width)
    if (cell.n === 0) addTo(cell, stays)
    cell.sums.forEach((sum, k) => (out[row * width + k] = sum / cell.n))
  })
  return out
}
