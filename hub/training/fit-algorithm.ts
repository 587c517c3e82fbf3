import type { AlgorithmName } from '@fleetcast/shared/recipe/recipe.ts'
import { assertNever } from '@fleetcast/shared/assert.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { NetworkTrainer } from '../ports/network-trainer.ts'
import { fitGbdt } from './gbdt/fit-gbdt.ts'
import { GBDT_DEFAULTS } from './gbdt/options.ts'
import type { Matrix } from './matrix.ts'
import { fitMlp, MLP_DEFAULTS } from './mlp.ts'
import { fitRidge } from './ridge.ts'
import type { FitProgress, TrainedModel } from './trained-model.ts'

export type LabelledMatrix = {
  readonly matrix: Matrix
  /** Truth less anchor, one value a row. */
  readonly target: Float32Array
}

export type FitInput = {
  readonly training: LabelledMatrix
  /** Ends the fit early; null for a refit, which repeats `rounds` instead. */
  readonly validation: LabelledMatrix | null
  readonly rounds: number | null
  readonly seed: number
  readonly network: NetworkTrainer
  readonly onProgress: FitProgress
}

/** Fits one algorithm with its own defaults; same input, same model. */
export async function fitAlgorithm(algorithm: AlgorithmName, input: FitInput): Promise<TrainedModel> {
  const { training, validation, rounds, seed, network, onProgress } = input
  switch (algorithm) {
    case 'ridge':
      await onProgress(0, 'solving the normal equations')
      return fitRidge(training.matrix, training.target)
    case 'gbdt':
      return fitGbdt({
        ...training,
        validation,
        options: { ...GBDT_DEFAULTS, rounds: rounds ?? GBDT_DEFAULTS.rounds },
        random: createRandom(seed).fork('gbdt'),
        onProgress,
      })
    case 'mlp':
      return fitMlp({
        ...training,
        validation,
        trainer: network,
        options: { ...MLP_DEFAULTS, epochs: rounds ?? MLP_DEFAULTS.epochs },
        seed,
        onProgress,
      })
    default:
      return assertNever(algorithm)
  }
}
