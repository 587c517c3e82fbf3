/** Does the version that ships say what was judged: in the same batches, and to one window at a time as a station asks? */
import { assert } from '@fleetcast/shared/assert.ts'
import { widthOf, type TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { InferenceEngine } from '../ports/inference-engine.ts'
import { windowBatch } from '../training/build-samples.ts'
import { meanPlaces } from '../training/classification/ordered-classes.ts'
import { FEATURE_BATCH } from '../training/feature-table.ts'
import { shapeOf, type Answers, type AskInput } from './ask-imported.ts'
import { shown } from './refuse-answers.ts'
import type { RunReport } from './run-report.ts'

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
    const differences = differencesFrom({ answers, recipe }, outputs, { start, count })
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
    const [difference] = differencesFrom({ answers, recipe }, outputs, { start, count: 1 })
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
  { answers, recipe }: { readonly answers: Answers } & Pick<AskInput, 'recipe'>,
  outputs: Readonly<Record<string, Float32Array>>,
  { start, count }: Rows,
): Float64Array {
  const largest = new Float64Array(count)
  for (const [name, expected] of Object.entries(expectedOutputs(answers, recipe.target, { start, count }))) {
    const said = outputs[name]
    assert(said?.length === expected.length, 'the outputs of a version')
    const width = said.length / count
    for (const [i, value] of said.entries()) {
      const row = Math.floor(i / width)
      largest[row] = Math.max(largest[row]!, Math.abs(value - expected[i]!))
    }
  }
  return largest
}

type Rows = { readonly start: number; readonly count: number }

/** By the names that a version gives them. */
function expectedOutputs(
  { predicted, bounds }: Answers,
  target: TargetSpec,
  { start, count }: Rows,
): Readonly<Record<string, Float32Array>> {
  const width = widthOf(target)
  const said = predicted.subarray(start * width, (start + count) * width)
  if (target.classes !== undefined) return { prediction: meanPlaces(said, width), probabilities: said }
  if (bounds === null) return { prediction: said }
  const { lower, upper } = bounds
  const interval = Float32Array.from(
    { length: 2 * count },
    (_, i) => (i % 2 === 0 ? lower : upper)[start + Math.floor(i / 2)]!,
  )
  return { prediction: said, interval }
}
