/**
 * One training run, from series to everything a version ships: fit every algorithm, choose on validation rows, look once at the
 * test rows, refit the winner on all rows, export, and prove that the export says the same.
 */
import type { Golden } from '@fleetcast/shared/bundle/golden.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { metricOf } from '@fleetcast/shared/recipe/target.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import { scoreTest, type TestScore } from '../evaluation/score-test.ts'
import { embargoSeconds, splitRows, type Split } from '../evaluation/split-rows.ts'
import { featureNames } from '../features/feature-names.ts'
import type { EvidenceWeights, TrainedEvidence } from '../gates/gather-evidence.ts'
import { describeModel } from '../onnx/describe-model.ts'
import type { InferenceEngine } from '../ports/inference-engine.ts'
import type { NetworkTrainer } from '../ports/network-trainer.ts'
import { blendModels } from '../training/blend.ts'
import { buildSamples, type Samples } from '../training/build-samples.ts'
import { fitAlgorithm } from '../training/fit-algorithm.ts'
import { sequenceLayout } from '../training/sequence-layout.ts'
import type { FitProgress, TrainedModel } from '../training/trained-model.ts'
import { checkParity, type Parity } from './check-parity.ts'
import { fitRunInterval, type RunInterval } from './fit-run-interval.ts'
import { fitCandidates, type FittedCandidates } from './fit-candidates.ts'
import { goldenVectors } from './golden-vectors.ts'
import { profileChannels, sortedValues } from './profile-channels.ts'
import type { RunReport, TrialReport } from './run-report.ts'
import { searchCandidates } from './search/search-candidates.ts'
import {
  meanDifference,
  rehearseWeights,
  shipModel,
  type Rehearsal,
  type ShippedModel,
} from './store-weights.ts'
import { typicalValues } from './typical-values.ts'

export type TrainPorts = {
  readonly engine: InferenceEngine
  readonly network: NetworkTrainer
  /** CPU seconds this process has used. */
  readonly cpuSeconds: () => number
  readonly versions: RunReport['versions']
}

export type TrainInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly seed: number
  /** A rejection ends the run: this is how it is cancelled. */
  readonly onProgress: (stage: string, fraction: number, detail: string) => Promise<void>
  /** Every trial of a search as soon as it is judged. */
  readonly onTrial: (trial: TrialReport) => void
}

export type TrainedVersion = {
  readonly onnx: Uint8Array
  readonly report: RunReport
  readonly golden: Golden
  readonly referenceProfile: ReferenceProfile
  /** What the gates judge beside the export. */
  readonly evidence: Pick<TrainedEvidence, 'samples' | 'split' | 'predicted' | 'weights'>
}

export type TrainCode =
  | 'training/emptyChannel'
  | 'training/tooFewRows'
  | 'training/parity'
  | 'training/weights'

/** Rows each part needs: eight days of hours for those that judge. */
export const ROWS_MIN: Record<keyof Split, number> = { training: 1_000, validation: 192, test: 192 }

export async function trainVersion(
  ports: TrainPorts,
  input: TrainInput,
): Promise<Result<TrainedVersion, Refusal<TrainCode>>> {
  const startedAt = ports.cpuSeconds()
  const { recipe, series, seed } = input
  const empty = emptyChannel(input)
  if (empty !== null) return empty
  const constants = typicalValues(recipe, series)
  const samples = await buildSamples(ports.engine, {
    recipe,
    series,
    constants,
    onProgress: stageOf(input, 'features', 0, 0.15),
  })
  const split = splitRows(samples.timeSeconds, embargoSeconds(recipe), recipe.training.splits)
  const few = tooFewRows(split)
  if (few !== null) return few
  const candidates = await candidatesOf(ports, input, { samples, split })
  const stored = { recipe, series, samples, split, constants }
  const rehearsal = await rehearseWeights(ports.engine, stored, candidates.chosen.model)
  const { predicted } = rehearsal
  const score = scoreTest({ recipe, series, samples }, split, predicted)
  const interval = await fitRunInterval({
    ...{ recipe, samples, split, predicted, seed },
    onProgress: stageOf(input, 'fitting', 0.7, 0.75),
  })
  const model = await refit(ports, { input, samples, candidates })
  const made = { model, interval: interval?.model }
  const { onnx, exact, weights } = await shipModel(ports.engine, { ...stored, ...made }, rehearsal)
  await input.onProgress('checking', 0.95, 'replaying windows through the exported graph')
  const replay = { ...stored, ...made, rows: split.test, exact, onnx, seed }
  const parity = await checkParity(ports.engine, replay)
  if (parity.maxDifference > parity.tolerance) return refuseParity(parity)
  if (!Number.isFinite(parity.storageDifference)) return refuseWeights(rehearsal)
  const golden = await goldenVectors(ports.engine, replay)
  await input.onProgress('checking', 1, 'done')
  const cpuSeconds = ports.cpuSeconds() - startedAt
  const found = { samples, split, candidates, score, interval, parity, cpuSeconds, onnx, weights }
  const report = reportOf(ports, input, found)
  const evidence = { samples, split, predicted, weights }
  return ok({ onnx, report, golden, referenceProfile: profileChannels(recipe, series), evidence })
}

/** Each algorithm once, or a search where the recipe asks for one. */
function candidatesOf(
  ports: TrainPorts,
  input: TrainInput,
  { samples, split }: Pick<Findings, 'samples' | 'split'>,
): Promise<FittedCandidates> {
  const { recipe, seed, onTrial } = input
  const { search } = recipe.training
  const onProgress = stageOf(input, 'fitting', 0.15, 0.7)
  const candidates = { recipe, samples, split, seed, onProgress }
  return search === undefined
    ? fitCandidates(ports, candidates)
    : searchCandidates(ports, { ...candidates, search, onTrial, embargoSeconds: embargoSeconds(recipe) })
}

type Findings = {
  readonly samples: Samples
  readonly split: Split
  readonly candidates: FittedCandidates
  readonly score: TestScore
  readonly interval: RunInterval | null
  readonly parity: Parity
  readonly cpuSeconds: number
} & Pick<ShippedModel, 'onnx' | 'weights'>

function reportOf(
  { versions }: TrainPorts,
  { recipe, seed }: TrainInput,
  { samples, split, candidates, score, interval, parity, cpuSeconds, onnx, weights }: Findings,
): RunReport {
  const { training, validation, test } = split
  const { storageDifference, ...compared } = parity
  return {
    schema: 'fleetcast/run-report/1',
    algorithm: candidates.chosen.model.algorithm,
    choice: candidates.choice.reason,
    algorithms: candidates.scores,
    trials: [...candidates.trials],
    chosenTrial: candidates.chosenTrial,
    rows: samples.step.length,
    split: { training: training.length, validation: validation.length, test: test.length },
    metric: metricOf(recipe.target),
    ...score,
    bySite: [...score.bySite],
    interval: interval?.report ?? null,
    parity: compared,
    format: describeModel(onnx),
    weights: weightsReport(onnx, weights, storageDifference),
    features: [...featureNames(recipe)],
    backend: candidates.chosen.model.backend,
    seed,
    cpuSeconds,
    versions,
  }
}

const weightsReport = (
  { length: bytes }: Uint8Array,
  weights: EvidenceWeights,
  maxDifference: number,
): RunReport['weights'] =>
  weights.kind === 'full'
    ? { storage: 'float32', bytes, float32Bytes: bytes, meanDifference: 0, maxDifference: 0 }
    : {
        storage: weights.storage,
        bytes,
        float32Bytes: weights.float32Bytes,
        meanDifference: meanDifference(weights.shipped),
        maxDifference,
      }

const refuseWeights = ({ storage }: Rehearsal): Result<never, Refusal<'training/weights'>> =>
  refuse(
    'training/weights',
    `with ${storage} weights the model says what is no number; set training.export.weights of the recipe to float32`,
  )

const refuseParity = ({ maxDifference, tolerance }: Parity): Result<never, Refusal<'training/parity'>> =>
  refuse(
    'training/parity',
    `the exported graph differs from the trainer by ${maxDifference}, more than ${tolerance}; report this as a bug`,
  )

/** Overall progress of a stage that takes the share from `from` to `to` of the run. */
const stageOf =
  ({ onProgress }: TrainInput, stage: string, from: number, to: number): FitProgress =>
  (fraction, detail) =>
    onProgress(stage, from + fraction * (to - from), detail)

function emptyChannel({
  recipe,
  series,
}: TrainInput): Result<never, Refusal<'training/emptyChannel'>> | null {
  const empty = recipe.channels.find(
    (_, channel) => sortedValues(series, channel, recipe.channels.length).length === 0,
  )
  if (empty === undefined) return null
  return refuse(
    'training/emptyChannel',
    `${empty.name} has no valid value in the selected data; select other rows or take the channel out of the recipe`,
  )
}

function tooFewRows(split: Split): Result<never, Refusal<'training/tooFewRows'>> | null {
  const parts = Object.keys(ROWS_MIN) as (keyof Split)[]
  const short = parts.find((part) => split[part].length < ROWS_MIN[part])
  if (short === undefined) return null
  return refuse(
    'training/tooFewRows',
    `only ${split[short].length} rows for ${short}, at least ${ROWS_MIN[short]} are needed; select more stations or a longer time`,
  )
}

/** The winner once more on all rows, every member as many rounds as were best. */
async function refit(
  { network }: TrainPorts,
  { input, samples, candidates }: { input: TrainInput; samples: Samples; candidates: FittedCandidates },
): Promise<TrainedModel> {
  const { members } = candidates.chosen
  const models: TrainedModel[] = []
  for (const [at, { algorithm, rounds, settings }] of members.entries()) {
    const progress = stageOf(input, 'refitting', 0.75, 0.95)
    const model = await fitAlgorithm(algorithm, {
      training: { matrix: samples.matrix, target: samples.target },
      validation: null,
      rounds,
      settings,
      layout: sequenceLayout(input.recipe),
      scored: input.recipe.target,
      seed: input.seed,
      network,
      onProgress: (fraction, detail) => progress((at + fraction) / members.length, `${algorithm}: ${detail}`),
    })
    models.push(model)
  }
  return candidates.finish(blendModels(models))
}
