/** Values -> bins: up to 255 quantile bins a column and one of its own for missing values. */
import { columnOf, type Matrix } from '../matrix.ts'
import { sortFloats } from './sort-floats.ts'

export const MISSING_BIN = 255
export const BINS_PER_COLUMN = 256

export type Bins = {
  /** Per column: upper edge of every bin but the last, increasing. Value x is in the first bin whose edge is >= x. */
  readonly edges: readonly Float32Array[]
  /** Per column: whether any training value was missing. */
  readonly hasMissing: Uint8Array
}

/** Edges lie half-way between neighbouring training values, so that float32 comparison at serving time cannot differ. */
export function makeBins(matrix: Matrix): Bins {
  const hasMissing = new Uint8Array(matrix.columns)
  const edges = Array.from({ length: matrix.columns }, (_, j) => {
    const present = sortFloats(presentIn(columnOf(matrix, j)))
    hasMissing[j] = present.length < matrix.rows ? 1 : 0
    return quantileEdges(present)
  })
  return { edges, hasMissing }
}

/** A copy without missing values. */
function presentIn(column: Float32Array): Float32Array {
  const out = new Float32Array(column.length)
  let n = 0
  for (let i = 0; i < column.length; i++) if (column[i] === column[i]) out[n++] = column[i]!
  return out.subarray(0, n)
}

function quantileEdges(sorted: Float32Array): Float32Array {
  const edges: number[] = []
  let [left, binsLeft, inBin] = [sorted.length, MISSING_BIN, 0]
  for (let i = 0; i + 1 < sorted.length && edges.length < MISSING_BIN - 1; i++) {
    inBin += 1
    if (sorted[i] === sorted[i + 1] || inBin < left / binsLeft) continue
    edges.push(between(sorted[i]!, sorted[i + 1]!))
    left -= inBin
    binsLeft -= 1
    inBin = 0
  }
  return Float32Array.from(edges)
}

/** A float32 t with low <= t < high. */
function between(low: number, high: number): number {
  const middle = Math.fround(low + (high - low) / 2)
  return middle >= low && middle < high ? middle : low
}

/** Bin of every value, column-major like the matrix. */
export function applyBins(matrix: Matrix, { edges }: Bins): Uint8Array {
  const codes = new Uint8Array(matrix.data.length)
  const padded = new Float32Array(MISSING_BIN)
  for (let j = 0; j < matrix.columns; j++) {
    padded.fill(Infinity).set(edges[j]!)
    for (let at = j * matrix.rows; at < (j + 1) * matrix.rows; at++) {
      const x = matrix.data[at]!
      codes[at] = x === x ? firstAtLeast(padded, x) : MISSING_BIN
    }
  }
  return codes
}

/** Halves 255 edges, the last ones infinite, eight times without a branch: half of them would be guessed wrong. */
function firstAtLeast(edges: Float32Array, x: number): number {
  let at = Number(x > edges[127]!) << 7
  at += Number(x > edges[at + 63]!) << 6
  at += Number(x > edges[at + 31]!) << 5
  at += Number(x > edges[at + 15]!) << 4
  at += Number(x > edges[at + 7]!) << 3
  at += Number(x > edges[at + 3]!) << 2
  at += Number(x > edges[at + 1]!) << 1
  return at + Number(x > edges[at]!)
}
