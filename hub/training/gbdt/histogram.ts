/**
 * Gradient histograms. A cell is one float64 that holds an exact integer, `quantised gradient * 2^shift + count`: one add
 * instead of two, and since integer sums are associative the result does not depend on the order of rows, bit for bit.
 */
import { BINS_PER_COLUMN } from './bins.ts'
import { COLUMNS_PER_WORD } from './packed-codes.ts'

export type Packing = {
  /** 2^shift, above every row count, and its inverse, which is exact. */
  readonly unit: number
  readonly inverse: number
  /** A gradient is `lowest + quantised * scale`. */
  readonly lowest: number
  readonly scale: number
}

const GRADIENT_BITS_MAX = 20
const EXACT_BITS = 53

/** `Math.round` of a number >= 0, without its care for -0, which takes most of its time. */
const rounded = (x: number): number => Math.floor(x + 0.5)

/** Quantises gradients into `packed`, one cell value a row. */
export function packGradients(gradients: Float64Array, packed: Float64Array): Packing {
  let [lowest, highest] = [Infinity, -Infinity]
  for (let i = 0; i < gradients.length; i++) {
    lowest = Math.min(lowest, gradients[i]!)
    highest = Math.max(highest, gradients[i]!)
  }
  const shift = Math.ceil(Math.log2(gradients.length + 1))
  const unit = 2 ** shift
  const levels = 2 ** Math.min(GRADIENT_BITS_MAX, EXACT_BITS - 2 * shift) - 1
  const scale = highest > lowest ? (highest - lowest) / levels : 1
  for (let i = 0; i < gradients.length; i++) packed[i] = rounded((gradients[i]! - lowest) / scale) * unit + 1
  return { unit, inverse: 1 / unit, lowest, scale }
}

/** Rows in a cell sum. */
export const countOf = ({ unit, inverse }: Packing, cell: number): number =>
  cell - Math.floor(cell * inverse) * unit

/** Sum of gradients in a cell sum of `count` rows. */
export const gradientOf = ({ inverse, lowest, scale }: Packing, cell: number, count: number): number =>
  Math.floor(cell * inverse) * scale + lowest * count

const CURVATURE_LEVELS = 2 ** 20 - 1

/** Quantises second derivatives or sample weights (all >= 0) to whole numbers into `packed`; returns the size of one level. */
export function packCurvatures(curvatures: Float64Array, packed: Float64Array): number {
  const highest = curvatures.reduce((largest, h) => Math.max(largest, h), 0)
  const scale = highest > 0 ? highest / CURVATURE_LEVELS : 1
  for (let i = 0; i < curvatures.length; i++) packed[i] = rounded(curvatures[i]! / scale)
  return scale
}

const CELLS_PER_WORD = COLUMNS_PER_WORD * BINS_PER_COLUMN

/** The cells of one pass: reused by every node of a fit. */
export const createScratch = (): Float64Array => new Float64Array(2 * CELLS_PER_WORD)

export type HistogramInput = {
  /** Packed bins and the number of rows of the whole matrix. */
  readonly words: Uint32Array
  readonly stride: number
  /** The node's rows and their cell values. */
  readonly rows: Int32Array
  readonly cells: Float64Array
  readonly scratch: Float64Array
}

/**
 * Writes the node's histogram into `out` from `offset` on, 256 cells a column. A pass counts the eight columns of two words, the
 * last one perhaps the four of one.
 */
export function buildHistogram(
  { words, stride, rows, cells, scratch }: HistogramInput,
  out: Float64Array,
  offset: number,
): void {
  const sums = scratch
  let [first, to] = [0, offset]
  for (; first + stride < words.length; first += 2 * stride) {
    const second = first + stride
    sums.fill(0)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!
      const cell = cells[i]!
      const a = words[first + row]!
      const b = words[second + row]!
      sums[a & 255]! += cell
      sums[256 + ((a >>> 8) & 255)]! += cell
      sums[512 + ((a >>> 16) & 255)]! += cell
      sums[768 + (a >>> 24)]! += cell
      sums[1024 + (b & 255)]! += cell
      sums[1280 + ((b >>> 8) & 255)]! += cell
      sums[1536 + ((b >>> 16) & 255)]! += cell
      sums[1792 + (b >>> 24)]! += cell
    }
    out.set(sums, to)
    to += 2 * CELLS_PER_WORD
  }
  if (first === words.length) return
  sums.fill(0)
  for (let i = 0; i < rows.length; i++) {
    const cell = cells[i]!
    const a = words[first + rows[i]!]!
    sums[a & 255]! += cell
    sums[256 + ((a >>> 8) & 255)]! += cell
    sums[512 + ((a >>> 16) & 255)]! += cell
    sums[768 + (a >>> 24)]! += cell
  }
  out.set(sums.subarray(0, CELLS_PER_WORD), to)
}

/** parent - child = the other child, `length` cells. */
export function subtractHistogram(
  pool: Float64Array,
  { from, subtract, length }: { from: number; subtract: number; length: number },
): void {
  for (let i = 0; i < length; i++) pool[from + i]! -= pool[subtract + i]!
}
