/** Runs ONNX files. Batches are row-major: `windows` float32 [count, windowSteps, channels], `times` int64 seconds [count]. */
export type ModelBatch = {
  readonly windows: Float32Array
  readonly times: BigInt64Array
  readonly count: number
}

export type InferenceSession = {
  /** Every output by name, row-major [count, width]. */
  readonly run: (batch: ModelBatch) => Promise<Readonly<Record<string, Float32Array>>>
  readonly close: () => Promise<void>
}

export type InferenceEngine = {
  readonly load: (
    onnx: Uint8Array,
    shape: { readonly windowSteps: number; readonly channels: number },
  ) => Promise<InferenceSession>
}
