/**
 * Asymptotic confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas, arXiv 2103.06476): intervals for a
 * running mean that hold at every look at once, so looking daily and stopping when one likes costs no error.
 * Asymptotic: nothing may be looked at before a burn-in of some weeks (the caller's `daysMin`).
 */
import { assert } from '../assert.ts'
import { longRunVariance, mean } from './newey-west.ts'

/** The number of days at which the sequence is tightest. */
export const TIGHTEST_AT_DAYS = 21

export type ConfidenceInput = {
  /** Error rate: of each side for `one`, of both together for `two`. */
  readonly alpha: number
  readonly sides: 'one' | 'two'
  readonly tightestAt?: number
}

export type ConfidenceBounds = {
  readonly n: number
  readonly mean: number
  readonly lower: number
  readonly upper: number
  /** Square root of max(sample variance, Newey-West) / n. */
  readonly standardError: number
}

/** Running mean of daily values with bounds; `sides: 'one'` gives two one-sided bounds of error `alpha` each. */
export function confidenceSequence(values: readonly number[], input: ConfidenceInput): ConfidenceBounds {
  assert(values.length > 0, 'bounds need values')
  const n = values.length
  const center = mean(values)
  const standardError = Math.sqrt(longRunVariance(values) / n)
  const halfWidth = standardError * confidenceMultiplier(n, input)
  return { n, mean: center, lower: center - halfWidth, upper: center + halfWidth, standardError }
}

/** Half-width over standard error after n values (eq. 9 two-sided, eq. 134 one-sided with 2 alpha). */
export function confidenceMultiplier(
  n: number,
  { alpha, sides, tightestAt = TIGHTEST_AT_DAYS }: ConfidenceInput,
): number {
  const spent = sides === 'one' ? 2 * alpha : alpha
  const grown = n * rhoSquared(spent, tightestAt) + 1
  const boundary =
    sides === 'one' ? Math.log1p(Math.sqrt(grown) / (2 * alpha)) : Math.log(Math.sqrt(grown) / alpha)
  return Math.sqrt(((2 * grown) / (grown - 1)) * boundary)
}

/** The mixture's precision that makes the sequence tightest near `tightestAt` (closed approximation of eq. 24's root). */
const rhoSquared = (alpha: number, tightestAt: number): number =>
  (-2 * Math.log(alpha) + Math.log(1 - 2 * Math.log(alpha))) / tightestAt
