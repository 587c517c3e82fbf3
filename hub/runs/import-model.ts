/**
 * A model made elsewhere becomes the files of a version: put behind our features, run over the rows that it cannot have seen, and
 * judged by the same gates as our own. It runs in this process alone: what it allocates is bounded here and not in the hub.
 */
import type { Golden } from '@fleetcast/shared/bundle/golden.ts'
import { metricOf } from '@fleetcast/shared/recipe/target.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
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
import { buildSamples, type Samples } from '../training/build-samples.ts'
import { askImported, type Answers } from './ask-imported.ts'
import { deviationOf } from './check-parity.ts'
import { measureBounds } from './fit-run-interval.ts'
import { goldenVectors } from './golden-vectors.ts'
import { profileChannels } from './profile-channels.ts'
import type { AnswerCode } from './refuse-answers.ts'
import { askOneByOne, replayShipped } from './replay-imported.ts'
import type { RunReport } from './run-report.ts'
import { ROWS_MIN, type TrainPorts } from './train-version.ts'
import { typicalValues } from './typical-values.ts'
import { wrapImported, wrapUnchanged, type WrapCode } from './wrap-imported.ts'

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
  readonly evidence: Pick<TrainedEvidence, 'samples' | 'split' | 'predicted' | 'seen' | 'weights'>
}

export type ImportModelCode =
  | ReadModelCode
  | AllowCode
  | WrapCode
  | AnswerCode
  | 'import/tooFewRows'
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
  const { onnx, unchanged } = wrapped.value
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
  const tolerance = TOLERANCE_SHARE * deviationOf(samples.truth)
  const answers = await askImported(ports.engine, {
    ...{ recipe, series, samples, onnx: unchanged, tolerance },
    onProgress: (fraction, detail) => onProgress('running', 0.3 + 0.5 * fraction, detail),
  })
  if (!answers.ok) return answers
  const { predicted } = answers.value
  const shipped = { recipe, series, samples, onnx, tolerance }
  const alone = await askOneByOne(ports.engine, answers.value, {
    ...{ ...shipped, test: split.test },
    onProgress: (fraction, detail) => onProgress('checking', 0.8 + 0.1 * fraction, detail),
  })
  if (!alone.ok) return alone
  const parity = await replayShipped(ports.engine, answers.value, shipped)
  await onProgress('checking', 0.9, 'golden vectors')
  const golden = await goldenVectors(ports.engine, {
    recipe,
    series,
    samples,
    onnx,
    seed: recipe.training.seed,
  })
  const cpuSeconds = ports.cpuSeconds() - startedAt
  const report = reportOf(
    ports,
    { ...input, onnx },
    { samples, split, answers: answers.value, parity, cpuSeconds },
  )
  const referenceProfile = profileChannels(recipe, series)
  const seen = { untilSeconds: untilSeconds(signature), sites: signature.trainedOn.sites }
  const evidence = { samples, split, predicted, seen, weights: AS_MADE }
  return ok({ onnx, report, golden, referenceProfile, evidence })
}

const AS_MADE = { kind: 'full', reason: 'made elsewhere; its weights are as its author stored them' } as const

/** Of the target's standard deviation. */
const TOLERANCE_SHARE = 1e-4

type Wrapped = { readonly onnx: Uint8Array; readonly unchanged: Uint8Array }

function wrapModel(
  { model, recipe, signature }: ImportModelInput,
  constants: ReturnType<typeof typicalValues>,
): Result<Wrapped, Refusal<ReadModelCode | AllowCode | WrapCode>> {
  const read = readModel(model)
  if (!read.ok) return read
  const importable = checkImportable(read.value)
  if (!importable.ok) return importable
  const input = { recipe, constants, signature, model: importable.value }
  const shipped = wrapImported(input)
  if (!shipped.ok) return shipped
  const unchanged = wrapUnchanged(input)
  return unchanged.ok ? ok({ onnx: shipped.value, unchanged: unchanged.value }) : unchanged
}

/**
 * Test rows are those that the model cannot know: later than its data by window and horizon, at whatever site. The rows before make
 * the climatology that it has to beat; where they are too few for one, all rows do: one that knows the answers is never a weak one.
 */
function splitSeen({ recipe, signature }: ImportModelInput, { timeSeconds }: Samples): Split {
  const until = untilSeconds(signature)
  const rows = [...timeSeconds.keys()]
  const before = rows.filter((row) => timeSeconds[row]! <= until)
  return {
    training: Int32Array.from(before.length < ROWS_MIN.training ? rows : before),
    validation: new Int32Array(),
    test: Int32Array.from(rows.filter((row) => timeSeconds[row]! > until + embargoSeconds(recipe))),
  }
}

const untilSeconds = ({ trainedUntil }: ImportSignature): number => Date.parse(trainedUntil) / 1_000

type Findings = {
  readonly samples: Samples
  readonly split: Split
  readonly answers: Answers
  readonly parity: RunReport['parity']
  readonly cpuSeconds: number
}

function reportOf(
  { versions }: TrainPorts,
  { recipe, series, signature, onnx }: ImportModelInput & { readonly onnx: Uint8Array },
  { samples, split, answers, parity, cpuSeconds }: Findings,
): RunReport {
  const { input, author } = signature
  const scored = scoreTest({ recipe, series, samples }, split, answers.predicted)
  const known = samples.timeSeconds.filter((time) => time <= untilSeconds(signature))
  return {
    schema: 'fleetcast/run-report/1',
    algorithm: 'imported',
    choice: `made elsewhere by ${author}`.slice(0, 200),
    ...{ algorithms: [], trials: [], chosenTrial: null },
    rows: samples.step.length,
    split: { training: known.length, validation: 0, test: split.test.length },
    metric: metricOf(recipe.target),
    ...scored,
    bySite: [...scored.bySite],
    interval: intervalReport(signature, answers, { samples, split }),
    parity,
    format: describeModel(onnx),
    weights: null,
    features: input.kind === 'columns' ? input.columns.map(({ name }) => name) : ['window'],
    backend: 'imported',
    seed: recipe.training.seed,
    cpuSeconds,
    versions,
  }
}

/** Null for a model without bounds. None were widened here: the margin is 0. */
function intervalReport(
  { interval }: ImportSignature,
  { bounds }: Answers,
  { samples, split: { test } }: Pick<Findings, 'samples' | 'split'>,
): RunReport['interval'] {
  if (bounds === null || interval === undefined) return null
  const ofTest = (values: Float32Array): Float32Array => Float32Array.from(test, (row) => values[row]!)
  const tested = { lower: ofTest(bounds.lower), upper: ofTest(bounds.upper) }
  return { coverage: interval.coverage, ...measureBounds(tested, ofTest(samples.truth)), margin: 0 }
}
