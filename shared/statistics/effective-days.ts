/**
 * How many independent values dependent daily values are worth: n over the integrated autocorrelation time, 1 + 2 times the
 * sum of all autocorrelations. Two estimates, the longer one counts: Geyer's initial positive sequence (1992), which goes on
 * for as long as neighbouring lags together are positive, and the Newey-West sum of three lags, which sees short memory only.
 * Never below one day: a chance run of negative correlation makes nothing more independent.
 */
import { assert } from '../assert.ts'
import { LAG_DAYS, mean } from './newey-west.ts'

/** Values of some days in order; days without a value are left out. */
export type DayValues = {
  /** Whole numbers of days since any epoch, ascending. */
  readonly days: readonly number[]
  readonly values: readonly number[]
}

export type Dependence = {
  readonly days: number
  /** Autocorrelation of neighbouring days; 0 where there are none. */
  readonly lag1: number
  /** Integrated autocorrelation times in days. */
  readonly positiveSequence: number
  readonly neweyWest: number
  readonly effectiveDays: number
}

/** Lags that fewer pairs of days have say nothing. */
const PAIRS_MIN = 10

export function dependenceOf(series: DayValues): Dependence {
  assert(series.values.length === series.days.length, 'every day has a value')
  const days = series.days.length
  if (days < 2) return { days, lag1: 0, positiveSequence: 1, neweyWest: 1, effectiveDays: days }
  const correlation = autocorrelation(series)
  const positiveSequence = Math.max(1, positiveSequenceTime(correlation))
  const neweyWest = Math.max(1, neweyWestTime(correlation))
  const effectiveDays = days / Math.max(positiveSequence, neweyWest)
  return { days, lag1: correlation(1) ?? 0, positiveSequence, neweyWest, effectiveDays }
}

/** Of a lag in days over the pairs that are really so far apart; null where there are too few. */
function autocorrelation({ days, values }: DayValues): (lag: number) => number | null {
  const center = mean(values)
  const valueByDay = new Map(days.map((day, i) => [day, values[i]! - center]))
  const variance = mean(values.map((value) => (value - center) ** 2))
  return (lag) => {
    let [pairs, sum] = [0, 0]
    for (const [day, value] of valueByDay) {
      const later = valueByDay.get(day + lag)
      if (later === undefined) continue
      pairs += 1
      sum += value * later
    }
    if (pairs < PAIRS_MIN || variance === 0) return null
    return sum / pairs / variance
  }
}

function positiveSequenceTime(correlation: (lag: number) => number | null): number {
  let time = -1
  let before = Infinity
  for (let lag = 0; ; lag += 2) {
    const [even, odd] = [lag === 0 ? 1 : correlation(lag), correlation(lag + 1)]
    if (even === null || odd === null) return Math.max(time, 1)
    // Noise of long lags must not add up again: the sequence may only fall.
    const pair = Math.min(before, even + odd)
    if (pair <= 0) return time
    time += 2 * pair
    before = pair
  }
}

function neweyWestTime(correlation: (lag: number) => number | null): number {
  let time = 1
  for (let lag = 1; lag <= LAG_DAYS; lag++) time += 2 * (1 - lag / (LAG_DAYS + 1)) * (correlation(lag) ?? 0)
  return time
}
