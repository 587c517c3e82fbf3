import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { TrialReport } from './run-report.ts'
import type { Work } from './work.ts'

export type TrainerProgress = { readonly stage: string; readonly fraction: number; readonly detail: string }

/** What a process says while it works. */
export type TrainerListener = {
  /** How far it is; some of these may be left out. */
  readonly onProgress: (progress: TrainerProgress) => void
  /** Every trial of a search as soon as it is judged, in their order. */
  readonly onTrial: (trial: TrialReport) => void
}

export type TrainerJob = {
  readonly id: string
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly work: Work
  /** Files that the work names. */
  readonly files?: ReadonlyMap<string, Uint8Array>
}

/** Everything a finished run leaves behind, by file name. */
export type TrainerFiles = ReadonlyMap<string, Uint8Array>

export type TrainerCode =
  | 'training/refused'
  | 'training/crashed'
  | 'training/outOfMemory'
  | 'training/timedOut'
  | 'training/cancelled'

/** Works in a process of its own, so that a crash is a failed run and nothing else. */
export type Trainer = {
  readonly perform: (
    job: TrainerJob,
    listener: TrainerListener,
    signal: AbortSignal,
  ) => Promise<Result<TrainerFiles, Refusal<TrainerCode>>>
}
