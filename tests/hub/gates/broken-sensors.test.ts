/** Broken channels and random windows, against real ONNX files in the real runtime. */
import { describe, expect, test } from 'vitest'
import { createRandom } from '@fleetcast/shared/random.ts'
import { windowChannels } from '@fleetcast/shared/recipe/recipe.ts'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { breakChannel, fuzzWindow, type Fault } from '../../../hub/gates/break-channel.ts'
import { measureRobustness } from '../../../hub/gates/measure-robustness.ts'
import { Graph } from '../../../hub/onnx/graph.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { syntheticSeries } from '../runs/synthetic-series.ts'

const recipe = smallRecipe()
const width = windowChannels(recipe).length
const celsius = { ...recipe, channels: recipe.channels.map((one) => ({ ...one, unit: 'C' })) }

/** Temperatures 10, 11, 12, ... of one window; the last one 50. */
function brokenTemperatures(fault: Fault): readonly number[] {
  const window = new Float32Array(recipe.windowSteps * width).fill(1_000)
  for (let row = 0; row < recipe.windowSteps; row++) window[row * width] = 10 + row
  window[(recipe.windowSteps - 1) * width] = 50
  breakChannel(window, { recipe: celsius, channel: 0, fault, sigma: 4 })
  expect(window.filter((value) => value === 1_000)).toHaveLength(recipe.windowSteps * (width - 1))
  return [0, 1, recipe.windowSteps - 1].map((row) => window[row * width]!)
}

describe('a broken channel', () => {
  test.each<readonly [Fault, readonly number[]]>([
    ['missing', [Number.NaN, Number.NaN, Number.NaN]],
    ['frozen', [10, 10, 10]],
    ['2 sigma high', [18, 19, 58]],
    ['2 sigma low', [2, 3, 42]],
  ])('%s', (fault, expected) => {
    expect(brokenTemperatures(fault)).toEqual(expected)
  })
  test('in another unit: what the range check refuses is a gap', () => {
    const [first, second, last] = brokenTemperatures('other unit')
    expect(first).toBeCloseTo(50, 4)
    expect(second).toBeCloseTo(51.8, 4)
    expect(last).toBeNaN()
  })
})

test('a random window holds nothing that a station would have refused', () => {
  const random = createRandom(3)
  const seen = { gaps: 0, values: 0 }
  for (let i = 0; i < 200; i++) {
    const window = new Float32Array(recipe.windowSteps * width)
    fuzzWindow(window, recipe, random)
    for (let row = 0; row < recipe.windowSteps; row++)
      recipe.channels.forEach(({ min, max }, channel) => {
        const value = window[row * width + channel]!
        if (Number.isNaN(value)) seen.gaps += 1
        else expect(value >= min && value <= max).toBe(true)
        seen.values += 1
      })
  }
  expect(seen.gaps / seen.values).toBeGreaterThan(0.05)
  expect(seen.gaps / seen.values).toBeLessThan(0.6)
})

/** Repeats the newest temperature, gap or not. */
function persistenceOnnx(): Uint8Array {
  const graph = new Graph()
  const window = graph.input('window', 'float', ['N', recipe.windowSteps, width])
  graph.input('time', 'int64', ['N', 1])
  const flat = graph.node('Reshape', [window, graph.integers([0, recipe.windowSteps * width])])
  graph.output('prediction', graph.columns(flat, [(recipe.windowSteps - 1) * width]), ['N', 1])
  return graph.encode('persistence', {})
}

const series = [syntheticSeries('alpha', 400, 1)]
const steps = Array.from({ length: 300 }, (_, i) => 50 + i).filter(
  (step) => !Number.isNaN(series[0]!.values[step * 2]!),
)
const measured = measureRobustness(onnxRuntime, {
  ...{ recipe, series, onnx: persistenceOnnx(), seed: 1, fuzzInputs: 1_000 },
  rows: {
    seriesIndex: new Int32Array(steps.length),
    step: Int32Array.from(steps),
    timeSeconds: Float64Array.from(steps, (step) => step * 3_600),
  },
  truth: Float32Array.from(steps, (step) => series[0]!.values[step * 2]! + 1),
  limits: { min: -60, max: 60 },
  onProgress: async () => {},
})

describe('a model that repeats what it sees', () => {
  test('is measured unbroken by its own answers on the same windows', async () => {
    expect((await measured).cleanLoss).toBeCloseTo(1, 4)
  })
  test('has no answer without its channel, and the gates are told', async () => {
    const { faults, n } = await measured
    expect(n).toBe(steps.length)
    expect(faults).toHaveLength(10)
    const missing = faults.find(({ channel, fault }) => channel === 'temperature' && fault === 'missing')!
    expect(missing).toMatchObject({ notFinite: steps.length, isTarget: true })
    expect([missing.loss, missing.persistenceLoss]).toEqual([Number.NaN, Number.NaN])
  })
  test('is as wrong as persistence with the same sensor, and does not look at the other channel', async () => {
    const { faults } = await measured
    for (const { channel, fault, loss, persistenceLoss, notFinite } of faults) {
      if (channel === 'pressure') expect([loss, notFinite]).toEqual([expect.closeTo(1, 4), 0])
      else if (fault !== 'missing') expect(loss).toBeCloseTo(persistenceLoss, 5)
    }
  })
  test('fails random windows with gaps', async () => {
    const { fuzz } = await measured
    expect(fuzz.inputs).toBeGreaterThanOrEqual(1_000)
    expect(fuzz.notFinite).toBeGreaterThan(50)
  })
})
