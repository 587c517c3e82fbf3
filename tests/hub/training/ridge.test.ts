import { describe, expect, test } from 'vitest'
import { blendModels } from '../../../hub/training/blend.ts'
import { fitRidge } from '../../../hub/training/ridge.ts'
import { fitScaling, standardise } from '../../../hub/training/standardise.ts'
import { labelled, largestDifference, maeOf, runEmitted } from './matrices.ts'

const plane = (row: readonly number[]): number => 2 * row[0]! - 3 * row[1]! + 5

describe('ridge', () => {
  test('finds a plane again', () => {
    const data = labelled({ rows: 800, columns: 3, seed: 1 }, plane)
    const model = fitRidge(data.matrix, data.target, { penalty: 1e-9, reweightings: 0 })
    expect(maeOf(model.predict(data.matrix), data.target)).toBeLessThan(1e-5)
  })
  test('is hardly moved by wild truths once it reweights', () => {
    const data = labelled({ rows: 800, columns: 3, seed: 2 }, plane)
    const wild = data.target.map((y, i) => (i % 20 === 0 ? y + 100 : y))
    const error = (reweightings: number): number =>
      maeOf(fitRidge(data.matrix, wild, { penalty: 1e-6, reweightings }).predict(data.matrix), data.target)
    expect(error(6)).toBeLessThan(0.2)
    expect(error(0)).toBeGreaterThan(3)
  })
  test('survives columns that are constant, equal or empty', () => {
    const data = labelled({ rows: 400, columns: 4, seed: 3 }, plane)
    data.matrix.data.copyWithin(800, 0, 400)
    data.matrix.data.fill(Number.NaN, 1_200)
    const predicted = fitRidge(data.matrix, data.target).predict(data.matrix)
    expect(predicted.every(Number.isFinite)).toBe(true)
    expect(maeOf(predicted, data.target)).toBeLessThan(0.1)
  })
  test('says the same in ONNX Runtime, alone and in a blend', async () => {
    const data = labelled({ rows: 500, columns: 3, seed: 4, gapShare: 0.1 }, (row) => (row[0] || 0) * 4)
    const one = fitRidge(data.matrix, data.target)
    const other = fitRidge(
      data.matrix,
      data.target.map((y) => y + 2),
    )
    data.matrix.data[0] = 1e30
    const blend = blendModels([one, other])
    for (const model of [one, blend])
      expect(
        largestDifference(await runEmitted(model, data.matrix), model.predict(data.matrix)),
      ).toBeLessThan(1e-4)
    const gap = blend.predict(data.matrix)[7]! - one.predict(data.matrix)[7]!
    expect(gap).toBeCloseTo(1, 3)
  })
})

test('standardised columns have mean 0 and deviation 1, and a gap becomes the mean', () => {
  const { matrix } = labelled({ rows: 1_000, columns: 1, seed: 5, gapShare: 0.2 }, () => 0)
  const shifted = { ...matrix, data: matrix.data.map((x) => 7 + 3 * x) }
  const { data } = standardise(shifted, fitScaling(shifted))
  const present = data.filter((_, i) => !Number.isNaN(matrix.data[i]!))
  expect(present.reduce((sum, x) => sum + x, 0) / present.length).toBeCloseTo(0, 4)
  expect(present.reduce((sum, x) => sum + x * x, 0) / present.length).toBeCloseTo(1, 4)
  expect(data.filter((_, i) => Number.isNaN(matrix.data[i]!)).every((x) => x === 0)).toBe(true)
})
