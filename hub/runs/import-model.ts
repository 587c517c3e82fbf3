/**
 * A model made elsewhere becomes the files of a version: put behind our features, run over the rows that it cannot have seen, and
 * judged by the same gates as our own. It runs in this process alone: what it allocates is bounded here and not in the hub.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import type { Golden } from '@fleetcast/shared/bundle/golden.ts'
import { metricOf } from '@fleetcast/shared/recipe/target.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import { scoreTest } from '../evaluation/score-test.ts'
import { embargoSeconds, type Split } from '../evaluation/split-rows.ts'
import type { TrainedEvidence } from '../gates/gather-evidence.ts'
import { checkImportable, type AllowCode } from '../onnx/allow-list.ts'
import { describeModel } from '../onnx/describe-model.ts'
import type { ImportSignature } from '../onnx/import-signature.ts'
import { readModel, type ReadModelCode } from '../onnx/read-model.ts'
import { buildSamples, windowBatch, type Samples } from '../training/build-samples.ts'
import { FEATURE_BATCH } from '../training/feature-table.ts'
import { deviationOf } from './check-parity.ts'
import { goldenVectors } from './golden-vectors.ts'
import { profileChannels } from './profile-channels.ts'
import type { RunReport } from './run-report.ts'
import { ROWS_MIN, type TrainPorts } from './train-version.ts'
import { typicalValues } from './typical-values.ts'
import { wrapImported, type WrapCode } from './wrap-imported.ts'

export type ImportModelInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly model: Uint8Array
  readonly signature: ImportSignature
  /** A rejection ends the run. */
  readonly onProgress: (stage: string, fraction: number, detail: string) => Promise<void>
}

export type ImportedModel = {
  readonly onnx: Uint8Array
  readonly report: RunReport
  readonly golden: Golden
  readonly referenceProfile: ReferenceProfile
  readonly evidence: Pick<TrainedEvidence, 'samples' | 'split' | 'predicted' | 'weights'>
}

export type ImportModelCode =
  | ReadModelCode
  | AllowCode
  | WrapCode
  | 'import/tooFewRows'
  | 'import/notFinite'
  | 'import/unstable'

export async function importModel(
  ports: TrainPorts,
  input: ImportModelInput,
): Promise<Result<ImportedModel, Refusal<ImportModelCode>>> {
  const startedAt = ports.cpuSeconds()
  const { recipe, series, signature, onProgress } = input
  const constants = typicalValues(recipe, series)
  const wrapped = wrapModel(input, constants)
  if (!wrapped.ok) return wrapped
  const onnx = wrapped.value
  const samples = await buildSamples(ports.engine, {
    ...{ recipe, series, constants },
    onProgress: (fraction, detail) => onProgress('features', 0.3 * fraction, detail),
  })
  const split = splitSeen(input, samples)
  if (split.test.length < ROWS_MIN.test)
    return refuse(
      'import/tooFewRows',
      `only ${split.test.length} rows lie later than ${signature.trainedUntil} by window and horizon, at least ${ROWS_MIN.test} are needed to judge the model; give a dataset that reaches further`,
    )
  const predicted = await predictAll(ports, { ...input, onnx, samples })
  const bad = predicted.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0)
    return refuse(
      'import/notFinite',
      `the model says ${predicted[bad]} to a window of ${new Date(samples.timeSeconds[bad]! * 1_000).toISOString()}; gaps come as NaN: put an imputer in front of it`,
    )
  const parity = await oneByOne(ports, { ...input, onnx, samples, test: split.test, predicted })
  if (parity.maxDifference > parity.tolerance)
    return refuse(
      'import/unstable',
      `one window alone and the same one in a batch differ by ${parity.maxDifference}, more than ${parity.tolerance}: the batch must not matter to a model`,
    )
  await onProgress('checking', 0.9, 'golden vectors')
  const golden = await goldenVectors(ports.engine, {
    recipe,
    series,
    samples,
    onnx,
    seed: recipe.training.seed,
  })
  const scored = scoreTest({ recipe, series, samples }, split, predicted)
  const report: RunReport = {
    schema: 'fleetcast/run-report/1',
    algorithm: 'imported',
    choice: `made elsewhere by ${signature.author}`.slice(0, 200),
    ...{ algorithms: [], trials: [], chosenTrial: null, interval: null },
    rows: samples.step.length,
    split: { training: split.training.length, validation: 0, test: split.test.length },
    metric: metricOf(recipe.target),
    ...scored,
    bySite: [...scored.bySite],
    parity,
    format: describeModel(onnx),
    weights: null,
    features:
      signature.input.kind === 'columns' ? signature.input.columns.map(({ name }) => name) : ['window'],
    backend: 'imported',
    seed: recipe.training.seed,
    cpuSeconds: ports.cpuSeconds() - startedAt,
    versions: ports.versions,
  }
  const referenceProfile = profileChannels(recipe, series)
  const evidence = { samples, split, predicted, weights: AS_MADE }
  return ok({ onnx, report, golden, referenceProfile, evidence })
}

const AS_MADE = { kind: 'full', reason: 'made elsewhere; its weights are as its author stored them' } as const

function wrapModel(
  { model, recipe, signature }: ImportModelInput,
  constants: ReturnType<typeof typicalValues>,
): Result<Uint8Array, Refusal<ReadModelCode | AllowCode | WrapCode>> {
  const read = readModel(model)
  if (!read.ok) return read
  const importable = checkImportable(read.value)
  return importable.ok ? wrapImported({ recipe, constants, signature, model: importable.value }) : importable
}

/** Rows the model may know, and those it cannot know: later than its data by window and horizon, at whatever site. */
function splitSeen({ recipe, signature }: ImportModelInput, { timeSeconds }: Samples): Split {
  const until = Date.parse(signature.trainedUntil) / 1_000
  const rows = [...timeSeconds.keys()]
  return {
    training: Int32Array.from(rows.filter((row) => timeSeconds[row]! <= until)),
    validation: new Int32Array(),
    test: Int32Array.from(rows.filter((row) => timeSeconds[row]! > until + embargoSeconds(recipe))),
  }
}

type Running = ImportModelInput & { readonly onnx: Uint8Array; readonly samples: Samples }

async function predictAll(
  { engine }: Pick<TrainPorts, 'engine'>,
  { recipe, series, onnx, samples, onProgress }: Running,
): Promise<Float32Array> {
  const session = await engine.load(onnx, shapeOf(recipe))
  const rows = samples.step.length
  const predicted = new Float32Array(rows)
  for (let start = 0; start < rows; start += FEATURE_BATCH) {
    const count = Math.min(FEATURE_BATCH, rows - start)
    const outputs = await session.run(windowBatch({ recipe, series }, samples, { start, count }))
    predicted.set(outputs['prediction']!, start)
    await onProgress('running', 0.3 + (0.5 * (start + count)) / rows, `${start + count} of ${rows} windows`)
  }
  await session.close()
  return predicted
}

const shapeOf = (recipe: Recipe) => ({
  windowSteps: recipe.windowSteps,
  channels: windowChannels(recipe).length,
})

const ALONE_ROWS = 1_000
const TOLERANCE_SHARE = 1e-4

/** A station asks for one window at a time, the judgement ran in batches: both must say the same. */
async function oneByOne(
  { engine }: Pick<TrainPorts, 'engine'>,
  input: Running & { readonly test: Int32Array; readonly predicted: Float32Array },
): Promise<RunReport['parity']> {
  const { samples, test, predicted, onProgress } = input
  assert(test.length > 0, 'there are rows to judge the model on')
  const session = await engine.load(input.onnx, shapeOf(input.recipe))
  const rows = Math.min(ALONE_ROWS, test.length)
  let maxDifference = 0
  for (let i = 0; i < rows; i++) {
    const row = test[Math.floor((i * test.length) / rows)]!
    const outputs = await session.run(windowBatch(input, samples, { start: row, count: 1 }))
    maxDifference = Math.max(maxDifference, Math.abs(outputs['prediction']![0]! - predicted[row]!))
    if (i % 50 === 0) await onProgress('checking', 0.8 + (0.1 * i) / rows, 'one window at a time')
  }
  await session.close()
  return { rows, maxDifference, tolerance: TOLERANCE_SHARE * deviationOf(samples.truth), replay: null }
}
