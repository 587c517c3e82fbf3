/** Trains a small feed-forward network; what comes back are plain numbers, whatever library made them. */
export type NetworkJob = {
  /** Row-major [rows, columns], standardised, no NaN. */
  readonly inputs: Float32Array
  readonly rows: number
  readonly columns: number
  /** One value a row, standardised. */
  readonly target: Float32Array
  readonly hidden: readonly number[]
  readonly epochs: number
  readonly batch: number
  readonly learningRate: number
  /** What keeps a longer fit from learning rows by heart; null for plain Adam at a constant rate. */
  readonly regularisation: Regularisation | null
  /** Initial weights, the order of rows and what is dropped follow from it. */
  readonly seed: number
  readonly onEpoch: (epoch: number, layers: readonly DenseLayer[]) => Promise<void>
}

/** AdamW (Loshchilov & Hutter 2019), learning rate falling to zero along half a cosine, averaged weights. */
export type Regularisation = {
  /** Share of each hidden layer's outputs that is left out at a step, [0, 1). */
  readonly dropout: number
  /** Share of a weight that decays at a step, times the learning rate. */
  readonly weightDecay: number
  /** What remains of the running average of weights at a step; 0 keeps the newest. */
  readonly averaging: number
}

/** y = x W + b, `weights` row-major [inputs, outputs]; every layer but the last is followed by ReLU. */
export type DenseLayer = {
  readonly weights: Float32Array
  readonly bias: Float32Array
  readonly inputs: number
  readonly outputs: number
}

/** A sequence through one recurrent layer, its last state beside the other inputs, then a hidden layer and one output. */
export type RecurrentJob = {
  readonly cell: 'gru' | 'lstm'
  readonly units: number
  readonly recurrentActivation: 'sigmoid' | 'hardSigmoid'
  /** Normalises the joined layer (Ba et al. 2016). */
  readonly isNormalised: boolean
  /** Share of the joined layer that is left out at a step, [0, 1). */
  readonly dropout: number
  /** Units of the dense layer before the output, and what follows it. */
  readonly hidden: number
  readonly activation: HiddenActivation
  /** Row-major [rows, steps, channels], oldest step first, and [rows, others]; standardised, no NaN. */
  readonly sequences: Float32Array
  readonly steps: number
  readonly channels: number
  readonly others: Float32Array
  readonly otherColumns: number
  readonly rows: number
  /** One value a row, standardised. */
  readonly target: Float32Array
  readonly epochs: number
  readonly batch: number
  readonly learningRate: number
  readonly seed: number
  readonly onEpoch: (epoch: number, network: RecurrentNetwork) => Promise<void>
}

export type HiddenActivation = 'relu' | 'tanh' | 'sigmoid' | 'elu'

/** Gates lie side by side as TensorFlow.js keeps them: z, r, h of a GRU (reset before the product), i, f, c, o of an LSTM. */
export type RecurrentNetwork = Pick<RecurrentJob, 'cell' | 'units' | 'recurrentActivation' | 'activation'> & {
  /** Row-major [channels, gates * units], [units, gates * units] and [gates * units]. */
  readonly kernel: Float32Array
  readonly recurrentKernel: Float32Array
  readonly bias: Float32Array
  /** Scale and shift of the joined layer; null where it is not normalised. */
  readonly normalisation: { readonly scale: Float32Array; readonly shift: Float32Array } | null
  readonly dense: readonly [DenseLayer, DenseLayer]
}

/** Added to a variance before its root, by the trainer and by the graph. */
export const NORMALISATION_EPSILON = 1e-3

export type NetworkTrainer = {
  readonly fitRecurrent: (
    job: RecurrentJob,
  ) => Promise<{ readonly network: RecurrentNetwork; readonly backend: string }>
  readonly fit: (
    job: NetworkJob,
  ) => Promise<{ readonly layers: readonly DenseLayer[]; readonly backend: string }>
}
