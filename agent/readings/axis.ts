/** The regular time axis of a station: step k is the instant k cadence intervals after the epoch. */
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'

export type Axis = { readonly cadenceMs: number }

export const axisOf = (recipe: { readonly cadenceMinutes: number }): Axis => ({
  cadenceMs: recipe.cadenceMinutes * 60_000,
})

/** The nearest step: a sensor that reports a few seconds early or late stays on the axis. */
export const stepOf = (axis: Axis, at: EpochMs): number => Math.round(at / axis.cadenceMs)

export const timeOf = (axis: Axis, step: number): EpochMs => epochMs(step * axis.cadenceMs)

export const secondsOf = (axis: Axis, step: number): bigint =>
  BigInt(Math.round((step * axis.cadenceMs) / 1000))

/** Steps of the ring of readings. */
export const stepsOfDays = (axis: Axis, days: number): number =>
  Math.ceil((days * 86_400_000) / axis.cadenceMs)
