/**
 * The newest rows of the axis in memory: all that a window needs. Adding a row makes a new value and leaves the old one
 * as it was, until a row is added to the new one: two buffers take turns, so that a reading leaves no garbage.
 */
import type { RegularSeries } from '@fleetcast/shared/windows/window.ts'

export type RecentReadings = {
  /** Step of the newest row; null before the first reading. */
  readonly lastStep: number | null
  /** Float32, row-major [windowSteps, sensors], newest row last, NaN for gaps. */
  readonly series: RegularSeries
  readonly spare: Float32Array
}

export function noReadings(windowSteps: number, sensors: number): RecentReadings {
  const values = new Float32Array(windowSteps * sensors).fill(Number.NaN)
  return { lastStep: null, series: { values, steps: windowSteps, sensors }, spare: values.slice() }
}

/** Skipped intervals become NaN rows. */
export function addRow(recent: RecentReadings, step: number, valid: ArrayLike<number>): RecentReadings {
  const { steps, sensors, values: before } = recent.series
  const shift = sensors * (recent.lastStep === null ? steps : Math.min(steps, step - recent.lastStep))
  const values = recent.spare
  const kept = before.length - shift
  for (let i = 0; i < kept; i++) values[i] = before[i + shift]!
  values.fill(Number.NaN, kept)
  values.set(valid, (steps - 1) * sensors)
  return { lastStep: step, series: { values, steps, sensors }, spare: before }
}
