/**
 * A budgeted random search: every trial is fitted on every fold of a rolling origin with early stopping inside the fold, the
 * choice is made on the folds' held-out rows, and the winner is fitted again on all rows but the test's.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { chooseTrial, type JudgedTrial } from '../../evaluation/choose-trial.ts'
import { lossesOf, meanLoss } from '../../evaluation/metrics.ts'
import { rollingFolds, type Fold } from '../../evaluation/rolling-origin.ts'
import { Graph } from '../../onnx/graph.ts'
import { fitAlgorithm } from '../../training/fit-algorithm.ts'
import { sequenceLayout } from '../../training/sequence-layout.ts'
import type { TrainedModel } from '../../training/trained-model.ts'
import {
  finishOf,
  forecastsOf,
  labelled,
  type CandidateInput,
  type FitPorts,
  type FittedCandidates,
} from '../fit-candidates.ts'
import type { TrialReport } from '../run-report.ts'
import { drawTrials, type Trial } from './draw-trial.ts'

export type SearchSpec = NonNullable<Recipe['training']['search']>

type SearchInput = CandidateInput & {
  readonly search: SearchSpec
  /** Told of every trial once it is judged: what ends the search later does not take it back. */
  readonly onTrial: (trial: TrialReport) => void
}

type Judged = JudgedTrial & {
  readonly trial: Trial
  readonly report: TrialReport
  readonly rounds: number
  /** What the folds' models said of their held-out rows, and the targets of these rows. */
  readonly heldOut: { readonly scores: Float32Array; readonly targets: Float32Array }
}

/** More rows want more rounds than the folds, which saw fewer, found best. */
const REFIT_ROUNDS = 1.1
const SEARCH_SHARE = 0.9

export async function searchCandidates(
  ports: FitPorts,
  input: SearchInput & { readonly embargoSeconds: number },
): Promise<FittedCandidates> {
  const { samples, split, search, seed, recipe, embargoSeconds } = input
  const rows = Int32Array.from([...split.training, ...split.validation]).sort()
  const folds = rollingFolds({
    rows,
    timeSeconds: samples.timeSeconds,
    folds: search.folds,
    embargoSeconds,
  })
  assert(folds.length > 0, 'there is history for one fold at least')
  const trials = drawTrials(recipe.training.algorithms, search.trials, createRandom(seed).fork('search'))
  const judged = await judgeTrials(ports, { ...input, folds, trials })
  const timeSeconds = folds.flatMap(({ validation }) =>
    Array.from(validation, (row) => samples.timeSeconds[row]!),
  )
  const choice = chooseTrial(judged, timeSeconds)
  const { trial, rounds, heldOut } = judged[choice.index]!
  const startedAt = ports.cpuSeconds()
  const model = await fitAlgorithm(trial.algorithm, {
    training: labelled(samples, rows),
    validation: null,
    rounds,
    settings: trial.settings,
    layout: sequenceLayout(recipe),
    scored: recipe.target,
    seed,
    network: ports.network,
    onProgress: (fraction, detail) =>
      input.onProgress(SEARCH_SHARE + (1 - SEARCH_SHARE) * fraction, `winner: ${detail}`),
  })
  const member = { algorithm: trial.algorithm, rounds, settings: trial.settings }
  const finish = finishOf(recipe, heldOut.scores, heldOut.targets)
  return {
    finish,
    chosen: { model: finish(model), members: [member], cpuSeconds: ports.cpuSeconds() - startedAt },
    choice: {
      algorithm: trial.algorithm,
      reason: `trial ${choice.index + 1} of ${judged.length}: ${choice.reason}`,
    },
    scores: bestOfEach(judged),
    trials: judged.map(({ report }) => report),
    chosenTrial: choice.index,
  }
}

type JudgeInput = SearchInput & {
  readonly folds: readonly Fold[]
  readonly trials: readonly Trial[]
}

/** In order, until the budget is spent; the first trial is always judged. */
async function judgeTrials(ports: FitPorts, input: JudgeInput): Promise<readonly Judged[]> {
  const { trials, search } = input
  const startedAt = ports.cpuSeconds()
  const judged: Judged[] = []
  for (const [at, trial] of trials.entries()) {
    if (at > 0 && ports.cpuSeconds() - startedAt > (search.cpuSecondsMax ?? Infinity)) break
    const one = await judgeTrial(ports, trial, {
      ...input,
      onProgress: (fraction, detail) =>
        input.onProgress((SEARCH_SHARE * (at + fraction)) / trials.length, `trial ${at + 1}: ${detail}`),
    })
    input.onTrial(one.report)
    judged.push(one)
  }
  return judged
}

async function judgeTrial(ports: FitPorts, trial: Trial, input: JudgeInput): Promise<Judged> {
  const { recipe, samples, folds, seed, onProgress } = input
  const startedAt = ports.cpuSeconds()
  const models: TrainedModel[] = []
  const losses: Float32Array[] = []
  const scores: Float32Array[] = []
  const targets: Float32Array[] = []
  for (const [at, fold] of folds.entries()) {
    const validation = labelled(samples, fold.validation)
    const model = await fitAlgorithm(trial.algorithm, {
      training: labelled(samples, fold.training),
      validation,
      rounds: null,
      layout: sequenceLayout(recipe),
      scored: recipe.target,
      settings: trial.settings,
      seed,
      network: ports.network,
      onProgress: (fraction, detail) =>
        onProgress((at + fraction) / folds.length, `fold ${at + 1}, ${trial.algorithm}: ${detail}`),
    })
    models.push(model)
    const predicted = forecastsOf(recipe, model, validation.matrix)
    losses.push(lossesOf(recipe.target, predicted, validation.target))
    scores.push(model.predict(validation.matrix))
    targets.push(validation.target)
  }
  const last = models.at(-1)!
  const foldMae = losses.map((fold) => meanLoss(fold))
  const all = joined(losses)
  const meanRounds = models.reduce((sum, { rounds }) => sum + rounds, 0) / models.length
  const report: TrialReport = {
    algorithm: trial.algorithm,
    settings: JSON.stringify(trial.settings),
    foldMae,
    mae: meanLoss(all),
    rounds: Math.round(meanRounds),
    bytes: bytesOf(last, samples.matrix.columns),
    cpuSeconds: ports.cpuSeconds() - startedAt,
    backend: last.backend,
  }
  const rounds = Math.max(1, Math.round(REFIT_ROUNDS * meanRounds))
  const heldOut = { scores: joined(scores), targets: joined(targets) }
  return { trial, report, rounds, bytes: report.bytes, losses: all, heldOut }
}

/** Of the model alone, features left out. */
function bytesOf(model: TrainedModel, columns: number): number {
  const graph = new Graph()
  graph.output('prediction', model.emit(graph, graph.input('features', 'float', ['N', columns])), ['N', 1])
  return graph.encode('model', {}).length
}

const joined = (parts: readonly Float32Array[]): Float32Array =>
  Float32Array.from(parts.flatMap((part) => [...part]))

/** One line an algorithm: its best trial. */
function bestOfEach(judged: readonly Judged[]): FittedCandidates['scores'] {
  const best = new Map<string, TrialReport>()
  for (const { report } of judged)
    if (report.mae < (best.get(report.algorithm)?.mae ?? Infinity)) best.set(report.algorithm, report)
  return [...best.values()].map(({ algorithm, mae, cpuSeconds, rounds, backend }) => ({
    algorithm,
    validationMae: mae,
    cpuSeconds,
    rounds,
    backend,
  }))
}
