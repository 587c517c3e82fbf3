/** The best cut of one node: over columns, bins, and both ways for missing values. */
import { BINS_PER_COLUMN, MISSING_BIN, type Bins } from './bins.ts'
import { countOf, gradientOf, type Packing } from './histogram.ts'

/** Sums over rows: packed gradients and counts, and curvatures in levels (0 where every row counts 1). */
export type Sums = { readonly cell: number; readonly curvature: number }

export type Split = {
  readonly gain: number
  readonly column: number
  /** Bins up to this one go left. */
  readonly bin: number
  readonly missingGoesLeft: boolean
  /** Sums of the rows that go left. */
  readonly left: Sums
}

export type SplitInput = {
  readonly pool: Float64Array
  /** Where the node's cells begin: 256 a column, in the order of `columns`. */
  readonly offset: number
  /** The same for curvatures; null where every row counts 1. */
  readonly curvatureOffset: number | null
  readonly curvatureScale: number
  readonly columns: Int32Array
  readonly bins: Bins
  readonly packing: Packing
  /** Sums and number of the node's rows. */
  readonly sums: Sums
  readonly count: number
  readonly rowsInLeafMin: number
  readonly penalty: number
}

/** Null when no cut leaves enough rows on both sides and gains anything. Gain is the drop of -G^2 / (H + penalty). */
export function findSplit(input: SplitInput): Split | null {
  const { columns, bins, packing, pool, offset, curvatureOffset } = input
  let best: Split | null = null
  for (let k = 0; k < columns.length; k++) {
    const column = columns[k]!
    const at = k * BINS_PER_COLUMN
    const hasMissing = bins.hasMissing[column] === 1
    const cell = hasMissing ? pool[offset + at + MISSING_BIN]! : 0
    const isAnyMissing = countOf(packing, cell) > 0
    best = scanColumn(input, { column, at, start: NOTHING, isAnyMissing, missingGoesLeft: false }, best)
    if (!isAnyMissing) continue
    const curvature = curvatureOffset === null ? 0 : pool[curvatureOffset + at + MISSING_BIN]!
    const start = { cell, curvature }
    best = scanColumn(input, { column, at, start, isAnyMissing, missingGoesLeft: true }, best)
  }
  return best
}

const NOTHING: Sums = { cell: 0, curvature: 0 }

type Scan = {
  readonly column: number
  readonly at: number
  /** Missing rows, when they go left. */
  readonly start: Sums
  readonly isAnyMissing: boolean
  readonly missingGoesLeft: boolean
}

const GAIN_MIN = 1e-12

/** One loop with its numbers in local variables: it runs for every bin of every column of every node. */
function scanColumn(input: SplitInput, scan: Scan, best: Split | null): Split | null {
  const { pool, packing, count, rowsInLeafMin, penalty, bins, curvatureOffset, curvatureScale } = input
  const { unit, inverse, scale, lowest } = packing
  const gradient = gradientOf(packing, input.sums.cell, count)
  const total = curvatureOffset === null ? count : input.sums.curvature * curvatureScale
  const parent = (gradient * gradient) / (total + penalty)
  const cuts = bins.edges[scan.column]!.length
  // With missing rows on the right, everything present may go left: "missing or not" is a cut too.
  const last = scan.isAnyMissing && !scan.missingGoesLeft ? cuts : cuts - 1
  const [cells, curvatures] = [input.offset + scan.at, (curvatureOffset ?? 0) + scan.at]
  let { cell, curvature } = scan.start
  let [gainBest, binBest, cellBest, curvatureBest, countBest] = [best?.gain ?? GAIN_MIN, -1, 0, 0, 0]
  for (let bin = 0; bin <= last; bin++) {
    const here = pool[cells + bin]!
    cell += here
    if (curvatureOffset !== null) curvature += pool[curvatures + bin]!
    if (here === 0 && bin > 0) continue
    // countOf and gradientOf, sharing their division.
    const quantised = Math.floor(cell * inverse)
    const leftCount = cell - quantised * unit
    if (leftCount < rowsInLeafMin) continue
    const rightCount = count - leftCount
    if (rightCount < rowsInLeafMin) break
    const left = quantised * scale + lowest * leftCount
    const right = gradient - left
    const leftTotal = curvatureOffset === null ? leftCount : curvature * curvatureScale
    const gain =
      (left * left) / (leftTotal + penalty) + (right * right) / (total - leftTotal + penalty) - parent
    if (gain <= gainBest) continue
    gainBest = gain
    binBest = bin
    cellBest = cell
    curvatureBest = curvature
    countBest = leftCount
  }
  if (binBest < 0) return best
  return {
    gain: gainBest,
    column: scan.column,
    bin: binBest,
    missingGoesLeft: scan.isAnyMissing ? scan.missingGoesLeft : countBest * 2 >= count,
    left: { cell: cellBest, curvature: curvatureBest },
  }
}
