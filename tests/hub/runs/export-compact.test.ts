import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { tensorflow } from '../../../hub/adapters/tensorflow.ts'
import { exportCompact } from '../../../hub/runs/export-compact.ts'
import { typicalValues } from '../../../hub/runs/typical-values.ts'
import { buildSamples, windowBatch } from '../../../hub/training/build-samples.ts'
import { fitMlp, MLP_DEFAULTS } from '../../../hub/training/mlp.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { syntheticSeries } from './synthetic-series.ts'

const recipe = smallRecipe()
const series = [syntheticSeries('alpha', 1_500, 1)]
const constants = typicalValues(recipe, series)

async function exportWith(differenceMax: number) {
  const samples = await buildSamples(onnxRuntime, { recipe, series, constants, onProgress: async () => {} })
  const model = await fitMlp({
    ...samples,
    trainer: tensorflow,
    validation: null,
    options: { ...MLP_DEFAULTS, members: 1, epochs: 2 },
    seed: 1,
    onProgress: async () => {},
  })
  const batches = [windowBatch({ recipe, series }, samples, { start: 0, count: 300 })]
  return exportCompact(onnxRuntime, { recipe, constants, model, batches, differenceMax })
}

describe('the compact export', () => {
  test('takes bytes where they say nearly the same, halves where bytes say too much else, else full precision', async () => {
    const bytes = await exportWith(1)
    const halves = await exportWith(bytes.meanDifference / 2)
    const full = await exportWith(0)
    expect([bytes.storage, halves.storage, full.storage]).toEqual(['int8', 'float16', 'float32'])
    expect(bytes.onnx.length).toBeLessThan(halves.onnx.length)
    expect(halves.onnx.length).toBeLessThan(full.onnx.length)
    expect(halves.meanDifference).toBeGreaterThan(0)
    expect(halves.meanDifference).toBeLessThan(bytes.meanDifference / 2)
  })
})
