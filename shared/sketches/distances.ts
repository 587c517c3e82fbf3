/**
 * How far two sets of counts between the same edges lie apart. Shares are what the textbook formulas take; the
 * functions that take counts add what counts need: pseudo-counts against empty bins and the bias of small samples.
 */
import { assert } from '../assert.ts'

/** Added to every count, so that an empty bin is rare and not impossible (Krichevsky & Trofimov 1981). */
const PSEUDO_COUNT = 0.5

/** Counts -> shares that add up to 1; all zero when nothing was counted. */
export function shares(counts: readonly number[], pseudoCount = 0): readonly number[] {
  const total = counts.reduce((sum, count) => sum + count + pseudoCount, 0)
  return counts.map((count) => (total === 0 ? 0 : (count + pseudoCount) / total))
}

/** Population stability index in nats, sum (q - p) ln(q / p) (Siddiqi 2006); every share must be positive. */
export function psiOfShares(p: readonly number[], q: readonly number[]): number {
  assert(p.length === q.length, 'the same bins')
  return p.reduce((sum, share, i) => sum + (q[i]! - share) * Math.log(q[i]! / share), 0)
}

export type Psi = {
  /** Plug-in estimate from counts with +0.5 each. */
  readonly value: number
  /** Large-sample mean without any drift, (B-1)(1/n + 1/m): compare before calling a value large. */
  readonly bias: number
}

/** PSI of the current counts (n) against the reference's (m), and what chance alone gives at independent readings. */
export function psi(reference: readonly number[], current: readonly number[]): Psi {
  const m = total(reference)
  const n = total(current)
  assert(m > 0 && n > 0, 'PSI needs readings on both sides')
  return {
    value: psiOfShares(shares(reference, PSEUDO_COUNT), shares(current, PSEUDO_COUNT)),
    bias: (reference.length - 1) * (1 / n + 1 / m),
  }
}

/**
 * Exact mean of `psi().value` when n independent readings come from the reference itself. Where bins are emptier
 * than about five readings the pseudo-counts shrink PSI far below the large-sample bias (31 bins, 24 readings: 0.44
 * instead of 1.25), so this is what a day's PSI is compared with.
 */
export function psiWithoutDrift(reference: readonly number[], n: number): number {
  const p = shares(reference, PSEUDO_COUNT)
  return p.reduce((sum, share) => sum + meanTermWithoutDrift(share, n, p.length), 0)
}

function meanTermWithoutDrift(share: number, n: number, bins: number): number {
  let mean = 0
  let logProbability = n * Math.log1p(-share)
  const logOdds = Math.log(share) - Math.log1p(-share)
  for (let k = 0; k <= n; k++) {
    const q = (k + PSEUDO_COUNT) / (n + PSEUDO_COUNT * bins)
    mean += Math.exp(logProbability) * (q - share) * Math.log(q / share)
    logProbability += logOdds + Math.log((n - k) / (k + 1))
  }
  return mean
}

/** Jensen-Shannon divergence (not its root) in bits, 0..1. */
export function jensenShannonBits(p: readonly number[], q: readonly number[]): number {
  assert(p.length === q.length, 'the same bins')
  return p.reduce((sum, share, i) => sum + (toMiddle(share, q[i]!) + toMiddle(q[i]!, share)) / 2, 0)
}

/** One term of the divergence from the mixture of both. */
const toMiddle = (a: number, b: number): number => (a === 0 ? 0 : a * Math.log2((2 * a) / (a + b)))

/** Largest gap between the cumulative shares at an edge: a lower bound of the Kolmogorov-Smirnov distance. */
export function maxCdfDistance(p: readonly number[], q: readonly number[]): number {
  assert(p.length === q.length, 'the same bins')
  let gap = 0
  let largest = 0
  p.forEach((share, i) => {
    gap += share - q[i]!
    largest = Math.max(largest, Math.abs(gap))
  })
  return largest
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)
