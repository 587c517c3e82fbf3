import type { DurationMs, EpochMs } from '@fleetcast/shared/units.ts'

/** Time as an argument: wall time for records, monotonic time for durations, timers for loops. */
export type Clock = {
  readonly now: () => EpochMs
  readonly monotonic: () => DurationMs
  readonly sleep: (duration: DurationMs, signal?: AbortSignal) => Promise<void>
}
