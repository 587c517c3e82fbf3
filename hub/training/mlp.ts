/**
 * Small feed-forward networks on standardised features, the mean of a few that start from different weights. Few epochs and
 * the validation rows keep them from overfitting, or regularisation does.
 */
import type { DenseLayer, NetworkJob, NetworkTrainer } from '../ports/network-trainer.ts'
import type { Matrix } from './matrix.ts'
import { emitNetworks, evaluateNetworks, rowMajor, type Networks } from './network.ts'
import { fitScaling, standardise, type Scaling } from './standardise.ts'
import { deviationOf, meanAbsolute } from './target-scale.ts'
import type { FitProgress, TrainedModel } from './trained-model.ts'

export type MlpOptions = Pick<
  NetworkJob,
  'hidden' | 'epochs' | 'batch' | 'learningRate' | 'regularisation'
> & {
  /** Networks whose outputs are averaged. */
  readonly members: number
}

export const MLP_DEFAULTS: MlpOptions = {
  hidden: [32, 16],
  epochs: 10,
  batch: 512,
  learningRate: 1e-3,
  regularisation: null,
  members: 3,
}

/** For one station's years of hours: longer, regularised, five times faster a round than the library's own loop. */
export const MLP_REGULARISED: MlpOptions = {
  hidden: [64, 32],
  epochs: 15,
  batch: 1_024,
  learningRate: 6e-3,
  regularisation: { dropout: 0.3, weightDecay: 0.1, averaging: 0.998 },
  members: 2,
}

export type MlpInput = {
  readonly trainer: NetworkTrainer
  readonly matrix: Matrix
  readonly target: Float32Array
  readonly validation: { readonly matrix: Matrix; readonly target: Float32Array } | null
  readonly options: MlpOptions
  readonly seed: number
  readonly onProgress: FitProgress
}

/** Keeps seeds of members apart from those of their layers. */
const SEED_STRIDE = 1_000

/** With validation rows the best epoch of each member is kept, else the last. */
export async function fitMlp(input: MlpInput): Promise<TrainedModel> {
  const { matrix, target, options, seed, onProgress } = input
  const scaling = fitScaling(matrix)
  const prepared = {
    scaling,
    targetScale: deviationOf(target),
    inputs: rowMajor(standardise(matrix, scaling)),
  }
  const fitted: Member[] = []
  for (let member = 0; member < options.members; member++) {
    const memberProgress: FitProgress = (fraction, detail) =>
      onProgress(
        (member + fraction) / options.members,
        `network ${member + 1} of ${options.members}, ${detail}`,
      )
    const fit = { ...input, seed: seed + SEED_STRIDE * member, onProgress: memberProgress }
    fitted.push(await fitMember(fit, prepared))
  }
  const networks: Networks = { ...prepared, members: fitted.map(({ layers }) => layers) }
  return {
    algorithm: 'mlp',
    rounds: Math.round(fitted.reduce((sum, { epochs }) => sum + epochs, 0) / fitted.length),
    backend: fitted[0]?.backend ?? 'none',
    predict: (other) => evaluateNetworks(networks, other),
    emit: (graph, features) => emitNetworks(graph, features, networks),
  }
}

type Prepared = { readonly scaling: Scaling; readonly targetScale: number; readonly inputs: Float32Array }

type Member = {
  readonly layers: readonly DenseLayer[]
  readonly epochs: number
  readonly backend: string
}

async function fitMember(
  { trainer, matrix, target, validation, options, seed, onProgress }: MlpInput,
  { scaling, targetScale, inputs }: Prepared,
): Promise<Member> {
  const epochs: { readonly loss: number; readonly layers: readonly DenseLayer[] }[] = []
  const { layers, backend } = await trainer.fit({
    ...options,
    inputs,
    seed,
    rows: matrix.rows,
    columns: matrix.columns,
    target: target.map((y) => y / targetScale),
    onEpoch: async (epoch, current) => {
      if (validation !== null) {
        const predicted = evaluateNetworks({ members: [current], scaling, targetScale }, validation.matrix)
        epochs.push({ layers: current, loss: meanAbsolute(predicted, validation.target) })
      }
      await onProgress((epoch + 1) / options.epochs, `epoch ${epoch + 1} of ${options.epochs}`)
    },
  })
  const best = epochs.reduce((lowest, { loss }, i) => (loss < epochs[lowest]!.loss ? i : lowest), 0)
  const kept = epochs[best]
  return kept === undefined
    ? { layers, backend, epochs: options.epochs }
    : { layers: kept.layers, backend, epochs: best + 1 }
}
