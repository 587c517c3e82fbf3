import { createRandom } from '@fleetcast/shared/random.ts'
import { describe, expect, test } from 'vitest'
import {
  CLASSIFIER_TREES,
  fitClassifier,
  type LabelledClasses,
} from '../../../../hub/training/classification/fit-classifier.ts'
import { labelled, largestDifference, runEmitted } from '../matrices.ts'

/** Class 1 is likelier where the first column is high, class 2 where the second is far from 0. */
function classified(seed: number, classes: number): LabelledClasses {
  const random = createRandom(100 + seed)
  const { matrix } = labelled({ rows: 3_000, columns: 3, seed, gapShare: 0.05 }, () => 0)
  const labels = Float32Array.from({ length: matrix.rows }, (_, i) => {
    const [a, b] = [matrix.data[i]! || 0, matrix.data[matrix.rows + i]! || 0]
    const odds = [1, Math.exp(2 * a), classes > 2 ? Math.exp(2 * Math.abs(b) - 1) : 0]
    let left = random.next() * odds.reduce((sum, x) => sum + x, 0)
    return odds.findIndex((x) => (left -= x) < 0)
  })
  return { matrix, labels }
}

const fit = (classes: number, calibration: 'platt' | 'isotonic') =>
  fitClassifier({
    classes,
    training: classified(1, classes),
    validation: classified(2, classes),
    calibration,
    trees: { ...CLASSIFIER_TREES, rounds: 80 },
    seed: 1,
    onProgress: async () => {},
  })

/** Largest gap between what is said and what happens, over tenths of the rows in order of probability. */
function calibrationGap(said: Float32Array, happened: Float32Array): number {
  const order = Uint32Array.from(said, (_, i) => i).sort((a, b) => said[a]! - said[b]!)
  const size = Math.floor(order.length / 10)
  const gaps = Array.from({ length: 10 }, (_, k) => {
    const rows = order.subarray(k * size, (k + 1) * size)
    return Math.abs(rows.reduce((sum, i) => sum + said[i]! - happened[i]!, 0) / size)
  })
  return Math.max(...gaps)
}

describe('a classifier', () => {
  for (const calibration of ['platt', 'isotonic'] as const)
    test(`of two classes says probabilities that come true on fresh rows (${calibration}), in the graph too`, async () => {
      const classifier = await fit(2, calibration)
      const fresh = classified(3, 2)
      const said = classifier.probabilities(fresh.matrix)
      expect(calibrationGap(said, fresh.labels)).toBeLessThan(0.09)
      const right = said.filter((p, i) => p > 0.5 === (fresh.labels[i] === 1)).length / said.length
      expect(right).toBeGreaterThan(0.72)
      expect(largestDifference(await runEmitted(classifier, fresh.matrix), said)).toBeLessThan(1e-5)
    })
  test('of three classes says shares of one, best for the true class, in the graph too', async () => {
    const classifier = await fit(3, 'isotonic')
    const fresh = classified(3, 3)
    const said = classifier.probabilities(fresh.matrix)
    expect(classifier.width).toBe(3)
    let right = 0
    for (let i = 0; i < fresh.labels.length; i++) {
      const row = said.subarray(3 * i, 3 * i + 3)
      expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5)
      right += row.indexOf(Math.max(...row)) === fresh.labels[i] ? 1 : 0
    }
    expect(right / fresh.labels.length).toBeGreaterThan(0.6)
    const served = await runEmitted(classifier, fresh.matrix, 3)
    expect(largestDifference(served, said)).toBeLessThan(1e-5)
  })
})
