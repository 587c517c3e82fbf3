import type { Sha256 } from '@fleetcast/shared/ids.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'

/** What a run's outcome depends on besides its recipe and its data. */
export type CodeIdentity = {
  /** Of the trainer program and every file of ours that it loads; the ONNX writer is a part of it. */
  readonly codeDigest: Sha256
  readonly environment: TrainEnvironment
}

/** Vector instructions that math libraries choose their kernels by; null where the system does not tell. */
export type CpuClass = 'avx512' | 'avx2' | 'sse' | null

export type TrainEnvironment = {
  readonly node: string
  readonly v8: string
  readonly architecture: string
  readonly cpu: CpuClass
  /** Of every library that could use more: sums must not depend on how work was split. */
  readonly threads: 1
  readonly tensorflow: string
  /** What TensorFlow.js really runs on. */
  readonly backend: string
  readonly onnxruntime: string
  readonly packageLock: Sha256 | null
}

/** Known once a first run has been asked for. */
export type CodeIdentitySource = () => Promise<Result<CodeIdentity, Refusal<'training/unavailable'>>>
