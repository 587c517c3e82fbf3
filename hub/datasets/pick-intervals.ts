/**
 * Rows in order of station and time -> one row an interval. Of several rows of an interval the one nearest to its instant wins,
 * then the latest revision, then what its content decides: never the place in the file, so any order gives the same dataset.
 */
import type { EpochMs } from '@fleetcast/shared/units.ts'

/** A row as it was staged; NaN for a missing value. */
export type StagedRow = {
  readonly time: number
  /** When it became known; -1 where the table does not say. */
  readonly arrived: number
  readonly values: Float64Array
}

export type AsideReason = 'betweenSteps' | 'superseded' | 'conflict' | 'duplicate'

/** Rows of one station that name one interval, and what became of each. */
export type Interval = {
  readonly step: number
  readonly winner: StagedRow
  readonly losers: readonly { readonly row: StagedRow; readonly reason: AsideReason }[]
}

/** More rows of one interval than this mean that the wrong column was taken for the time. */
export const INTERVAL_ROWS_MAX = 10_000

/** The nearest step of the cadence; null exactly between two, where no step is nearer. */
export function stepOf(time: number, cadenceMs: number): number | null {
  const step = Math.round(time / cadenceMs)
  return Math.abs(time - step * cadenceMs) * 2 >= cadenceMs ? null : step
}

/** Decides an interval of two or more rows. */
export function decideInterval(
  rows: readonly StagedRow[],
  { step, cadenceMs }: { readonly step: number; readonly cadenceMs: number },
): Interval {
  const at = step * cadenceMs
  const [winner, ...others] = [...rows].sort((a, b) => compareRows(a, b, at as EpochMs))
  const losers = others.map((row) => ({ row, reason: reasonOf(winner!, row) }))
  return { step, winner: winner!, losers }
}

function reasonOf(winner: StagedRow, row: StagedRow): AsideReason {
  if (isSame(winner.values, row.values)) return 'duplicate'
  return row.time === winner.time && row.arrived < winner.arrived ? 'superseded' : 'conflict'
}

const isSame = (a: Float64Array, b: Float64Array): boolean => a.every((value, i) => Object.is(value, b[i]))

/** Total up to rows of the same content. */
function compareRows(a: StagedRow, b: StagedRow, at: EpochMs): number {
  return (
    Math.abs(a.time - at) - Math.abs(b.time - at) ||
    b.arrived - a.arrived ||
    a.time - b.time ||
    presentCount(b.values) - presentCount(a.values) ||
    compareValues(a.values, b.values)
  )
}

const presentCount = (values: Float64Array): number =>
  values.reduce((n, value) => n + (Number.isNaN(value) ? 0 : 1), 0)

function compareValues(a: Float64Array, b: Float64Array): number {
  for (let i = 0; i < a.length; i++) {
    const [left, right] = [a[i]!, b[i]!]
    if (Object.is(left, right)) continue
    if (Number.isNaN(left)) return 1
    return Number.isNaN(right) || left < right ? -1 : 1
  }
  return 0
}
