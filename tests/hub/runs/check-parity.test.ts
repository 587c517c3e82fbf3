import { beforeAll, describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import type { InferenceEngine, ModelBatch } from '../../../hub/ports/inference-engine.ts'
import { checkParity, type ParityInput } from '../../../hub/runs/check-parity.ts'
import { exportModel } from '../../../hub/runs/export-model.ts'
import { typicalValues } from '../../../hub/runs/typical-values.ts'
import { buildSamples, type Samples } from '../../../hub/training/build-samples.ts'
import { fitRidge } from '../../../hub/training/ridge.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { syntheticSeries } from './synthetic-series.ts'

const recipe = smallRecipe()
const series = [syntheticSeries('alpha', 4_000, 1)]
const constants = typicalValues(recipe, series)

let samples: Samples
let input: ParityInput
beforeAll(async () => {
  samples = await buildSamples(onnxRuntime, { recipe, series, constants, onProgress: async () => {} })
  const model = fitRidge(samples.matrix, samples.target)
  const onnx = exportModel({ recipe, constants, model })
  input = { recipe, series, samples, rows: [], constants, model, exact: onnx, onnx, seed: 1 }
})

/** Replays `rows` and says which samples the engine was asked about. */
async function replay(rows: readonly number[]) {
  const batches: ModelBatch[] = []
  const listening: InferenceEngine = {
    load: async (onnx, shape) => {
      const session = await onnxRuntime.load(onnx, shape)
      const run: typeof session.run = (batch) => {
        if (onnx === input.onnx) batches.push(batch)
        return session.run(batch)
      }
      return { ...session, run }
    },
  }
  const parity = await checkParity(listening, { ...input, rows })
  const times = batches.flatMap((batch) => [...batch.times].map(Number))
  return { parity, batches, times: new Set(times) }
}

const timesOf = (rows: readonly number[]): Set<number> =>
  new Set(rows.map((row) => samples.timeSeconds[row]!))
const hasGap = (window: Float32Array): boolean => window.some((value) => Number.isNaN(value))

describe('the replay', () => {
  test('asks about 1,536 different rows of many, spread to the last', async () => {
    const rows = Array.from({ length: 2_500 }, (_, i) => i + 900)
    const { parity, times } = await replay(rows)
    expect(parity.replay).toMatchObject({ heldOutRows: 1_536 })
    expect(times.size).toBe(1_536)
    expect(Math.max(...times)).toBeGreaterThanOrEqual(samples.timeSeconds[3_390]!)
    expect(Math.min(...times)).toBe(samples.timeSeconds[900]!)
  })
  test('asks about every row where there are fewer, each with several kinds of damage', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => 5 * i)
    const { parity, times } = await replay(rows)
    expect(parity).toMatchObject({ rows: 1_536, replay: { heldOutRows: 300 } })
    expect(times).toEqual(timesOf(rows))
  })
  test('counts windows with NaN and windows of extremes as they were', async () => {
    const rows = Array.from({ length: 2_000 }, (_, i) => i)
    const { parity, batches } = await replay(rows)
    const windows = batches.flatMap(({ windows: all, count }) =>
      Array.from({ length: count }, (_, i) =>
        all.subarray((i * all.length) / count, ((i + 1) * all.length) / count),
      ),
    )
    const { min, max } = recipe.channels[0]!
    const width = windows[0]!.length / recipe.windowSteps
    const isExtreme = (window: Float32Array): boolean =>
      window.every((value, i) => i % width !== 0 || value === min || value === max)
    expect(parity.replay!.withGaps).toBe(windows.filter(hasGap).length)
    expect(parity.replay!.withGaps).toBeGreaterThan(900)
    expect(parity.replay!.withExtremes).toBe(windows.filter(isExtreme).length)
    expect(parity.replay!.withExtremes).toBeGreaterThan(300)
    expect(parity.maxDifference).toBeLessThanOrEqual(parity.tolerance)
    expect(parity.storageDifference).toBe(0)
  })
})
