/** The data sets that trees are compared on: a synthetic one with gaps, and Jena's features where the file is there. */
import { columnOf, type Matrix } from '@fleetcast/hub/training/matrix.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { jenaConstants, jenaPart, partRows, readJena } from '../jena/jena-samples.ts'

export type TreePart = { readonly matrix: Matrix; readonly target: Float32Array }

export type TreeTask = {
  readonly name: string
  readonly loss: 'l1' | 'l2'
  readonly rounds: number
  readonly leaves: number
  readonly learningRate: number
  readonly rowsInLeafMin: number
  readonly penalty: number
  readonly train: TreePart
  readonly test: TreePart
}

const ROWS = 100_000
const TEST_ROWS = 50_000
const COLUMNS = 50
const GAP_SHARE = 0.1

export async function treeTasks(): Promise<readonly TreeTask[]> {
  const synthetic = { train: syntheticPart(1, ROWS), test: syntheticPart(2, TEST_ROWS) }
  const common = { leaves: 31, learningRate: 0.1, rowsInLeafMin: 50, penalty: 1 }
  const losses = ['l2', 'l1'] as const
  const jena = await jenaParts()
  return [
    ...losses.map((loss) => ({ ...common, ...synthetic, name: 'synthetic', loss, rounds: 100 })),
    ...losses.flatMap((loss) =>
      jena === null
        ? []
        : [{ ...common, ...jena, name: 'jena', loss, leaves: 16, learningRate: 0.05, rounds: 200 }],
    ),
  ]
}

/** The validation part judges; the test part is for `bench jena`. */
async function jenaParts(): Promise<{ train: TreePart; test: TreePart } | null> {
  const table = await readJena()
  if (table === null) return null
  const constants = jenaConstants(table)
  return {
    train: await jenaPart(table, constants, partRows(table, 0, 0.5)),
    test: await jenaPart(table, constants, partRows(table, 0.5, 0.75)),
  }
}

/** A line, a bend, a step, a wave and a slope with a condition in noise, a tenth of the values missing. */
function syntheticPart(seed: number, rows: number): TreePart {
  const random = createRandom(seed)
  const data = Float32Array.from({ length: rows * COLUMNS }, () => random.normal())
  const matrix = { rows, columns: COLUMNS, data }
  const columns = Array.from({ length: 6 }, (_, j) => columnOf(matrix, j))
  const target = Float32Array.from({ length: rows }, (_, i) => {
    const [a, b, c, d, e, f] = columns.map((column) => column[i]!) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    return a + Math.abs(b) + (c > 0.5 ? 1 : 0) + Math.sin(2 * d) + (e > 0 ? f : 0) + 0.5 * random.normal()
  })
  for (let i = 0; i < data.length; i++) if (random.next() < GAP_SHARE) data[i] = Number.NaN
  return { matrix, target }
}
