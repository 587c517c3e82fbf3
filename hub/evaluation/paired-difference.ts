/** Two losses on the same rows: how much smaller one's mean is, and how sure that is. */
import { dayMean, type DayMean } from '@fleetcast/shared/statistics/day-mean.ts'
import { ratioByDay } from '@fleetcast/shared/statistics/ratio-by-day.ts'
import { sumByDay, type RowValues } from './daily-losses.ts'

export type PairedInput = RowValues & {
  /** One loss for every row. */
  readonly lossA: ArrayLike<number>
  readonly lossB: ArrayLike<number>
}

export type PairedDifference = {
  readonly n: number
  readonly days: number
  /** Mean losses over the rows. */
  readonly lossA: number
  readonly lossB: number
  /** (A - B) / B: below 0 A is better. NaN without rows, when B makes no error at all, or when a loss is not finite. */
  readonly relative: DayMean
}

export function pairedDifference(input: PairedInput): PairedDifference {
  const byDay = sumByDay([input.lossA, input.lossB], input)
  let [n, sumA, sumB] = [0, 0, 0]
  for (const day of byDay) {
    n += day.n
    sumA += day.sums[0]!
    sumB += day.sums[1]!
  }
  const days = byDay.length
  const ratios = ratioByDay(byDay.map(({ sums }) => [sums[0]!, sums[1]!]))
  return {
    ...{ n, days, lossA: sumA / n, lossB: sumB / n },
    relative: dayMean(ratios.map((ratio) => ratio - 1)),
  }
}
