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
  /** Initial weights and the order of rows follow from it. */
  readonly seed: number
  readonly onEpoch: (epoch: number, layers: readonly DenseLayer[]) => Promise<void>
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
