import type { Metric } from '@fleetcast/shared/recipe/metric.ts'
import { metricOf, type Scored } from '@fleetcast/shared/recipe/target.ts'
import type { AlgorithmName } from '@fleetcast/shared/recipe/recipe.ts'
import { assert, assertNever } from '@fleetcast/shared/assert.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { NetworkTrainer } from '../ports/network-trainer.ts'
import { CLASSIFIER_TREES } from './classification/fit-classifier.ts'
import { fitLogistic } from './classification/fit-logistic.ts'
import { labelsAbove, sideBySide } from './classification/ordered-classes.ts'
import { fitGbdt } from './gbdt/fit-gbdt.ts'
import { GBDT_DEFAULTS, type GbdtOptions } from './gbdt/options.ts'
import type { Matrix } from './matrix.ts'
import { fitMlp, MLP_DEFAULTS, type MlpOptions } from './mlp.ts'
import { fitRecurrent, RECURRENT_DEFAULTS, type RecurrentOptions } from './recurrent/fit-recurrent.ts'
import { fitRidge, RIDGE_DEFAULTS, type RidgeOptions } from './ridge.ts'
import type { SequenceLayout } from './sequence-layout.ts'
import type { FitProgress, TrainedModel } from './trained-model.ts'

export type LabelledMatrix = {
  readonly matrix: Matrix
  /** Truth less anchor, one value a row; 1 or 0 for an event, the place of a class. */
  readonly target: Float32Array
}

/** What differs from an algorithm's defaults. */
export type AlgorithmSettings = {
  readonly ridge?: Partial<RidgeOptions>
  readonly gbdt?: Partial<GbdtOptions>
  readonly mlp?: Partial<MlpOptions>
  /** Of GRU and LSTM alike. */
  readonly recurrent?: Partial<RecurrentOptions>
}

export type FitInput = {
  readonly training: LabelledMatrix
  /** Ends the fit early; null for a refit, which repeats `rounds` instead. */
  readonly validation: LabelledMatrix | null
  readonly rounds: number | null
  readonly settings?: AlgorithmSettings
  /** Where the sequence of a recurrent network stands; only those algorithms need it. */
  readonly layout: SequenceLayout | null
  /** Of events and classes the model gives log odds; only ridge (as logistic regression) and gbdt can. */
  readonly scored: Scored
  readonly seed: number
  readonly network: NetworkTrainer
  readonly onProgress: FitProgress
}

/** Fits one algorithm, with its own defaults where no setting says otherwise; same input, same model. */
export async function fitAlgorithm(algorithm: AlgorithmName, input: FitInput): Promise<TrainedModel> {
  const { training, validation, scored, onProgress } = input
  if (scored.classes === undefined) return fitOne(algorithm, input)
  const { limits } = scored.classes
  const answers: TrainedModel[] = []
  for (const k of limits.keys()) {
    const asked = ({ matrix, target }: LabelledMatrix) => ({ matrix, target: labelsAbove(target, k) })
    answers.push(
      await fitOne(algorithm, {
        ...input,
        training: asked(training),
        validation: validation === null ? null : asked(validation),
        onProgress: (fraction, detail) =>
          onProgress((k + fraction) / limits.length, `above ${limits[k]}: ${detail}`),
      }),
    )
  }
  return sideBySide(answers)
}

async function fitOne(algorithm: AlgorithmName, input: FitInput): Promise<TrainedModel> {
  const { training, validation, rounds, settings = {}, seed, network, onProgress } = input
  const metric = metricOf(input.scored)
  switch (algorithm) {
    case 'ridge':
      await onProgress(0, 'solving the normal equations')
      return metric === 'brier' || metric === 'rps'
        ? fitLogistic(training.matrix, training.target)
        : fitRidge(training.matrix, training.target, { ...RIDGE_BY_METRIC[metric], ...settings.ridge })
    case 'gbdt':
      return fitGbdt({
        ...training,
        validation,
        options: withRounds({ ...TREES_BY_METRIC[metric], ...settings.gbdt }, 'rounds', rounds),
        random: createRandom(seed).fork('gbdt'),
        onProgress,
      })
    case 'mlp':
      return fitMlp({
        ...training,
        validation,
        trainer: network,
        options: withRounds({ ...MLP_DEFAULTS, ...settings.mlp }, 'epochs', rounds),
        seed,
        onProgress,
      })
    case 'gru':
    case 'lstm':
      assert(input.layout !== null, 'the recipe was checked: it has lags that form a sequence')
      return fitRecurrent({
        ...training,
        cell: algorithm,
        layout: input.layout,
        validation,
        trainer: network,
        options: withRounds({ ...RECURRENT_DEFAULTS, ...settings.recurrent }, 'epochs', rounds),
        seed,
        onProgress,
      })
    default:
      return assertNever(algorithm)
  }
}

const RIDGE_BY_METRIC: Record<Exclude<Metric, 'brier' | 'rps'>, RidgeOptions> = {
  mae: RIDGE_DEFAULTS,
  mse: { ...RIDGE_DEFAULTS, reweightings: 0 },
}

const TREES_BY_METRIC: Record<Metric, GbdtOptions> = {
  mae: GBDT_DEFAULTS,
  mse: { ...GBDT_DEFAULTS, loss: 'l2' },
  brier: CLASSIFIER_TREES,
  rps: CLASSIFIER_TREES,
}

const withRounds = <T, K extends keyof T>(options: T, name: K, rounds: T[K] | null): T =>
  rounds === null ? options : { ...options, [name]: rounds }
