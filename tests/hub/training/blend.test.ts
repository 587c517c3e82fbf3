import { describe, expect, test } from 'vitest'
import { blendModels, blendWeighted } from '../../../hub/training/blend.ts'
import { fitRidge } from '../../../hub/training/ridge.ts'
import { labelled, largestDifference, runEmitted } from './matrices.ts'

const first = labelled({ rows: 400, columns: 3, seed: 1 }, (row) => row[0]!)
const second = labelled({ rows: 400, columns: 3, seed: 2 }, (row) => 3 * row[1]! + 1)
const members = [fitRidge(first.matrix, first.target), fitRidge(second.matrix, second.target)]

describe('a blend', () => {
  test('says the mean of its members, or the weighted mean, in the graph too', async () => {
    const [a, b] = members.map((model) => model.predict(first.matrix))
    for (const [blend, weights] of [
      [blendModels(members), [0.5, 0.5]],
      [blendWeighted(members, [0.3, 0.7]), [0.3, 0.7]],
    ] as const) {
      const expected = a!.map((x, i) => weights[0] * x + weights[1] * b![i]!)
      expect(largestDifference(blend.predict(first.matrix), expected)).toBeLessThan(1e-6)
      expect(largestDifference(await runEmitted(blend, first.matrix), expected)).toBeLessThan(1e-5)
    }
  })
  test('leaves members without weight out, and is a single member when that is all', () => {
    expect(blendWeighted(members, [0, 1])).toBe(members[1])
    expect(blendWeighted(members, [0, 0.5]).rounds).toBe(1)
    expect(() => blendWeighted(members, [0, 0])).toThrow('one weight')
  })
})
