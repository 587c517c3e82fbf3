/**
 * Series -> samples: one per step whose anchor and whose truth `horizonSteps` later are both there. The feature matrix comes
 * out of the feature graph itself, run by the same engine that serves on a device.
 */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { minutes } from '@fleetcast/shared/units.ts'
import { windowLength, writeWindow } from '@fleetcast/shared/windows/window.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { FeatureConstants } from '../features/compile-features.ts'
import { featureNames } from '../features/feature-names.ts'
import type { InferenceEngine, ModelBatch } from '../ports/inference-engine.ts'
import { FEATURE_BATCH, openFeatureTable } from './feature-table.ts'
import { columnOf, type Matrix } from './matrix.ts'
import type { FitProgress } from './trained-model.ts'

export type Samples = {
  readonly matrix: Matrix
  /** Truth less anchor; anchor; truth. One value a row, units of the target. */
  readonly target: Float32Array
  readonly anchor: Float32Array
  readonly truth: Float32Array
  /** Which series and which step (newest row of the window) a row comes from. */
  readonly seriesIndex: Int32Array
  readonly step: Int32Array
  /** Event time of the newest row, seconds. */
  readonly timeSeconds: Float64Array
}

/** A window must hold at least this share of the target's values. */
const COVERAGE_MIN = 0.5

export type SampleInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly constants: FeatureConstants
  readonly onProgress: FitProgress
}

export async function buildSamples(engine: InferenceEngine, input: SampleInput): Promise<Samples> {
  const rows = eligibleRows(input)
  const columns = featureNames(input.recipe).length
  const matrix = { rows: rows.count, columns, data: new Float32Array(rows.count * columns) }
  const anchors = new Float32Array(rows.count)
  const table = await openFeatureTable(engine, input.recipe, input.constants)
  for (let start = 0; start < rows.count; start += FEATURE_BATCH) {
    const count = Math.min(FEATURE_BATCH, rows.count - start)
    const part = await table.run(windowBatch(input, rows, { start, count }))
    anchors.set(part.anchor, start)
    for (let j = 0; j < columns; j++) matrix.data.set(columnOf(part.matrix, j), j * rows.count + start)
    await input.onProgress((start + count) / rows.count, `${start + count} of ${rows.count} windows`)
  }
  await table.close()
  return { matrix, anchor: anchors, target: rows.truth.map((y, i) => y - anchors[i]!), ...rows }
}

export type Rows = Pick<Samples, 'seriesIndex' | 'step' | 'truth' | 'timeSeconds'> & {
  readonly count: number
}

function eligibleRows({ recipe, series }: SampleInput): Rows {
  const target = recipe.channels.findIndex(({ name }) => name === recipe.target.channel)
  const {
    windowSteps,
    target: { horizonSteps },
  } = recipe
  const found = {
    seriesIndex: [] as number[],
    step: [] as number[],
    truth: [] as number[],
    timeSeconds: [] as number[],
  }
  series.forEach(({ values, steps, startAt }, index) => {
    const sensors = recipe.channels.length
    const at = (step: number): number =>
      step < 0 || step >= steps ? Number.NaN : values[step * sensors + target]!
    let present = 0
    for (let step = 0; step + horizonSteps < steps; step++) {
      if (!Number.isNaN(at(step))) present += 1
      if (!Number.isNaN(at(step - windowSteps))) present -= 1
      if (
        Number.isNaN(at(step)) ||
        Number.isNaN(at(step + horizonSteps)) ||
        present < COVERAGE_MIN * windowSteps
      )
        continue
      found.seriesIndex.push(index)
      found.step.push(step)
      found.truth.push(at(step + horizonSteps))
      found.timeSeconds.push((startAt + step * minutes(recipe.cadenceMinutes)) / 1_000)
    }
  })
  return {
    count: found.step.length,
    seriesIndex: Int32Array.from(found.seriesIndex),
    step: Int32Array.from(found.step),
    truth: Float32Array.from(found.truth),
    timeSeconds: Float64Array.from(found.timeSeconds),
  }
}

/** Windows of `count` rows from `start`, as the model takes them: float32 [count, windowSteps, channels]. */
export function windowBatch(
  { recipe, series }: Pick<SampleInput, 'recipe' | 'series'>,
  rows: Pick<Rows, 'seriesIndex' | 'step' | 'timeSeconds'>,
  { start, count }: { start: number; count: number },
): ModelBatch {
  const sensors = recipe.channels.length
  const length = windowLength(recipe, sensors)
  const windows = new Float32Array(count * length)
  const times = new BigInt64Array(count)
  for (let i = 0; i < count; i++) {
    const station = series[rows.seriesIndex[start + i]!]!
    const regular = { values: station.values, steps: station.steps, sensors }
    writeWindow(regular, rows.step[start + i]!, {
      shape: recipe,
      position: station,
      out: windows,
      offset: i * length,
    })
    times[i] = BigInt(rows.timeSeconds[start + i]!)
  }
  return { windows, times, count }
}
