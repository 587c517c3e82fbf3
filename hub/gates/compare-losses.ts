/**
 * Two losses on the same rows -> the relative difference with its interval. The unit is the day: errors of neighbouring hours
 * say the same thing, so days are drawn in blocks (a week of hourly temperature holds about three independent observations).
 */
import { createRandom } from '@fleetcast/shared/random.ts'
import { dayBlockBootstrap } from '@fleetcast/shared/statistics/day-block-bootstrap.ts'
import { mean, varianceOfMean } from '@fleetcast/shared/statistics/newey-west.ts'
import { normalQuantile } from '@fleetcast/shared/statistics/normal.ts'
import { dayOf } from '../evaluation/daily-losses.ts'

export type Losses = {
  readonly timeSeconds: Float64Array
  readonly loss: Float32Array
  /** Rows where it is NaN are not compared. */
  readonly reference: Float32Array
}

export type Comparison = {
  /** (loss - reference) / reference, of daily means; NaN without rows or when the reference never errs. */
  readonly relative: number
  readonly lower: number
  readonly upper: number
  readonly standardError: number
  readonly n: number
  readonly days: number
}

/** Draws follow from nothing else, so that a report says the same again. */
const BOOTSTRAP_SEED = 1

/** `confidence` is that of each bound alone. */
export function compareLosses(
  losses: Losses,
  confidence: number,
  isCounted: (row: number) => boolean = () => true,
): Comparison {
  const { n, differences, references } = dailyMeans(losses, isCounted)
  const scale = references.length === 0 ? Number.NaN : mean(references)
  if (!(scale > 0) || !differences.every(Number.isFinite)) return { ...UNKNOWN, n, days: differences.length }
  // The scale is taken as known: its own error moves the difference by a few per cent of itself.
  const daily = differences.map((difference) => difference / scale)
  // Not its percentiles: moving blocks draw the first and last days less often, and on a few weeks of days the percentiles
  // lean so far to the middle days that they may leave the mean outside.
  const drawn = dayBlockBootstrap(daily, { random: createRandom(BOOTSTRAP_SEED) })
  const relative = drawn.mean
  // Few blocks may by chance be alike; then the spread of the days themselves is the better witness.
  const standardError = Math.max(drawn.standardError, Math.sqrt(varianceOfMean(daily)))
  const halfWidth = normalQuantile(confidence) * standardError
  return {
    ...{ relative, standardError, n, days: differences.length },
    ...{ lower: relative - halfWidth, upper: relative + halfWidth },
  }
}

const UNKNOWN = { relative: Number.NaN, lower: Number.NaN, upper: Number.NaN, standardError: Number.NaN }

function dailyMeans({ timeSeconds, loss, reference }: Losses, isCounted: (row: number) => boolean) {
  const byDay = new Map<number, { n: number; difference: number; reference: number }>()
  let n = 0
  for (let row = 0; row < loss.length; row++) {
    if (!isCounted(row) || Number.isNaN(reference[row]!)) continue
    const day = dayOf(timeSeconds[row]!)
    const sum = byDay.get(day) ?? { n: 0, difference: 0, reference: 0 }
    sum.n += 1
    sum.difference += loss[row]! - reference[row]!
    sum.reference += reference[row]!
    byDay.set(day, sum)
    n += 1
  }
  const days = [...byDay].sort(([a], [b]) => a - b).map(([, sum]) => sum)
  return {
    n,
    differences: days.map((day) => day.difference / day.n),
    references: days.map((day) => day.reference / day.n),
  }
}
