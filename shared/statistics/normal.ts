/** The standard normal distribution, as far as tests of hypotheses need it. */
import { assert } from '../assert.ts'

/** P(Z <= z); Abramowitz & Stegun 26.2.17, error below 1e-7. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
  return z >= 0 ? 1 - tail : tail
}

/** The z with P(Z <= z) = p, 0 < p < 1; by bisection, to 1e-9. */
export function normalQuantile(p: number): number {
  assert(p > 0 && p < 1, 'a quantile needs a probability between 0 and 1')
  let [low, high] = [-10, 10]
  while (high - low > 1e-9) {
    const middle = (low + high) / 2
    if (normalCdf(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}
