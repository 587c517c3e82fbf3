import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { featureNames } from '../../../hub/features/feature-names.ts'
import { buildSamples, windowBatch } from '../../../hub/training/build-samples.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { syntheticSeries } from '../runs/synthetic-series.ts'

const recipe = smallRecipe()
const whole = syntheticSeries('alpha', 900, 1)
const values = whole.values.map((x, i) => (i % 2 === 0 && i / 2 >= 400 && i / 2 < 500 ? Number.NaN : x))
const series = [{ ...whole, values }, syntheticSeries('beta', 700, 2)]
const at = (index: number, step: number): number => series[index]!.values[step * 2]!

const input = {
  recipe,
  series,
  constants: { centers: [10, 1_000, 47, 8], anchorFill: 0 },
  onProgress: async (): Promise<void> => {},
}

describe('samples', () => {
  test('are there for every step whose anchor and truth are known and whose window is half full', async () => {
    const samples = await buildSamples(onnxRuntime, input)
    const expected = series.flatMap(({ steps }, index) =>
      Array.from({ length: steps - 3 }, (_, step) => step)
        .filter((step) => !Number.isNaN(at(index, step)) && !Number.isNaN(at(index, step + 3)))
        .filter((step) => {
          const window = Array.from({ length: 30 }, (_, k) => step - k)
          return window.filter((s) => s >= 0 && !Number.isNaN(at(index, s))).length >= 15
        })
        .map((step) => `${index} ${step}`),
    )
    expect(Array.from(samples.step, (step, row) => `${samples.seriesIndex[row]!} ${step}`)).toEqual(expected)
  })
  test('hold features, anchor and truth of the same step, in every batch', async () => {
    const samples = await buildSamples(onnxRuntime, input)
    const newest = featureNames(recipe).indexOf('temperature-0')
    expect(samples.step.length).toBeGreaterThan(1_024)
    samples.step.forEach((step, row) => {
      const index = samples.seriesIndex[row]!
      const facts = [samples.anchor[row], samples.matrix.data[newest * samples.matrix.rows + row]]
      const known = facts.every((x) => x === at(index, step)) && samples.truth[row] === at(index, step + 3)
      if (!known) throw new Error(`row ${row} mixes steps`)
    })
    expect(samples.timeSeconds[0]).toBe(series[0]!.startAt / 1_000 + samples.step[0]! * 3_600)
  })
  test('a window carries its own site', () => {
    const rows = { seriesIndex: Int32Array.of(1), step: Int32Array.of(50), timeSeconds: Float64Array.of(1) }
    const { windows } = windowBatch({ recipe, series }, rows, { start: 0, count: 1 })
    expect([...windows.subarray(2, 4)]).toEqual([47, 10])
    expect(windows.at(-4)).toBe(at(1, 50))
  })
})
