/** Student's t: what a mean over its standard error follows when the spread itself comes from few independent blocks. */
import { assert } from '../assert.ts'

/** Probability that |t| is at least this large; `freedom` degrees, not necessarily whole. */
export function studentTail(t: number, freedom: number): number {
  assert(freedom > 0, 'a spread needs more than one value')
  if (!Number.isFinite(t)) return Number.isNaN(t) ? 1 : 0
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)
}

/** The t beyond which, on both sides together, lies `1 - level`. */
export function studentQuantile(level: number, freedom: number): number {
  let [low, high] = [0, 1]
  while (studentTail(high, freedom) > 1 - level) high *= 2
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (studentTail(middle, freedom) > 1 - level) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** Regularised incomplete beta function I_x(a, b) by its continued fraction (Abramowitz & Stegun 26.5.8). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1
  // The fraction converges quickly only below the mean.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  let fraction = 1
  for (let m = 200; m >= 1; m--) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    fraction = 1 + even / (1 + odd / fraction)
  }
  const first = (-(a + b) * x) / (a + 1)
  return front / a / (1 + first / fraction)
}

/** Stirling's series after moving the argument above 8. */
function logGamma(z: number): number {
  let shift = 0
  let x = z
  for (; x < 8; x++) shift += Math.log(x)
  const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1_260 * x ** 5)
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift
}
