/**
 * Moving-block bootstrap of a mean of daily values (Künsch 1989): whole runs of days are drawn, so that weather that
 * lasts for days stays together. For reports on a fixed history, looked at once; repeated looks need a confidence sequence.
 */
import { assert } from '../assert.ts'
import type { Random } from '../random.ts'
import { mean } from './newey-west.ts'

/** Longer than the memory of daily errors, short enough to leave blocks to draw. */
export const BLOCK_DAYS = 10
const RESAMPLES = 1_000

export type BootstrapInput = {
  readonly random: Random
  readonly blockDays?: number
  readonly resamples?: number
  /** Coverage of the two-sided percentile interval. */
  readonly level?: number
}

export type BootstrapInterval = {
  readonly mean: number
  readonly standardError: number
  readonly lower: number
  readonly upper: number
}

/**
 * Mean of daily values in day order with its standard error and percentile interval. A history shorter than two blocks
 * uses blocks of half its length: what it then says about its own uncertainty is optimistic.
 */
export function dayBlockBootstrap(values: readonly number[], input: BootstrapInput): BootstrapInterval {
  assert(values.length > 0, 'a bootstrap needs values')
  const { random, blockDays = BLOCK_DAYS, resamples = RESAMPLES, level = 0.95 } = input
  const block = Math.max(1, Math.min(blockDays, Math.floor(values.length / 2)))
  const means = Array.from({ length: resamples }, () => resampledMean(values, block, random)).sort(
    (a, b) => a - b,
  )
  const center = mean(means)
  const variance = means.reduce((sum, value) => sum + (value - center) ** 2, 0) / (resamples - 1)
  return {
    mean: mean(values),
    standardError: Math.sqrt(variance),
    lower: quantile(means, (1 - level) / 2),
    upper: quantile(means, (1 + level) / 2),
  }
}

function resampledMean(values: readonly number[], block: number, random: Random): number {
  let sum = 0
  let taken = 0
  while (taken < values.length) {
    const start = random.integer(values.length - block + 1)
    const length = Math.min(block, values.length - taken)
    for (let i = 0; i < length; i++) sum += values[start + i]!
    taken += length
  }
  return sum / values.length
}

function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1)
  const below = Math.floor(at)
  const next = sorted[Math.min(below + 1, sorted.length - 1)]!
  return sorted[below]! + (at - below) * (next - sorted[below]!)
}
