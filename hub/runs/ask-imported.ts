/** Every row put to a model made elsewhere, as it came: what it says is what it is judged by, once it is fit to be judged. */
import { assert } from '@fleetcast/shared/assert.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { InferenceEngine } from '../ports/inference-engine.ts'
import { windowBatch, type Samples } from '../training/build-samples.ts'
import { FEATURE_BATCH } from '../training/feature-table.ts'
import type { FitProgress } from '../training/trained-model.ts'
import { boundsOf } from './fit-run-interval.ts'
import type { RunReport } from './run-report.ts'

export type AskInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly samples: Samples
  /** The file that is asked. */
  readonly onnx: Uint8Array
  /** Differences that mean nothing, units of the target. */
  readonly tolerance: number
  readonly onProgress: FitProgress
}

/** One value a sample, as the version that ships will say it. */
export type Answers = {
  readonly predicted: Float32Array
  readonly bounds: { readonly lower: Float32Array; readonly upper: Float32Array } | null
}

export type AnswerCode = 'import/notFinite' | 'import/notProbability' | 'import/crossedBounds'

/** `onnx` is the file of `wrapUnchanged`. */
export async function askImported(
  engine: InferenceEngine,
  input: AskInput,
): Promise<Result<Answers, Refusal<AnswerCode>>> {
  const { prediction, lower, upper } = await runAll(engine, input)
  assert(prediction !== undefined, 'a wrapped model has this output')
  const bounds = lower === undefined || upper === undefined ? null : { lower, upper }
  const isProbability = input.recipe.target.event !== undefined
  const refused =
    notFinite(input, [prediction, ...(bounds === null ? [] : [bounds.lower, bounds.upper])]) ??
    (isProbability ? notProbability(input, prediction) : null) ??
    (bounds === null ? null : crossed(input, bounds))
  if (refused !== null) return refused
  const predicted = isProbability ? prediction.map((p) => Math.min(1, Math.max(0, p))) : prediction
  return ok({ predicted, bounds: bounds === null ? null : boundsOf(bounds, predicted) })
}

async function runAll(
  engine: InferenceEngine,
  { recipe, series, samples, onnx, onProgress }: AskInput,
): Promise<Readonly<Record<string, Float32Array>>> {
  const session = await engine.load(onnx, shapeOf(recipe))
  const rows = samples.step.length
  const all: Record<string, Float32Array> = {}
  for (let start = 0; start < rows; start += FEATURE_BATCH) {
    const count = Math.min(FEATURE_BATCH, rows - start)
    const outputs = await session.run(windowBatch({ recipe, series }, samples, { start, count }))
    for (const [name, values] of Object.entries(outputs))
      (all[name] ??= new Float32Array(rows)).set(values, start)
    await onProgress((start + count) / rows, `${start + count} of ${rows} windows`)
  }
  await session.close()
  return all
}

const REPLAYED_BATCHES = 4

/** The version that ships beside what was judged, in the same batches: so every bit of a feature is the same. */
export async function replayShipped(
  engine: InferenceEngine,
  answers: Answers,
  { recipe, series, samples, onnx, tolerance }: Omit<AskInput, 'onProgress'>,
): Promise<RunReport['parity']> {
  const session = await engine.load(onnx, shapeOf(recipe))
  const batches = Math.ceil(samples.step.length / FEATURE_BATCH)
  const replayed = Math.min(REPLAYED_BATCHES, batches)
  let [rows, maxDifference] = [0, 0]
  for (let i = 0; i < replayed; i++) {
    const start = FEATURE_BATCH * Math.floor((i * batches) / replayed)
    const count = Math.min(FEATURE_BATCH, samples.step.length - start)
    const outputs = await session.run(windowBatch({ recipe, series }, samples, { start, count }))
    const differences = differencesFrom(answers, outputs, { start, count })
    maxDifference = differences.reduce((a, b) => Math.max(a, b), maxDifference)
    rows += count
  }
  await session.close()
  return { rows, maxDifference, tolerance, replay: null }
}

const ALONE_ROWS = 1_000

/**
 * A station asks for one window at a time, the judgement ran in batches. Features may then differ in the last bit, which sends some
 * rows down another branch of a tree; a model to which the batch matters is off nearly everywhere.
 */
export async function askOneByOne(
  engine: InferenceEngine,
  answers: Answers,
  { recipe, series, samples, test, onnx, tolerance, onProgress }: AskInput & { readonly test: Int32Array },
): Promise<Result<void, Refusal<'import/unstable'>>> {
  const session = await engine.load(onnx, shapeOf(recipe))
  const rows = Math.min(ALONE_ROWS, test.length)
  let [off, most] = [0, 0]
  for (let i = 0; i < rows; i++) {
    const start = test[Math.floor((i * test.length) / rows)]!
    const outputs = await session.run(windowBatch({ recipe, series }, samples, { start, count: 1 }))
    const [difference] = differencesFrom(answers, outputs, { start, count: 1 })
    if (difference! > tolerance) off += 1
    most = Math.max(most, difference!)
    if (i % 50 === 0) await onProgress(i / rows, 'one window at a time')
  }
  await session.close()
  if (off <= rows / 2) return ok(undefined)
  return refuse(
    'import/unstable',
    `${off} of ${rows} windows get another answer alone than in a batch (by up to ${shown(most)}): the batch must not matter to a model`,
  )
}

/** Of each row the largest. */
function differencesFrom(
  { predicted, bounds }: Answers,
  outputs: Readonly<Record<string, Float32Array>>,
  { start, count }: { readonly start: number; readonly count: number },
): Float64Array {
  const { prediction, interval } = outputs
  assert(
    prediction !== undefined && (interval === undefined) === (bounds === null),
    'the outputs of a version',
  )
  return Float64Array.from({ length: count }, (_, i) => {
    const row = start + i
    const difference = Math.abs(prediction[i]! - predicted[row]!)
    if (bounds === null) return difference
    const lower = Math.abs(interval![2 * i]! - bounds.lower[row]!)
    return Math.max(difference, lower, Math.abs(interval![2 * i + 1]! - bounds.upper[row]!))
  })
}

const shapeOf = (recipe: Recipe) => ({
  windowSteps: recipe.windowSteps,
  channels: windowChannels(recipe).length,
})

type Refused = Result<never, Refusal<AnswerCode>> | null

function notFinite({ samples }: AskInput, outputs: readonly Float32Array[]): Refused {
  for (const values of outputs) {
    const bad = values.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0)
      return refuse(
        'import/notFinite',
        `the model says ${values[bad]} to a window of ${timeOf(samples, bad)}; gaps come as NaN: put an imputer in front of it`,
      )
  }
  return null
}

/** A sum of a forest's shares may end a little above 1; what is further off was never a probability. */
const ROUNDING = 1e-4

function notProbability({ samples }: AskInput, values: Float32Array): Refused {
  const isOutside = (p: number): boolean => p < -ROUNDING || p > 1 + ROUNDING
  const outside = values.reduce((n, p) => n + (isOutside(p) ? 1 : 0), 0)
  if (outside === 0) return null
  const first = values.findIndex(isOutside)
  const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
  return refuse(
    'import/notProbability',
    `the model says numbers outside 0 to 1 to ${outside} of ${values.length} windows (${shown(least)} to ${shown(most)}; first ${shown(values[first]!)} to the one of ${timeOf(samples, first)}): name the output of its probabilities, or put a sigmoid behind its scores`,
    'output',
  )
}

function crossed(
  { samples, tolerance }: AskInput,
  { lower, upper }: NonNullable<Answers['bounds']>,
): Refused {
  const isCrossed = (low: number, row: number): boolean => low > upper[row]! + tolerance
  const rows = lower.reduce((n, low, row) => n + (isCrossed(low, row) ? 1 : 0), 0)
  if (rows === 0) return null
  const first = lower.findIndex(isCrossed)
  return refuse(
    'import/crossedBounds',
    `the lower bound lies above the upper one at ${rows} of ${lower.length} windows (first ${shown(lower[first]!)} above ${shown(upper[first]!)} at the one of ${timeOf(samples, first)}): ${rows === lower.length ? 'swap their names in interval' : 'sort the quantiles before export'}`,
    'interval',
  )
}

const timeOf = ({ timeSeconds }: Samples, row: number): string =>
  new Date(timeSeconds[row]! * 1_000).toISOString()
const shown = (value: number): string => String(Number(value.toPrecision(4)))
