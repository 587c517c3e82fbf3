/**
 * Which differences between two models can be told apart at all: in so many days at once, and by a live fleet that is looked
 * at every day.
 */
import { confidenceMultiplier } from '@fleetcast/shared/statistics/confidence-sequence.ts'
import { dependenceOf, type DayValues } from '@fleetcast/shared/statistics/effective-days.ts'
import { mean, sampleVariance } from '@fleetcast/shared/statistics/newey-west.ts'
import { meanByDay, type RowValues } from './daily-losses.ts'

export type SpreadInput = RowValues & {
  /** Loss of the one less loss of the other, for every row. */
  readonly difference: ArrayLike<number>
  readonly seriesIndex: ArrayLike<number>
  /** Mean loss that differences are relative to. */
  readonly scale: number
}

/** How much relative daily differences scatter, dependence between days included. */
export type Spread = {
  readonly days: number
  /** Observed mean of the relative difference. */
  readonly relativeDifference: number
  readonly effectiveDays: number
  /** Long-run variance of a day of one station, and of the mean of all stations. */
  readonly stationVariance: number
  readonly fleetVariance: number
  readonly stations: number
}

/** Null with fewer than eight days, one block of held-out rows. */
export function spreadOf(input: SpreadInput): Spread | null {
  const relative = Float64Array.from(input.difference, (value) => value / input.scale)
  const fleet = meanByDay(relative, input)
  if (fleet.days.length < DAYS_MIN) return null
  const byStation = stationRows(input).map((rows) => meanByDay(relative, { ...input, rows }))
  const known = byStation.filter(({ days }) => days.length >= DAYS_MIN)
  const fleetVariance = longRun(fleet)
  return {
    days: fleet.days.length,
    relativeDifference: mean(fleet.values),
    effectiveDays: dependenceOf(fleet).effectiveDays,
    stationVariance: known.length === 0 ? fleetVariance : mean(known.map(longRun)),
    fleetVariance,
    stations: Math.max(1, known.length),
  }
}

const DAYS_MIN = 8

function stationRows({ rows, seriesIndex }: SpreadInput): readonly (readonly number[])[] {
  const byStation = new Map<number, number[]>()
  for (let i = 0; i < rows.length; i++) {
    const station = seriesIndex[rows[i]!]!
    const own = byStation.get(station) ?? []
    own.push(rows[i]!)
    byStation.set(station, own)
  }
  return [...byStation.values()]
}

/** Divided by n it is the variance of the mean of n days. */
const longRun = (series: DayValues): number => {
  const { days, effectiveDays } = dependenceOf(series)
  return (sampleVariance(series.values) * days) / effectiveDays
}

const Z_TWO_SIDED_5 = 1.959964
const Z_POWER_80 = 0.841621

/**
 * Smallest true relative difference that `days` days find with 80 % power, two-sided at 5 %, looked at once. Null without days.
 */
export const smallestDifference = ({ fleetVariance }: Spread, days: number): number | null =>
  days === 0 ? null : (Z_TWO_SIDED_5 + Z_POWER_80) * Math.sqrt(fleetVariance / days)

export type LiveInput = {
  readonly devices: number
  /** Of the recipe's rollout: the error rate of each bound, the margin, and the least number of days. */
  readonly alpha: number
  readonly margin: number
  readonly daysMin: number
  /** True relative difference that is reckoned with; below 0 the model is better. */
  readonly expected: number
}

/** Ten years: nobody waits longer. */
const LIVE_DAYS_MAX = 3_650

/**
 * Days until a fleet shows, with 80 % probability and by the confidence sequence of rollouts, that a model is not worse than
 * the other by the margin. Null beyond ten years.
 */
export function liveDays(spread: Spread, live: LiveInput): number | null {
  const { devices, alpha, margin, daysMin, expected } = live
  const deviation = Math.sqrt(varianceOfFleet(spread, devices))
  for (let n = Math.max(1, daysMin); n <= LIVE_DAYS_MAX; n++) {
    const multiplier = confidenceMultiplier(n, { alpha, sides: 'one' }) + Z_POWER_80
    if ((multiplier * deviation) / Math.sqrt(n) <= margin - expected) return n
  }
  return null
}

/**
 * Stations share their weather, so more of them average out only what is their own. With the history of a single station
 * nothing is known about that: then every device is taken to see the same.
 */
export function varianceOfFleet(
  { stationVariance, fleetVariance, stations }: Spread,
  devices: number,
): number {
  if (stations < 2 || stationVariance === 0) return fleetVariance
  const share = (fleetVariance / stationVariance - 1 / stations) / (1 - 1 / stations)
  const common = Math.max(0, Math.min(1, share))
  return stationVariance * (common + (1 - common) / Math.max(1, devices))
}
