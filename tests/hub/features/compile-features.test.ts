import { createRandom } from '@fleetcast/shared/random.ts'
import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { featureNames } from '../../../hub/features/feature-names.ts'
import type { ModelBatch } from '../../../hub/ports/inference-engine.ts'
import { openFeatureTable } from '../../../hub/training/feature-table.ts'
import { referenceFeatures } from './reference-features.ts'
import { smallRecipe } from './small-recipe.ts'

const recipe = smallRecipe()
const CHANNELS = 4
const constants = { centers: [10, 1_013, 40, -70], anchorFill: 12 }
const length = recipe.windowSteps * CHANNELS

/** `gapShare` of the sensors' values is missing. */
function randomBatch(count: number, gapShare: number, seed = 1): ModelBatch {
  const random = createRandom(seed)
  const windows = new Float32Array(count * length)
  for (let i = 0; i < windows.length; i += CHANNELS) {
    const row = [10 + 8 * random.normal(), 1_013 + 9 * random.normal()].map((x) =>
      random.next() < gapShare ? Number.NaN : x,
    )
    windows.set([...row, 47.45, -122.31], i)
  }
  const times = BigInt64Array.from({ length: count }, () =>
    BigInt(1_356_998_400 + 3_600 * random.integer(90_000)),
  )
  return { windows, times, count }
}

const windowOf = ({ windows, times }: ModelBatch, i: number) => ({
  values: windows.subarray(i * length, (i + 1) * length),
  timeSeconds: Number(times[i]!),
})

/** Where a window's temperature `step` intervals ago stands. */
const temperature = (i: number, step: number): number =>
  i * length + (recipe.windowSteps - 1 - step) * CHANNELS

async function compute(batch: ModelBatch) {
  const table = await openFeatureTable(onnxRuntime, recipe, constants)
  const rows = await table.run(batch)
  await table.close()
  return rows
}

const TOLERANCE = 1e-4

describe('the feature graph', () => {
  for (const gapShare of [0, 0.3, 0.9, 1])
    test(`agrees with the definitions when ${gapShare * 100} % of the readings are missing`, async () => {
      const batch = randomBatch(300, gapShare)
      const { matrix } = await compute(batch)
      const names = featureNames(recipe)
      expect(matrix.columns).toBe(names.length)
      for (let i = 0; i < batch.count; i++)
        referenceFeatures(recipe, windowOf(batch, i)).forEach((expected, j) => {
          const actual = matrix.data[j * matrix.rows + i]!
          const scale = Math.max(1, Math.abs(expected))
          const isSame = Number.isNaN(expected)
            ? Number.isNaN(actual)
            : Math.abs(actual - expected) <= TOLERANCE * scale
          expect(isSame, `${names[j]} of row ${i}: ${actual}, expected ${expected}`).toBe(true)
        })
    })

  test('anchors on the newest value, else on the mean of the last 24 rows, else on a constant', async () => {
    const batch = randomBatch(3, 0)
    batch.windows[temperature(1, 0)] = Number.NaN
    for (let step = 0; step < recipe.windowSteps; step++) batch.windows[temperature(2, step)] = Number.NaN
    const { anchor } = await compute(batch)
    const lastDay = Array.from({ length: 23 }, (_, k) => batch.windows[temperature(1, k + 1)]!)
    expect(anchor[0]).toBe(batch.windows[temperature(0, 0)])
    expect(anchor[1]).toBeCloseTo(lastDay.reduce((sum, x) => sum + x, 0) / 23, 4)
    expect(anchor[2]).toBe(constants.anchorFill)
  })

  test('reads the sun from each window\u2019s own site', async () => {
    const batch = randomBatch(2, 0)
    batch.times.fill(BigInt(Date.UTC(2022, 5, 21, 9) / 1_000)) // 12:00 UTC is the target time
    for (let at = 2; at < length; at += CHANNELS) batch.windows.set([0, 0], at)
    for (let at = length + 2; at < 2 * length; at += CHANNELS) batch.windows.set([0, 180], at)
    const { matrix } = await compute(batch)
    const sun = featureNames(recipe).indexOf('sun(target-0h)')
    expect(matrix.data[sun * 2]).toBeCloseTo(Math.cos((23.44 * Math.PI) / 180), 2)
    expect(matrix.data[sun * 2 + 1]).toBe(0)
  })
})

test('every feature has a name of its own', () => {
  const names = featureNames(recipe)
  expect(new Set(names).size).toBe(names.length)
  expect(names).toContain('temperature-24')
  expect(names).toContain('cos(year,2)')
})
