/** Fits the recipe's algorithms on the training rows, adds their blend, and compares all on the validation rows. */
import { assert } from '@fleetcast/shared/assert.ts'
import type { AlgorithmName, Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { chooseAlgorithm, type Candidate, type Choice } from '../evaluation/choose-algorithm.ts'
import type { Split } from '../evaluation/split-rows.ts'
import type { NetworkTrainer } from '../ports/network-trainer.ts'
import { blendModels } from '../training/blend.ts'
import type { Samples } from '../training/build-samples.ts'
import { fitAlgorithm, type AlgorithmSettings, type LabelledMatrix } from '../training/fit-algorithm.ts'
import { selectRows, selectValues } from '../training/matrix.ts'
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
  const { samples, split } = input
  const validation = labelled(samples, split.validation)
  const single = await fitEach(ports, input, validation)
  const fitted = single.length > 1 ? [...single, blendOf(single)] : single
  const candidates = fitted.map(({ model }): Candidate => {
    const errors = model.predict(validation.matrix).map((change, i) => change - validation.target[i]!)
    const validationMae = errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length
    return { algorithm: model.algorithm, validationMae, errors }
  })
  const timeSeconds = Array.from(split.validation, (row) => samples.timeSeconds[row]!)
  const choice = chooseAlgorithm(candidates, timeSeconds)
  const chosen = fitted.find(({ model }) => model.algorithm === choice.algorithm)
  assert(chosen !== undefined, 'the choice is one of the fitted')
  const scores = fitted.map(({ model: { algorithm, rounds, backend }, cpuSeconds }, i) => {
    const { validationMae } = candidates[i]!
    return { algorithm, validationMae, cpuSeconds, rounds, backend }
  })
  return { chosen, choice, scores, trials: [], chosenTrial: null }
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
