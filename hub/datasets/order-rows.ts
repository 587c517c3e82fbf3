/**
 * Rows of one station as they stood in the table -> one row an interval, in order of time. Of several rows
 * the one nearest to the interval's instant wins, and among equals the first.
 */
import { breathe } from './breathe.ts'
import { TABLE_ROWS_MAX } from './read-table.ts'
import type { RowStore } from './row-store.ts'

/** Rows of a station on the axis: step k is the instant k cadence intervals after the epoch. */
export type OrderedRows = {
  readonly steps: Float64Array
  /** Row-major [rows, sensors]; quality control replaces invalid values by NaN. */
  readonly values: Float64Array
  readonly sensors: number
}

/** What ordering had to do, with steps as examples. */
export type OrderCounts = {
  /** Rows that stand behind a later row of their station. */
  readonly unordered: number
  readonly duplicates: Noted
  /** Rows that name the same interval with other values. */
  readonly conflicts: Noted
  /** Rows beside the axis, moved to the nearest step. */
  readonly snapped: Noted
  /** Rows exactly between two steps: no step is nearer, so they are left out. */
  readonly quarantined: Noted
}

/** How often, and the first event times. */
export type Noted = { count: number; readonly times: number[] }

const NOTED_TIMES_MAX = 5

const note = (noted: Noted, time: number): void => {
  noted.count++
  if (noted.times.length < NOTED_TIMES_MAX) noted.times.push(time)
}

/** Room for the row's number in a sort key; steps since the first fit into the other 30 bits of a double's 53. */
const ROW_SLOTS = 2 ** Math.ceil(Math.log2(TABLE_ROWS_MAX + 1))

export async function orderRows(
  rows: RowStore,
  cadenceMs: number,
): Promise<{ ordered: OrderedRows; counts: OrderCounts }> {
  const counts = {
    unordered: countUnordered(rows.times()),
    duplicates: { count: 0, times: [] },
    conflicts: { count: 0, times: [] },
    snapped: { count: 0, times: [] },
    quarantined: { count: 0, times: [] },
  }
  const { keys, firstStep } = sortKeys(rows.times(), cadenceMs, counts)
  await breathe()
  return { ordered: pickRows(rows, { keys, firstStep, cadenceMs, counts }), counts }
}

function countUnordered(times: Float64Array): number {
  let newest = Number.NEGATIVE_INFINITY
  let unordered = 0
  for (const time of times) {
    if (time < newest) unordered++
    else newest = time
  }
  return unordered
}

/** Sorted by step, then by place in the table: a plain numeric sort of one number a row. */
function sortKeys(
  times: Float64Array,
  cadenceMs: number,
  counts: OrderCounts,
): { keys: Float64Array; firstStep: number } {
  let firstStep = Number.POSITIVE_INFINITY
  for (const time of times) firstStep = Math.min(firstStep, Math.floor(time / cadenceMs))
  const keys = new Float64Array(times.length)
  let kept = 0
  times.forEach((time, row) => {
    const step = Math.round(time / cadenceMs)
    const beside = Math.abs(time - step * cadenceMs)
    if (beside * 2 >= cadenceMs) return note(counts.quarantined, time)
    if (beside > 0) note(counts.snapped, time)
    keys[kept++] = (step - firstStep) * ROW_SLOTS + row
  })
  return { keys: keys.subarray(0, kept).sort(), firstStep }
}

type PickInput = {
  readonly keys: Float64Array
  readonly firstStep: number
  readonly cadenceMs: number
  readonly counts: OrderCounts
}

function pickRows(rows: RowStore, { keys, firstStep, cadenceMs, counts }: PickInput): OrderedRows {
  const { sensors } = rows
  const steps = new Float64Array(keys.length)
  const values = new Float64Array(keys.length * sensors)
  const times = rows.times()
  let kept = 0
  let besideKept = 0
  for (const key of keys) {
    const step = firstStep + Math.floor(key / ROW_SLOTS)
    const row = rows.row(key % ROW_SLOTS)
    const beside = Math.abs(times[key % ROW_SLOTS]! - step * cadenceMs)
    const isRepeat = kept > 0 && steps[kept - 1] === step
    if (isRepeat) {
      const before = values.subarray((kept - 1) * sensors, kept * sensors)
      note(isSame(before, row) ? counts.duplicates : counts.conflicts, step * cadenceMs)
      if (beside >= besideKept) continue
    }
    const place = isRepeat ? kept - 1 : kept++
    steps[place] = step
    values.set(row, place * sensors)
    besideKept = beside
  }
  return { steps: steps.slice(0, kept), values: values.slice(0, kept * sensors), sensors }
}

const isSame = (a: Float64Array, b: Float64Array): boolean =>
  a.every((value, i) => Object.is(value, b[i]) || value === b[i])
