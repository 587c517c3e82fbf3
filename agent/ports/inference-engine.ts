/** Inputs of one run: `n` windows float32 [n, windowSteps, channels] with NaN for gaps, and their times int64 [n, 1] in seconds. */
export type ModelBatch = {
  readonly windows: Float32Array
  readonly times: BigInt64Array
  readonly n: number
  readonly windowSteps: number
  readonly channels: number
}

export type Predictions = {
  /** float32 [n]. */
  readonly values: Float32Array
  /** float32 [n, 2], lower and upper bound; null for a model that gives none. */
  readonly intervals: Float32Array | null
  /** float32 [n, classes], lowest class first; null for a model that gives none. */
  readonly probabilities: Float32Array | null
}

export type ModelSession = {
  /** Throws what the runtime throws. The buffers may be reused once it has resolved. */
  readonly predict: (batch: ModelBatch) => Promise<Predictions>
  readonly close: () => Promise<void>
}

/** Loads the bytes of a model file; throws when they are no model or lack the inputs `window`, `time` and the output `prediction`. */
export type InferenceEngine = { readonly load: (model: Uint8Array) => Promise<ModelSession> }
