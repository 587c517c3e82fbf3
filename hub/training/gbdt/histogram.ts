/**
 * Gradient histograms. A cell is one float64 that holds an exact integer, `quantised gradient * 2^shift + count`: one add
 * instead of two, and since integer sums are associative the result does not depend on the order of rows, bit for bit.
 */
import { BINS_PER_COLUMN } from './bins.ts'

export type Packing = {
  /** 2^shift, above every row count. */
  readonly unit: number
  /** A gradient is `lowest + quantised * scale`. */
  readonly lowest: number
  readonly scale: number
}

const GRADIENT_BITS_MAX = 20
const EXACT_BITS = 53

/** Quantises gradients into `packed`, one cell value a row. */
export function packGradients(gradients: Float64Array, packed: Float64Array): Packing {
  let [lowest, highest] = [Infinity, -Infinity]
  for (const g of gradients) {
    if (g < lowest) lowest = g
    if (g > highest) highest = g
  }
  const shift = Math.ceil(Math.log2(gradients.length + 1))
  const unit = 2 ** shift
  const levels = 2 ** Math.min(GRADIENT_BITS_MAX, EXACT_BITS - 2 * shift) - 1
  const scale = highest > lowest ? (highest - lowest) / levels : 1
  for (let i = 0; i < gradients.length; i++)
    packed[i] = Math.round((gradients[i]! - lowest) / scale) * unit + 1
  return { unit, lowest, scale }
}

/** Rows in a cell sum. */
export const countOf = ({ unit }: Packing, cell: number): number => cell - Math.floor(cell / unit) * unit

/** Sum of gradients in a cell sum of `count` rows. */
export const gradientOf = ({ unit, lowest, scale }: Packing, cell: number, count: number): number =>
  Math.floor(cell / unit) * scale + lowest * count

/** Four columns' cells: reused by every node of a fit. */
export type Scratch = readonly [Float64Array, Float64Array, Float64Array, Float64Array]

export const createScratch = (): Scratch => [
  new Float64Array(BINS_PER_COLUMN),
  new Float64Array(BINS_PER_COLUMN),
  new Float64Array(BINS_PER_COLUMN),
  new Float64Array(BINS_PER_COLUMN),
]

export type HistogramInput = {
  readonly codes: Uint8Array
  /** Rows of the whole matrix: the stride of a column in `codes`. */
  readonly stride: number
  readonly columns: Int32Array
  /** The node's rows and their cell values. */
  readonly rows: Int32Array
  readonly cells: Float64Array
  readonly scratch: Scratch
}

/** Writes the node's histogram of each column into `out` at `offset + column * 256`; four columns a pass share the loads of rows and cells. */
export function buildHistogram(
  { codes, stride, columns, rows, cells, scratch }: HistogramInput,
  out: Float64Array,
  offset: number,
): void {
  const [first, second, third, fourth] = scratch
  for (let k = 0; k < columns.length; k += 4) {
    // A missing fourth column repeats the last one: its counts are written over with the same numbers.
    const at = (i: number): number => columns[Math.min(k + i, columns.length - 1)]!
    const [a, b, c, d] = [at(0) * stride, at(1) * stride, at(2) * stride, at(3) * stride]
    first.fill(0)
    second.fill(0)
    third.fill(0)
    fourth.fill(0)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      const cell = cells[i]!
      first[codes[a + row]!]! += cell
      second[codes[b + row]!]! += cell
      third[codes[c + row]!]! += cell
      fourth[codes[d + row]!]! += cell
    }
    out.set(first, offset + at(0) * BINS_PER_COLUMN)
    out.set(second, offset + at(1) * BINS_PER_COLUMN)
    out.set(third, offset + at(2) * BINS_PER_COLUMN)
    out.set(fourth, offset + at(3) * BINS_PER_COLUMN)
  }
}

/** parent - child = the other child, column by column. */
export function subtractHistogram(
  pool: Float64Array,
  { from, subtract, columns }: { from: number; subtract: number; columns: Int32Array },
): void {
  for (const column of columns) {
    const [a, b] = [from + column * BINS_PER_COLUMN, subtract + column * BINS_PER_COLUMN]
    for (let bin = 0; bin < BINS_PER_COLUMN; bin++) pool[a + bin]! -= pool[b + bin]!
  }
}
