/**
 * Variance of a mean of dependent daily values. Newey & West 1987 with Bartlett weights; for daily means of weather
 * errors three lags cover what remains (statistics reference, 3.3). Never below the sample variance, so a chance run of
 * negative correlation cannot narrow an interval.
 */
import { assert } from '../assert.ts'

/** Days over which neighbouring days' errors are still alike. */
export const LAG_DAYS = 3

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** Unbiased sample variance of one value (divisor n - 1); 0 for a single value. */
export const sampleVariance = (values: readonly number[]): number => autocovariance(values, mean(values), 0)

/**
 * Long-run variance of one value: divided by n it is the variance of the mean. Squared units of the values. The
 * Newey-West sum is scaled by n/(n - lag - 1): without it three weeks of days with lag-1 correlation 0.3 come out so
 * much too small that a 5 % bound looked at daily errs in 7 % of streams instead of 5.6 %.
 */
export function longRunVariance(values: readonly number[], lag = LAG_DAYS): number {
  assert(values.length > 0, 'a variance needs values')
  const center = mean(values)
  const variance = autocovariance(values, center, 0)
  let sum = variance
  for (let l = 1; l <= Math.min(lag, values.length - 1); l++)
    sum += 2 * (1 - l / (lag + 1)) * autocovariance(values, center, l)
  const n = values.length
  return Math.max(variance, n > lag + 1 ? (sum * n) / (n - lag - 1) : sum)
}

/** Variance of the mean of dependent values. */
export const varianceOfMean = (values: readonly number[], lag = LAG_DAYS): number =>
  longRunVariance(values, lag) / values.length

function autocovariance(values: readonly number[], center: number, lag: number): number {
  let sum = 0
  for (let i = lag; i < values.length; i++) sum += (values[i]! - center) * (values[i - lag]! - center)
  return values.length < 2 ? 0 : sum / (values.length - 1)
}
