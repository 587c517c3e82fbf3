/** The exported graph must say what the trainer says, on clean windows and on damaged ones. */
import { createRandom } from '@fleetcast/shared/random.ts'
import { widthOf } from '@fleetcast/shared/recipe/target.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { FeatureConstants } from '../features/compile-features.ts'
import type { InferenceEngine, ModelBatch } from '../ports/inference-engine.ts'
import { windowBatch, type Samples } from '../training/build-samples.ts'
import { meanPlaces } from '../training/classification/ordered-classes.ts'
import { FEATURE_BATCH, openFeatureTable, type FeatureRows } from '../training/feature-table.ts'
import type { IntervalModel } from '../training/fit-interval.ts'
import { pickRows } from '../training/predict-rows.ts'
import type { TrainedModel } from '../training/trained-model.ts'
import { boundsOf } from './fit-run-interval.ts'
import { DAMAGES, damageWindow } from './damage-windows.ts'
import type { RunReport } from './run-report.ts'

export type Parity = RunReport['parity'] & {
  /** Largest |file that ships - float32 file|; 0 where they are one file, Infinity when either says what is no number. */
  readonly storageDifference: number
}

export type ParityInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly samples: Samples
  /** Samples that are replayed: those held out while the model was chosen. */
  readonly rows: ArrayLike<number>
  readonly constants: FeatureConstants
  readonly model: TrainedModel
  readonly interval?: IntervalModel | undefined
  /** With weights as the trainer has them. */
  readonly exact: Uint8Array
  /** The file that ships. */
  readonly onnx: Uint8Array
  readonly seed: number
}

/** Windows that are replayed; each row once, or several times with other damage where there are fewer rows. */
const WINDOWS = 3 * FEATURE_BATCH
/** Share of the target's standard deviation: far below any sensor's resolution, above float32's rounding. */
const TOLERANCE_SHARE = 1e-4

export async function checkParity(engine: InferenceEngine, input: ParityInput): Promise<Parity> {
  const { recipe, constants, onnx, exact, samples, rows } = input
  const table = await openFeatureTable(engine, recipe, constants)
  const shape = { windowSteps: recipe.windowSteps, channels: windowChannels(recipe).length }
  const session = await engine.load(exact, shape)
  const shipped = onnx === exact ? null : await engine.load(onnx, shape)
  let [maxDifference, storageDifference, withGaps, withExtremes] = [0, 0, 0, 0]
  for (const { batch, extremes, gaps } of replayedBatches(input)) {
    const said = await session.run(batch)
    const expected = expectedOutputs(input, await table.run(batch))
    maxDifference = Math.max(maxDifference, largestDifference(said, expected))
    if (shipped !== null)
      storageDifference = Math.max(storageDifference, largestDifference(await shipped.run(batch), said))
    withGaps += gaps
    withExtremes += extremes
  }
  for (const open of [session, table, shipped]) await open?.close()
  const replay = { heldOutRows: Math.min(rows.length, WINDOWS), withGaps, withExtremes }
  const tolerance = TOLERANCE_SHARE * deviationOf(samples.truth)
  return { rows: WINDOWS, maxDifference, tolerance, replay, storageDifference }
}

type Outputs = Readonly<Record<string, ArrayLike<number>>>

/** What the trainer says, in the order of the graph's outputs. */
function expectedOutputs({ recipe, model, interval }: ParityInput, { matrix, anchor }: FeatureRows): Outputs {
  const change = model.predict(matrix)
  const width = widthOf(recipe.target)
  if (width > 1) return { prediction: meanPlaces(change, width), probabilities: change }
  const prediction = Float64Array.from(anchor, (value, i) => value + change[i]!)
  if (interval === undefined) return { prediction }
  const { lower, upper } = boundsOf(interval.predict(matrix), change)
  const bounds = new Float64Array(2 * anchor.length)
  anchor.forEach((value, i) => bounds.set([value + lower[i]!, value + upper[i]!], 2 * i))
  return { prediction, interval: bounds }
}

/** Infinity when a value is no number. */
function largestDifference(outputs: Outputs, expected: Outputs): number {
  let largest = 0
  for (const [name, values] of Object.entries(expected))
    for (let i = 0; i < values.length; i++) {
      const difference = Math.abs(outputs[name]![i]! - values[i]!)
      largest = Math.max(largest, Number.isFinite(difference) ? difference : Infinity)
    }
  return largest
}

type Replayed = { readonly batch: ModelBatch; readonly gaps: number; readonly extremes: number }

/** Rows spread evenly, every fifth window clean and the others damaged in turn. */
function* replayedBatches({ recipe, series, samples, rows, seed }: ParityInput): Generator<Replayed> {
  const random = createRandom(seed).fork('parity')
  const count = FEATURE_BATCH
  for (let start = 0; start < WINDOWS; start += count) {
    const picked = Array.from(
      { length: count },
      (_, i) => rows[Math.floor(((start + i) * rows.length) / WINDOWS)]!,
    )
    const batch = windowBatch({ recipe, series }, pickRows(samples, picked), { start: 0, count })
    const length = batch.windows.length / count
    let [gaps, extremes] = [0, 0]
    for (let i = 0; i < count; i++) {
      const window = batch.windows.subarray(i * length, (i + 1) * length)
      const damage = DAMAGES[(start + i) % DAMAGES.length]!
      damageWindow(window, damage, { recipe, random })
      if (damage === 'extremes') extremes += 1
      if (window.some(Number.isNaN)) gaps += 1
    }
    yield { batch, gaps, extremes }
  }
}

/** Standard deviation (population). */
export function deviationOf(values: Float32Array): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length)
}
