import type { DurationMs, EpochMs } from '@fleetcast/shared/units.ts'

/** Time as an argument. Event time comes from readings; this clock is for network timers and for measuring. */
export type Clock = {
  readonly now: () => EpochMs
  readonly monotonic: () => DurationMs
  /** Ends early, without an error, when the signal is aborted. */
  readonly sleep: (duration: DurationMs, signal?: AbortSignal) => Promise<void>
}
