/** How much memory a model takes, measured in a process that holds nothing else. MB are 2^20 bytes of resident memory. */
import type { Refusal, Result } from '@fleetcast/shared/result.ts'

export type ModelMemory = {
  /** What the runtime takes for whatever model comes first. */
  readonly runtimeMb: number
  /** What this model takes more: loaded, and one window run. */
  readonly modelMb: number
}

export type MeasureMemory = (
  onnx: Uint8Array,
  shape: { readonly windowSteps: number; readonly channels: number },
) => Promise<Result<ModelMemory, Refusal<'memory/notMeasured'>>>
