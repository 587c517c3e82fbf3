/** The newest rows of the axis in memory: all that a window needs. A value: adding a row makes a new one. */
import type { RegularSeries } from '@fleetcast/shared/windows/window.ts'

export type RecentReadings = {
  /** Step of the newest row; null before the first reading. */
  readonly lastStep: number | null
  /** Float32, row-major [windowSteps, sensors], newest row last, NaN for gaps. */
  readonly series: RegularSeries
}

export function noReadings(windowSteps: number, sensors: number): RecentReadings {
  const values = new Float32Array(windowSteps * sensors).fill(Number.NaN)
  return { lastStep: null, series: { values, steps: windowSteps, sensors } }
}

/** Skipped intervals become NaN rows. */
export function addRow(recent: RecentReadings, step: number, valid: ArrayLike<number>): RecentReadings {
  const { steps, sensors } = recent.series
  const shift = recent.lastStep === null ? steps : Math.min(steps, step - recent.lastStep)
  const values = new Float32Array(steps * sensors).fill(Number.NaN)
  values.set(recent.series.values.subarray(shift * sensors))
  values.set(valid, (steps - 1) * sensors)
  return { lastStep: step, series: { values, steps, sensors } }
}
