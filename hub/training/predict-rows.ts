/** What an exported file says to given samples, in the engine that also serves on a device. */
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { scoredOutput, widthOf } from '@fleetcast/shared/recipe/target.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { InferenceEngine } from '../ports/inference-engine.ts'
import { windowBatch, type Samples } from './build-samples.ts'
import { FEATURE_BATCH } from './feature-table.ts'
import type { FitProgress } from './trained-model.ts'

/** What a window is cut by. */
export type WindowRows = Pick<Samples, 'seriesIndex' | 'step' | 'timeSeconds'>

/** The samples with these numbers. */
export const pickRows = (
  { seriesIndex, step, timeSeconds }: WindowRows,
  picked: ArrayLike<number>,
): WindowRows => ({
  seriesIndex: Int32Array.from(picked, (row) => seriesIndex[row]!),
  step: Int32Array.from(picked, (row) => step[row]!),
  timeSeconds: Float64Array.from(picked, (row) => timeSeconds[row]!),
})

export type PredictInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly rows: WindowRows
  readonly onnx: Uint8Array
  readonly onProgress?: FitProgress
}

/** What is scored: one value a row, or the probability of every class, row-major. */
export async function predictRows(
  engine: InferenceEngine,
  { recipe, series, rows, onnx, onProgress }: PredictInput,
): Promise<Float32Array> {
  const shape = { windowSteps: recipe.windowSteps, channels: windowChannels(recipe).length }
  const session = await engine.load(onnx, shape)
  const n = rows.step.length
  const width = widthOf(recipe.target)
  const predicted = new Float32Array(n * width)
  for (let start = 0; start < n; start += FEATURE_BATCH) {
    const count = Math.min(FEATURE_BATCH, n - start)
    const outputs = await session.run(windowBatch({ recipe, series }, rows, { start, count }))
    predicted.set(outputs[scoredOutput(recipe.target)]!, start * width)
    await onProgress?.((start + count) / n, `${start + count} of ${n} windows`)
  }
  await session.close()
  return predicted
}
