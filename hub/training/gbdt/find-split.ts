/** The best cut of one node: over columns, bins, and both ways for missing values. */
import { BINS_PER_COLUMN, MISSING_BIN, type Bins } from './bins.ts'
import { gradientOf, type Packing } from './histogram.ts'

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

const GAIN_MIN = 1e-12

/**
 * Null when no cut leaves enough rows on both sides and gains anything. Gain is the drop of -G^2 / (H + penalty). One function
 * with its numbers in local variables: the innermost loop runs for every bin of every column of every node. Scores are
 * compared over their common denominator, so that only a better cut costs a division.
 */
export function findSplit(input: SplitInput): Split | null {
  const { pool, offset, curvatureOffset, curvatureScale, columns, bins, count, rowsInLeafMin, penalty } =
    input
  const { unit, inverse, scale, lowest } = input.packing
  const gradient = gradientOf(input.packing, input.sums.cell, count)
  const total = curvatureOffset === null ? count : input.sums.curvature * curvatureScale
  const parent = (gradient * gradient) / (total + penalty)
  const leftCountMax = count - rowsInLeafMin
  let scoreBest = parent + GAIN_MIN
  let best: Omit<Split, 'gain'> | null = null
  for (let k = 0; k < columns.length; k++) {
    const column = columns[k]!
    const cuts = bins.edges[column]!.length
    const cells = offset + k * BINS_PER_COLUMN
    const curvatures = (curvatureOffset ?? 0) + k * BINS_PER_COLUMN
    const missing = bins.hasMissing[column] === 1 ? pool[cells + MISSING_BIN]! : 0
    const ways = missing === 0 ? 1 : 2
    for (let way = 0; way < ways; way++) {
      // First missing rows go right, then left. On the right, everything present may go left: "missing or not" is a cut too.
      const last = way < ways - 1 ? cuts : cuts - 1
      let cell = way === 0 ? 0 : missing
      let curvature = way === 0 || curvatureOffset === null ? 0 : pool[curvatures + MISSING_BIN]!
      for (let bin = 0; bin <= last; bin++) {
        const here = pool[cells + bin]!
        cell += here
        if (curvatureOffset !== null) curvature += pool[curvatures + bin]!
        // countOf and gradientOf, sharing their division.
        const quantised = Math.floor(cell * inverse)
        const leftCount = cell - quantised * unit
        if (leftCount < rowsInLeafMin) continue
        if (leftCount > leftCountMax) break
        const left = quantised * scale + lowest * leftCount
        const right = gradient - left
        const leftTotal = (curvatureOffset === null ? leftCount : curvature * curvatureScale) + penalty
        const rightTotal = total + 2 * penalty - leftTotal
        const score = left * left * rightTotal + right * right * leftTotal
        const divisor = leftTotal * rightTotal
        // The cut after an empty bin is the cut before it; asked last, because it is seldom asked there.
        if (score <= scoreBest * divisor || here === 0) continue
        scoreBest = score / divisor
        const missingGoesLeft = ways === 1 ? leftCount * 2 >= count : way === 1
        best = { column, bin, missingGoesLeft, left: { cell, curvature } }
      }
    }
  }
  return best === null ? null : { ...best, gain: scoreBest - parent }
}
