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

export type NetworkTrainer = {
  readonly fit: (
    job: NetworkJob,
  ) => Promise<{ readonly layers: readonly DenseLayer[]; readonly backend: string }>
}
