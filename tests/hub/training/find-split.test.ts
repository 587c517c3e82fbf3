import { createRandom } from '@fleetcast/shared/random.ts'
import { describe, expect, test } from 'vitest'
import { BINS_PER_COLUMN, MISSING_BIN } from '../../../hub/training/gbdt/bins.ts'
import { findSplit, type Split, type SplitInput } from '../../../hub/training/gbdt/find-split.ts'
import { packCurvatures, packGradients } from '../../../hub/training/gbdt/histogram.ts'

const [COLUMNS, CUTS, ROWS_IN_LEAF_MIN, PENALTY] = [3, 9, 4, 1]

/** Rows of one node with a tenth of the values missing in all columns but the last; few rows, so that bins stay empty. */
function makeRows(seed: number, rows: number, isWeighted: boolean) {
  const random = createRandom(seed)
  return Array.from({ length: rows }, () => ({
    codes: Array.from({ length: COLUMNS }, (_, j) =>
      j < COLUMNS - 1 && random.next() < 0.1 ? MISSING_BIN : random.integer(CUTS + 1),
    ),
    gradient: random.normal(),
    curvature: isWeighted ? random.next() : 1,
  }))
}

type Row = ReturnType<typeof makeRows>[number]

function splitInput(rows: readonly Row[], isWeighted: boolean): SplitInput {
  const [cells, levels] = [new Float64Array(rows.length), new Float64Array(rows.length)]
  const gradients = Float64Array.from(rows, ({ gradient }) => gradient)
  const packing = packGradients(gradients, cells)
  const curvatureScale = packCurvatures(
    Float64Array.from(rows, ({ curvature }) => curvature),
    levels,
  )
  const plane = COLUMNS * BINS_PER_COLUMN
  const pool = new Float64Array(2 * plane)
  rows.forEach(({ codes }, i) =>
    codes.forEach((code, j) => {
      pool[j * BINS_PER_COLUMN + code]! += cells[i]!
      pool[plane + j * BINS_PER_COLUMN + code]! += levels[i]!
    }),
  )
  const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)
  return {
    pool,
    offset: 0,
    curvatureOffset: isWeighted ? plane : null,
    curvatureScale,
    columns: Int32Array.from({ length: COLUMNS }, (_, j) => j),
    bins: {
      edges: Array.from({ length: COLUMNS }, () => Float32Array.from({ length: CUTS }, (_, i) => i)),
      hasMissing: Uint8Array.of(1, 1, 0),
    },
    packing,
    sums: { cell: total(cells), curvature: total(levels) },
    count: rows.length,
    rowsInLeafMin: ROWS_IN_LEAF_MIN,
    penalty: PENALTY,
  }
}

/** What a cut gains, counted row by row; null where it leaves too few on a side. */
function gainOf(rows: readonly Row[], cut: Pick<Split, 'column' | 'bin' | 'missingGoesLeft'>): number | null {
  const isLeft = ({ codes }: Row): boolean =>
    codes[cut.column] === MISSING_BIN ? cut.missingGoesLeft : codes[cut.column]! <= cut.bin
  const [left, right] = [rows.filter(isLeft), rows.filter((row) => !isLeft(row))]
  if (Math.min(left.length, right.length) < ROWS_IN_LEAF_MIN) return null
  return score(left) + score(right) - score(rows)
}

const score = (rows: readonly Row[]): number => {
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0)
  return sum(({ gradient }) => gradient) ** 2 / (sum(({ curvature }) => curvature) + PENALTY)
}

const everyCut = Array.from({ length: COLUMNS }, (_, column) =>
  Array.from({ length: CUTS + 1 }, (_unused, bin) =>
    [false, true].map((missingGoesLeft) => ({ column, bin, missingGoesLeft })),
  ),
).flat(2)

describe('the split found', () => {
  for (const isWeighted of [false, true])
    test(`is the best of all cuts tried one by one, ${isWeighted ? 'with' : 'without'} curvatures`, () => {
      for (let seed = 1; seed <= 60; seed++) {
        const rows = makeRows(seed, 8 + seed, isWeighted)
        const split = findSplit(splitInput(rows, isWeighted))
        const best = Math.max(...everyCut.map((cut) => gainOf(rows, cut) ?? 0))
        expect(split?.gain ?? 0, `seed ${seed}`).toBeCloseTo(best, 3)
        if (split !== null) expect(gainOf(rows, split), `seed ${seed}`).toBeCloseTo(best, 3)
      }
    })
  test('is none where a side would keep too few rows', () => {
    const rows = makeRows(1, 2 * ROWS_IN_LEAF_MIN - 1, false)
    expect(findSplit(splitInput(rows, false))).toBeNull()
  })
})
