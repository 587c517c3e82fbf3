/** Rows -> days: the unit of every statement about accuracy, since rows of one day are nearly one row. */
import type { DayValues } from '@fleetcast/shared/statistics/effective-days.ts'

export const DAY_SECONDS = 86_400

/** UTC day of a row's newest reading, counted from the epoch. */
export const dayOf = (timeSeconds: number): number => Math.floor(timeSeconds / DAY_SECONDS)

export type DaySum = { readonly day: number; readonly n: number; readonly sums: readonly number[] }

export type RowValues = {
  /** Event time of every row, whether it is asked for or not. */
  readonly timeSeconds: ArrayLike<number>
  readonly rows: ArrayLike<number>
}

/** Sums of each column over the rows of each day, in order of day. */
export function sumByDay(
  columns: readonly ArrayLike<number>[],
  { timeSeconds, rows }: RowValues,
): readonly DaySum[] {
  const byDay = new Map<number, { n: number; readonly sums: number[] }>()
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const day = dayOf(timeSeconds[row]!)
    const known = byDay.get(day) ?? { n: 0, sums: columns.map(() => 0) }
    known.n += 1
    for (const [at, column] of columns.entries()) known.sums[at]! += column[row]!
    byDay.set(day, known)
  }
  return [...byDay].sort(([a], [b]) => a - b).map(([day, { n, sums }]) => ({ day, n, sums }))
}

/** Mean of the column over each day's rows. */
export function meanByDay(column: ArrayLike<number>, rows: RowValues): DayValues {
  const days = sumByDay([column], rows)
  return { days: days.map(({ day }) => day), values: days.map(({ n, sums }) => sums[0]! / n) }
}
