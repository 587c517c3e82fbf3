/** The exported graph must say what the trainer says, on clean windows and on damaged ones. */
import { createRandom } from '@fleetcast/shared/random.ts'
import { widthOf } from '@fleetcast/shared/recipe/target.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { FeatureConstants } from '../features/compile-features.ts'
import type { InferenceEngine, ModelBatch } from '../ports/inference-engine.ts'
import { windowBatch, type Samples } from '../training/build-samples.ts'
import { FEATURE_BATCH, openFeatureTable } from '../training/feature-table.ts'
import { meanPlaces } from '../training/classification/ordered-classes.ts'
import type { IntervalModel } from '../training/fit-interval.ts'
import type { TrainedModel } from '../training/trained-model.ts'
import { boundsOf } from './fit-run-interval.ts'
import { DAMAGES, damageWindow } from './damage-windows.ts'

export type Parity = {
  readonly rows: number
  /** Largest |graph - trainer|; Infinity when the graph says something that is no number. */
  readonly maxDifference: number
  readonly tolerance: number
}

export type ParityInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly samples: Samples
  readonly constants: FeatureConstants
  readonly model: TrainedModel
  readonly interval?: IntervalModel | undefined
  readonly onnx: Uint8Array
  readonly seed: number
}

const ROWS_MIN = 1_500
/** Share of the target's standard deviation: far below any sensor's resolution, above float32's rounding. */
const TOLERANCE_SHARE = 1e-4

export async function checkParity(engine: InferenceEngine, input: ParityInput): Promise<Parity> {
  const { recipe, model, constants, onnx, samples } = input
  const table = await openFeatureTable(engine, recipe, constants)
  const shape = { windowSteps: recipe.windowSteps, channels: windowChannels(recipe).length }
  const session = await engine.load(onnx, shape)
  let [rows, maxDifference] = [0, 0]
  for (const batch of replayedBatches(input)) {
    const { matrix, anchor } = await table.run(batch)
    const outputs = await session.run(batch)
    const said = model.predict(matrix)
    const width = widthOf(recipe.target)
    const change = width === 1 ? said : meanPlaces(said, width)
    const expected = [{ output: outputs['prediction']!, width: 1, column: 0, change }]
    if (width > 1)
      for (let column = 0; column < width; column++)
        expected.push({
          output: outputs['probabilities']!,
          width,
          column,
          change: columnOfClass(said, column, width),
        })
    if (input.interval !== undefined) {
      const { lower, upper } = boundsOf(input.interval.predict(matrix), change)
      const output = outputs['interval']!
      expected.push(
        { output, width: 2, column: 0, change: lower },
        { output, width: 2, column: 1, change: upper },
      )
    }
    for (const { output, width, column, change: values } of expected)
      for (let i = 0; i < batch.count; i++) {
        const difference = Math.abs(output[i * width + column]! - (anchor[i]! + values[i]!))
        maxDifference = Math.max(maxDifference, Number.isFinite(difference) ? difference : Infinity)
      }
    rows += batch.count
  }
  await session.close()
  await table.close()
  return { rows, maxDifference, tolerance: TOLERANCE_SHARE * deviationOf(samples.truth) }
}

const columnOfClass = (said: Float32Array, column: number, width: number): Float32Array =>
  Float32Array.from({ length: said.length / width }, (_, row) => said[row * width + column]!)

/** Rows spread evenly over all samples, every fifth one clean and the others damaged in turn. */
function* replayedBatches({ recipe, series, samples, seed }: ParityInput): Generator<ModelBatch> {
  const random = createRandom(seed).fork('parity')
  const n = samples.step.length
  const count = FEATURE_BATCH
  for (let rows = 0; rows < ROWS_MIN; rows += count) {
    const picked = Array.from(
      { length: count },
      (_, i) => Math.floor(((rows + i) * n) / (ROWS_MIN + count)) % n,
    )
    const batch = windowBatch({ recipe, series }, pickRows(samples, picked), { start: 0, count })
    const length = batch.windows.length / count
    for (let i = 0; i < count; i++)
      damageWindow(batch.windows.subarray(i * length, (i + 1) * length), DAMAGES[i % DAMAGES.length]!, {
        recipe,
        random,
      })
    yield batch
  }
}

/** The samples with these numbers, as windows are cut from them. */
export const pickRows = (
  { seriesIndex, step, timeSeconds }: Samples,
  picked: readonly number[],
): Pick<Samples, 'seriesIndex' | 'step' | 'timeSeconds'> => ({
  seriesIndex: Int32Array.from(picked, (row) => seriesIndex[row]!),
  step: Int32Array.from(picked, (row) => step[row]!),
  timeSeconds: Float64Array.from(picked, (row) => timeSeconds[row]!),
})

/** Standard deviation (population). */
export function deviationOf(values: Float32Array): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length)
}
