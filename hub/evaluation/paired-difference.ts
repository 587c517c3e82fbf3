/** Two models on the same rows: how much smaller one's loss is, and how sure that is. */
import type { Random } from '@fleetcast/shared/random.ts'
import { dayMean, MEAN_DAYS_MIN } from '@fleetcast/shared/statistics/day-mean.ts'
import { ratioByDay } from '@fleetcast/shared/statistics/ratio-by-day.ts'
import { sumByDay, type RowValues } from './daily-losses.ts'

export type PairedInput = RowValues & {
  /** One loss for every row. */
  readonly lossA: ArrayLike<number>
  readonly lossB: ArrayLike<number>
  readonly random: Random
}

export type PairedDifference = {
  readonly n: number
  readonly days: number
  /** Mean losses over the rows. */
  readonly lossA: number
  readonly lossB: number
  /** (A - B) / B: below 0 A is better. */
  readonly relativeDifference: number
  /** 95 % of it; null where there are too few days, or B makes no error at all. */
  readonly interval: { readonly lower: number; readonly upper: number; readonly pValue: number } | null
}

/** Null without rows. */
export function pairedDifference(input: PairedInput): PairedDifference | null {
  const byDay = sumByDay([input.lossA, input.lossB], input)
  if (byDay.length === 0) return null
  let [n, sumA, sumB] = [0, 0, 0]
  for (const day of byDay) {
    n += day.n
    sumA += day.sums[0]!
    sumB += day.sums[1]!
  }
  const days = byDay.length
  const means = { n, days, lossA: sumA / n, lossB: sumB / n }
  if (sumB === 0) return { ...means, relativeDifference: 0, interval: null }
  const relativeDifference = sumA / sumB - 1
  if (days < MEAN_DAYS_MIN) return { ...means, relativeDifference, interval: null }
  const parts = ratioByDay(byDay.map(({ sums }) => [sums[0]!, sums[1]!])).map((ratio) => ratio - 1)
  const { lower, upper, pValue } = dayMean(parts, input)
  return { ...means, relativeDifference, interval: { lower, upper, pValue } }
}
