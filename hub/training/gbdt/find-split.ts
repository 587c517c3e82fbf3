/** The best cut of one node: over columns, bins, and both ways for missing values. */
import { BINS_PER_COLUMN, MISSING_BIN, type Bins } from './bins.ts'
import { countOf, gradientOf, type Packing } from './histogram.ts'

export type Split = {
  readonly gain: number
  readonly column: number
  /** Bins up to this one go left. */
  readonly bin: number
  readonly missingGoesLeft: boolean
  /** Cell sum of the rows that go left. */
  readonly leftCell: number
}

export type SplitInput = {
  readonly pool: Float64Array
  readonly offset: number
  readonly columns: Int32Array
  readonly bins: Bins
  readonly packing: Packing
  /** Cell sum and number of the node's rows. */
  readonly cell: number
  readonly count: number
  readonly rowsInLeafMin: number
  readonly penalty: number
}

/** Null when no cut leaves enough rows on both sides and gains anything. Gain is the drop of -G^2 / (n + penalty). */
export function findSplit(input: SplitInput): Split | null {
  const { columns, bins, packing, pool, offset } = input
  let best: Split | null = null
  for (const column of columns) {
    const at = offset + column * BINS_PER_COLUMN
    const missingCell = bins.hasMissing[column] === 1 ? pool[at + MISSING_BIN]! : 0
    const isAnyMissing = countOf(packing, missingCell) > 0
    best = scanColumn(input, { column, at, startCell: 0, isAnyMissing, missingGoesLeft: false }, best)
    if (isAnyMissing)
      best = scanColumn(
        input,
        { column, at, startCell: missingCell, isAnyMissing, missingGoesLeft: true },
        best,
      )
  }
  return best
}

type Scan = {
  readonly column: number
  readonly at: number
  /** Missing rows, when they go left. */
  readonly startCell: number
  readonly isAnyMissing: boolean
  readonly missingGoesLeft: boolean
}

const GAIN_MIN = 1e-12

function scanColumn(input: SplitInput, scan: Scan, best: Split | null): Split | null {
  const { pool, packing, cell, count, rowsInLeafMin, penalty, bins } = input
  const gradient = gradientOf(packing, cell, count)
  const parent = (gradient * gradient) / (count + penalty)
  const cuts = bins.edges[scan.column]!.length
  // With missing rows on the right, everything present may go left: "missing or not" is a cut too.
  const last = scan.isAnyMissing && !scan.missingGoesLeft ? cuts : cuts - 1
  let leftCell = scan.startCell
  let found = best
  for (let bin = 0; bin <= last; bin++) {
    leftCell += pool[scan.at + bin]!
    const leftCount = countOf(packing, leftCell)
    if (leftCount < rowsInLeafMin) continue
    const rightCount = count - leftCount
    if (rightCount < rowsInLeafMin) break
    const left = gradientOf(packing, leftCell, leftCount)
    const right = gradient - left
    const gain = (left * left) / (leftCount + penalty) + (right * right) / (rightCount + penalty) - parent
    if (gain <= (found?.gain ?? GAIN_MIN)) continue
    const missingGoesLeft = scan.isAnyMissing ? scan.missingGoesLeft : leftCount * 2 >= count
    found = { gain, column: scan.column, bin, missingGoesLeft, leftCell }
  }
  return found
}
