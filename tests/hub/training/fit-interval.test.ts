import { createRandom } from '@fleetcast/shared/random.ts'
import { describe, expect, test } from 'vitest'
import { conformalMargin, fitInterval, INTERVAL_TREES } from '../../../hub/training/fit-interval.ts'
import { labelled, largestDifference, runEmitted, type Labelled } from './matrices.ts'

/** Noise grows with the second column: a fixed width cannot serve. */
function noisy(seed: number, rows: number): Labelled {
  const random = createRandom(50 + seed)
  return labelled({ rows, columns: 3, seed }, ([a = 0, b = 0]) => a + (0.2 + Math.abs(b)) * random.normal())
}

const coverageOf = ({ lower, upper }: { lower: Float32Array; upper: Float32Array }, truth: Float32Array) =>
  truth.filter((y, i) => y >= lower[i]! && y <= upper[i]!).length / truth.length

describe('an interval', () => {
  test('covers what it says on fresh rows, though its trees were fitted too closely', async () => {
    const model = await fitInterval({
      training: noisy(1, 1_500),
      calibration: noisy(2, 2_000),
      coverage: 0.8,
      trees: { ...INTERVAL_TREES, rowsInLeafMin: 5, leavesMax: 32, rowShare: 1, columnShare: 1 },
      seed: 1,
      onProgress: async () => {},
    })
    const fresh = noisy(3, 4_000)
    const covered = coverageOf(model.predict(fresh.matrix), fresh.target)
    expect(model.margin).toBeGreaterThan(0.05)
    expect(covered).toBeGreaterThan(0.77)
    expect(covered).toBeLessThan(0.83)
  })
  test('says the same in the graph', async () => {
    const data = noisy(1, 800)
    const model = await fitInterval({
      training: data,
      calibration: data,
      coverage: 0.5,
      trees: { ...INTERVAL_TREES, rounds: 30 },
      seed: 1,
      onProgress: async () => {},
    })
    const { lower, upper } = model.predict(data.matrix)
    const served = await runEmitted(
      { emit: (graph, features) => graph.join(model.emit(graph, features)) },
      data.matrix,
      2,
    )
    const expected = Float32Array.from(
      { length: 2 * lower.length },
      (_, i) => (i % 2 === 0 ? lower : upper)[i >> 1]!,
    )
    expect(largestDifference(served, expected)).toBeLessThan(1e-5)
    expect(lower.every((y, i) => y <= upper[i]!)).toBe(true)
  })
})

test('the margin is the value that the asked share of rows does not exceed, negative when the interval is too wide', () => {
  const zero = new Float32Array(9)
  const truth = Float32Array.from({ length: 9 }, (_, i) => i + 1)
  expect(conformalMargin({ lower: zero, upper: zero }, truth, 0.8)).toBe(8)
  const wide = new Float32Array(9).fill(20)
  expect(conformalMargin({ lower: zero, upper: wide }, truth, 0.8)).toBeLessThan(0)
})
