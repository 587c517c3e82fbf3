/** A GRU or LSTM over the lags that form a sequence, with the other features beside its last state. */
import { assert } from '@fleetcast/shared/assert.ts'
import type { NetworkTrainer, RecurrentJob, RecurrentNetwork } from '../../ports/network-trainer.ts'
import { selectColumns, type Matrix } from '../matrix.ts'
import { rowMajor } from '../network.ts'
import type { SequenceLayout } from '../sequence-layout.ts'
import { emitStandardise, fitScaling, standardise, type Scaling } from '../standardise.ts'
import { deviationOf, meanAbsolute } from '../target-scale.ts'
import type { FitProgress, TrainedModel } from '../trained-model.ts'
import { emitRecurrent } from './emit-recurrent.ts'
import { evaluateRecurrent } from './evaluate-recurrent.ts'

export type RecurrentOptions = Pick<
  RecurrentJob,
  | 'units'
  | 'recurrentActivation'
  | 'isNormalised'
  | 'dropout'
  | 'hidden'
  | 'activation'
  | 'epochs'
  | 'batch'
  | 'learningRate'
>

export const RECURRENT_DEFAULTS: RecurrentOptions = {
  units: 16,
  recurrentActivation: 'sigmoid',
  isNormalised: false,
  dropout: 0.1,
  hidden: 16,
  activation: 'relu',
  epochs: 6,
  batch: 256,
  learningRate: 2e-3,
}

export type RecurrentInput = {
  readonly cell: RecurrentJob['cell']
  readonly trainer: NetworkTrainer
  readonly layout: SequenceLayout
  readonly matrix: Matrix
  readonly target: Float32Array
  readonly validation: { readonly matrix: Matrix; readonly target: Float32Array } | null
  readonly options: RecurrentOptions
  readonly seed: number
  readonly onProgress: FitProgress
}

/** With validation rows the best epoch is kept, else the last. */
export async function fitRecurrent(input: RecurrentInput): Promise<TrainedModel> {
  const { cell, trainer, layout, matrix, target, validation, options, seed, onProgress } = input
  const scaling = fitScaling(matrix)
  const targetScale = deviationOf(target)
  const parts = inputsOf(matrix, scaling, layout)
  let best: { readonly network: RecurrentNetwork; readonly epochs: number; readonly loss: number } | null =
    null
  const { network, backend } = await trainer.fitRecurrent({
    ...options,
    ...parts,
    cell,
    seed,
    rows: matrix.rows,
    steps: layout.steps,
    channels: layout.channels,
    otherColumns: layout.rest.length,
    target: target.map((y) => y / targetScale),
    onEpoch: async (epoch, current) => {
      if (validation !== null) {
        const predicted = predict({ network: current, scaling, layout, targetScale }, validation.matrix)
        const loss = meanAbsolute(predicted, validation.target)
        if (best === null || loss < best.loss) best = { network: current, epochs: epoch + 1, loss }
      }
      await onProgress((epoch + 1) / options.epochs, `epoch ${epoch + 1} of ${options.epochs}`)
    },
  })
  const kept = keptOf(best, { network, epochs: options.epochs })
  const fitted = { network: kept.network, scaling, layout, targetScale }
  return {
    algorithm: cell,
    rounds: kept.epochs,
    backend,
    predict: (other) => predict(fitted, other),
    emit: (graph, features) => {
      const output = emitRecurrent(graph, emitStandardise(graph, features, scaling), fitted)
      return graph.node('Mul', [output, graph.scalar(targetScale)])
    },
  }
}

type Kept = { readonly network: RecurrentNetwork; readonly epochs: number }

/** Told apart here, since a callback's assignment is invisible where it was declared. */
const keptOf = (best: Kept | null, last: Kept): Kept => best ?? last

type Fitted = {
  readonly network: RecurrentNetwork
  readonly scaling: Scaling
  readonly layout: SequenceLayout
  readonly targetScale: number
}

function inputsOf(matrix: Matrix, scaling: Scaling, { columns, rest }: SequenceLayout) {
  const design = standardise(matrix, scaling)
  return {
    sequences: rowMajor(selectColumns(design, columns)),
    others: rowMajor(selectColumns(design, rest)),
  }
}

function predict({ network, scaling, layout, targetScale }: Fitted, matrix: Matrix): Float32Array {
  const { sequences, others } = inputsOf(matrix, scaling, layout)
  const [length, width] = [layout.columns.length, layout.rest.length]
  assert(sequences.length === matrix.rows * length, 'every row has its sequence')
  return Float32Array.from({ length: matrix.rows }, (_, row) => {
    const sequence = sequences.subarray(row * length, (row + 1) * length)
    const beside = others.subarray(row * width, (row + 1) * width)
    return targetScale * evaluateRecurrent(network, { sequence, channels: layout.channels, others: beside })
  })
}
