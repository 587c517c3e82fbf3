/** Inputs of one run: `n` windows float32 [n, windowSteps, channels] with NaN for gaps, and their times int64 [n, 1] in seconds. */
export type ModelBatch = {
  readonly windows: Float32Array
  readonly times: BigInt64Array
  readonly n: number
  readonly windowSteps: number
  readonly channels: number
}

export type ModelSession = {
  /** float32 [n]; throws what the runtime throws. The buffers may be reused once it has resolved. */
  readonly predict: (batch: ModelBatch) => Promise<Float32Array>
  readonly close: () => Promise<void>
}

/** Loads the bytes of a model file; throws when they are no model or lack the inputs `window`, `time` and the output `prediction`. */
export type InferenceEngine = { readonly load: (model: Uint8Array) => Promise<ModelSession> }
