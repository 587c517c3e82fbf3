/**
 * Series -> samples: one per step at which persistence has something to say and whose truth `horizonSteps` later is there. The
 * feature matrix comes out of the feature graph itself, run by the same engine that serves on a device.
 */
import { labelOf, persistenceOf, type ValueBefore } from '@fleetcast/shared/labels/label.ts'
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
  /** What persistence says. */
  readonly persistence: Float32Array
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

export type Rows = Pick<Samples, 'seriesIndex' | 'step' | 'truth' | 'persistence' | 'timeSeconds'> & {
  readonly count: number
}

function eligibleRows({ recipe, series }: SampleInput): Rows {
  const { windowSteps, target } = recipe
  const found = {
    seriesIndex: [] as number[],
    step: [] as number[],
    truth: [] as number[],
    persistence: [] as number[],
    timeSeconds: [] as number[],
  }
  series.forEach((station, index) => {
    const before = targetBefore(recipe, station)
    let present = 0
    for (let step = 0; step + target.horizonSteps < station.steps; step++) {
      if (!Number.isNaN(before(step)(0))) present += 1
      if (!Number.isNaN(before(step)(windowSteps))) present -= 1
      const persistence = persistenceOf(target, before(step))
      const truth = labelOf(target, before(step + target.horizonSteps))
      if (Number.isNaN(persistence) || Number.isNaN(truth) || present < COVERAGE_MIN * windowSteps) continue
      found.seriesIndex.push(index)
      found.step.push(step)
      found.truth.push(truth)
      found.persistence.push(persistence)
      found.timeSeconds.push((station.startAt + step * minutes(recipe.cadenceMinutes)) / 1_000)
    }
  })
  return {
    count: found.step.length,
    seriesIndex: Int32Array.from(found.seriesIndex),
    step: Int32Array.from(found.step),
    truth: Float32Array.from(found.truth),
    persistence: Float32Array.from(found.persistence),
    timeSeconds: Float64Array.from(found.timeSeconds),
  }
}

/** The target channel as its labels read it: `targetBefore(...)(step)(2)` is the value two steps before `step`. */
export function targetBefore(
  recipe: Pick<Recipe, 'channels' | 'target'>,
  { values, steps }: Pick<StationSeries, 'values' | 'steps'>,
): (step: number) => ValueBefore {
  const sensors = recipe.channels.length
  const target = recipe.channels.findIndex(({ name }) => name === recipe.target.channel)
  return (step) => (back) => {
    const at = step - back
    return at < 0 || at >= steps ? Number.NaN : values[at * sensors + target]!
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
