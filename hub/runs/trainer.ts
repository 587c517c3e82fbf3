import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { StationSeries } from '../datasets/station-series.ts'

export type TrainerProgress = { readonly stage: string; readonly fraction: number; readonly detail: string }

export type TrainerJob = {
  readonly id: string
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
}

/** Everything a finished run leaves behind, by file name. */
export type TrainerOutput = {
  readonly onnx: Uint8Array
  readonly report: unknown
  readonly golden: unknown
  readonly referenceProfile: unknown
}

export type TrainerCode = 'training/refused' | 'training/crashed' | 'training/timedOut' | 'training/cancelled'

/** Trains in a process of its own, so that a crash is a failed run and nothing else. */
export type Trainer = {
  readonly train: (
    job: TrainerJob,
    onProgress: (progress: TrainerProgress) => void,
    signal: AbortSignal,
  ) => Promise<Result<TrainerOutput, Refusal<TrainerCode>>>
}
