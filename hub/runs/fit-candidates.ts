/** Fits the recipe's algorithms on the training rows, adds their blend, and compares all on the validation rows. */
import { assert } from '@fleetcast/shared/assert.ts'
import type { AlgorithmName, Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { chooseAlgorithm, type Candidate, type Choice } from '../evaluation/choose-algorithm.ts'
import { lossesOf, meanLoss } from '../evaluation/metrics.ts'
import type { Split } from '../evaluation/split-rows.ts'
import type { NetworkTrainer } from '../ports/network-trainer.ts'
import { blendModels } from '../training/blend.ts'
import type { Samples } from '../training/build-samples.ts'
import { fitAlgorithm, type AlgorithmSettings, type LabelledMatrix } from '../training/fit-algorithm.ts'
import { fitPlatt } from '../training/classification/calibration.ts'
import { classModel, fitCalibrations, sharesOfScores } from '../training/classification/ordered-classes.ts'
import { probabilityModel } from '../training/classification/probability-model.ts'
import { sigmoid } from '../training/gbdt/losses.ts'
import { selectRows, selectValues, type Matrix } from '../training/matrix.ts'
import { sequenceLayout } from '../training/sequence-layout.ts'
import type { FitProgress, TrainedModel } from '../training/trained-model.ts'
import type { RunReport, TrialReport } from './run-report.ts'

/** An algorithm and how long it is to be fitted: what a refit repeats. */
export type Member = {
  readonly algorithm: AlgorithmName
  readonly rounds: number
  readonly settings: AlgorithmSettings
}

type Fitted = {
  readonly model: TrainedModel
  readonly members: readonly Member[]
  readonly cpuSeconds: number
}

export type FittedCandidates = {
  readonly chosen: Fitted
  readonly choice: Choice
  readonly scores: RunReport['algorithms']
  /** Every trial of a search, in the order they were tried; empty without one. */
  readonly trials: readonly TrialReport[]
  /** Makes of a model that was fitted again what ships; the chosen one has been through it. */
  readonly finish: (model: TrainedModel) => TrainedModel
  /** Place of the winner among them. */
  readonly chosenTrial: number | null
}

export type FitPorts = { readonly network: NetworkTrainer; readonly cpuSeconds: () => number }

export type CandidateInput = {
  readonly recipe: Recipe
  readonly samples: Samples
  readonly split: Split
  readonly seed: number
  readonly onProgress: FitProgress
}

export async function fitCandidates(ports: FitPorts, input: CandidateInput): Promise<FittedCandidates> {
  const { recipe, samples, split } = input
  const validation = labelled(samples, split.validation)
  const single = await fitEach(ports, input, validation)
  const fitted = single.length > 1 ? [...single, blendOf(single)] : single
  const candidates = fitted.map(({ model }): Candidate => {
    const losses = lossesOf(recipe.target, forecastsOf(recipe, model, validation.matrix), validation.target)
    return { algorithm: model.algorithm, validationMae: meanLoss(losses), losses }
  })
  const timeSeconds = Array.from(split.validation, (row) => samples.timeSeconds[row]!)
  const choice = chooseAlgorithm(candidates, timeSeconds)
  const chosen = fitted.find(({ model }) => model.algorithm === choice.algorithm)
  assert(chosen !== undefined, 'the choice is one of the fitted')
  const scores = fitted.map(({ model: { algorithm, rounds, backend }, cpuSeconds }, i) => {
    const { validationMae } = candidates[i]!
    return { algorithm, validationMae, cpuSeconds, rounds, backend }
  })
  const finish = finishOf(recipe, chosen.model.predict(validation.matrix), validation.target)
  return {
    chosen: { ...chosen, model: finish(chosen.model) },
    choice,
    scores,
    trials: [],
    chosenTrial: null,
    finish,
  }
}

/** What a fitted model says of rows: changes from the anchor, or probabilities that are not calibrated yet. */
export function forecastsOf({ target }: Recipe, model: TrainedModel, matrix: Matrix): Float32Array {
  const values = model.predict(matrix)
  if (target.classes !== undefined) return sharesOfScores(values, target.classes.limits.length)
  return target.event === undefined ? values : values.map(sigmoid)
}

/** Calibrates probabilities on rows that the scores were not fitted on; leaves numbers as they are. */
export function finishOf(
  { target }: Recipe,
  scores: Float32Array,
  labels: Float32Array,
): FittedCandidates['finish'] {
  if (target.classes !== undefined) {
    const calibrations = fitCalibrations(scores, labels, target.classes.limits.length)
    return (model) => classModel(model, calibrations)
  }
  if (target.event === undefined) return (model) => model
  const calibration = fitPlatt(scores, labels)
  return (model) => probabilityModel(model, calibration)
}

async function fitEach(
  { network, cpuSeconds }: FitPorts,
  { recipe, samples, split, seed, onProgress }: CandidateInput,
  validation: LabelledMatrix,
): Promise<readonly Fitted[]> {
  const training = labelled(samples, split.training)
  const { algorithms } = recipe.training
  const fitted: Fitted[] = []
  for (const [at, algorithm] of algorithms.entries()) {
    const startedAt = cpuSeconds()
    const model = await fitAlgorithm(algorithm, {
      training,
      validation,
      rounds: null,
      layout: sequenceLayout(recipe),
      scored: recipe.target,
      seed,
      network,
      onProgress: (fraction, detail) =>
        onProgress((at + fraction) / algorithms.length, `${algorithm}: ${detail}`),
    })
    const members = [{ algorithm, rounds: model.rounds, settings: {} }]
    fitted.push({ model, members, cpuSeconds: cpuSeconds() - startedAt })
  }
  return fitted
}

const blendOf = (single: readonly Fitted[]): Fitted => ({
  model: blendModels(single.map(({ model }) => model)),
  members: single.flatMap(({ members }) => members),
  cpuSeconds: single.reduce((sum, one) => sum + one.cpuSeconds, 0),
})

/** The given rows of the samples. */
export const labelled = ({ matrix, target }: Samples, rows: Int32Array): LabelledMatrix => ({
  matrix: selectRows(matrix, rows),
  target: selectValues(target, rows),
})
