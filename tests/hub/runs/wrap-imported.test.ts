/** Models of other makers behind our features: the file that a device runs says what the library says on the same columns. */
import { createRandom } from '@fleetcast/shared/random.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { featureNames } from '../../../hub/features/feature-names.ts'
import { Graph } from '../../../hub/onnx/graph.ts'
import { checkImportable } from '../../../hub/onnx/allow-list.ts'
import type { ImportSignature } from '../../../hub/onnx/import-signature.ts'
import { readModel, type ReadModel } from '../../../hub/onnx/read-model.ts'
import { wrapImported } from '../../../hub/runs/wrap-imported.ts'
import { openFeatureTable } from '../../../hub/training/feature-table.ts'
import type { Matrix } from '../../../hub/training/matrix.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import {
  bytesOf,
  expectedOf,
  floats,
  MADE_ELSEWHERE,
  modelOf,
  runOriginal,
  type MadeElsewhere,
} from '../onnx/made-elsewhere.ts'
import { largestDifference } from '../training/matrices.ts'
import { constants, recipe, signatureOf } from './import-fixtures.ts'

const COUNT = 40

/** Windows as a station makes them, a tenth of the sensors' values missing. */
function batchOf(gapShare = 0.1) {
  const random = createRandom(5)
  const channels = windowChannels(recipe).length
  const windows = new Float32Array(COUNT * recipe.windowSteps * channels)
  for (let i = 0; i < windows.length; i += channels) {
    const isGap = random.next() < gapShare
    windows[i] = isGap ? Number.NaN : 10 + 8 * random.normal()
    windows[i + 1] = random.next() < gapShare ? Number.NaN : 1_000 + 9 * random.normal()
    windows[i + 2] = 45
    windows[i + 3] = 10
  }
  const times = BigInt64Array.from({ length: COUNT }, (_, i) => BigInt(1_700_000_000 + i * 3_600 * 29))
  return { windows, times, count: COUNT }
}

async function outputsOf(onnx: Uint8Array, batch = batchOf()) {
  const session = await onnxRuntime.load(onnx, { windowSteps: recipe.windowSteps, channels: 4 })
  const outputs = await session.run(batch)
  await session.close()
  return outputs
}

const runWrapped = async (onnx: Uint8Array, batch = batchOf()): Promise<Float32Array> =>
  (await outputsOf(onnx, batch))['prediction']!

const wrapped = (model: ReadModel, signature: ImportSignature, on: Recipe = recipe): Uint8Array => {
  const result = wrapImported({ recipe: on, constants, signature, model })
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result.value
}

/** The same columns from the hub's own feature matrix, [rows, columns]. */
async function matrixOf(names: readonly string[], batch = batchOf()) {
  const features = smallRecipe({
    features: [
      { lag: 'temperature', steps: [0] },
      { difference: 'temperature', steps: [24] },
      { range: 'temperature', steps: [6] },
      { calendar: ['day'], harmonics: 1 },
      { mean: 'temperature', steps: [24] },
    ],
  })
  const table = await openFeatureTable(onnxRuntime, features, constants)
  const { matrix, anchor } = await table.run(batch)
  await table.close()
  const all = featureNames(features)
  return {
    values: rowsOf(
      matrix,
      names.map((name) => all.indexOf(name)),
    ),
    anchor,
  }
}

const NAMES = [
  'temperature-0',
  'temperature-(temperature-24)',
  'sin(day,1)',
  'max(temperature,6)',
  'cos(day,1)',
  'mean(temperature,24)',
]

function rowsOf({ rows, data }: Matrix, columns: readonly number[]): Float32Array {
  expect(columns.every((column) => column >= 0)).toBe(true)
  return Float32Array.from(
    { length: rows * columns.length },
    (_, i) => data[columns[i % columns.length]! * rows + Math.floor(i / columns.length)]!,
  )
}

describe('a file of another maker', () => {
  test.each(MADE_ELSEWHERE)(
    '%s is let pass, and says in ONNX Runtime what its library says',
    async (name) => {
      expect(checkImportable(modelOf(name))).toMatchObject({ ok: true })
      const { inputs, outputs } = expectedOf(name)
      const given = Object.entries(inputs).map(
        ([key, { dims, values }]) => [key, { dims, values: floats(values) }] as const,
      )
      const actual = await runOriginal(bytesOf(name), Object.fromEntries(given))
      for (const [key, values] of Object.entries(outputs))
        expect(largestDifference(actual[key]!, floats(values))).toBeLessThan(2e-5)
    },
  )
})

const tabular: readonly [MadeElsewhere, string, string][] = [
  ['torch-mlp', 'x', 'y'],
  ['torch-mlp-opset13', 'x', 'y'],
  ['sklearn-boosting', 'X', 'variable'],
  ['sklearn-forest', 'X', 'variable'],
  ['sklearn-linear', 'X', 'predicted'],
]

describe('a model of columns', () => {
  test.each(tabular)('%s says the same behind our features', async (name, input, output) => {
    const batch = batchOf(name === 'torch-mlp' || name === 'sklearn-boosting' ? 0.1 : 0)
    const { values, anchor } = await matrixOf(NAMES, batch)
    const original = await runOriginal(bytesOf(name), { [input]: { dims: [COUNT, 6], values } })
    const said = original[output]!
    const asValue = signatureOf({ output: { name: output, kind: 'value' } })
    expect(largestDifference(await runWrapped(wrapped(modelOf(name), asValue), batch), said)).toBeLessThan(
      1e-5,
    )
    const asChange = signatureOf({ output: { name: output, kind: 'change' } })
    const sum = said.map((change, i) => change + anchor[i]!)
    expect(largestDifference(await runWrapped(wrapped(modelOf(name), asChange), batch), sum)).toBeLessThan(
      1e-5,
    )
  })
  describe('with one input a column', () => {
    const columns = [
      { name: 'depth', feature: { mean: 'temperature', steps: [24] } },
      { name: 'warmth', feature: { lag: 'temperature', steps: [0] } },
    ]
    const batch = batchOf(0)
    const columnOf = async (name: string) => ({
      dims: [COUNT, 1],
      values: (await matrixOf([name], batch)).values,
    })
    /** Beside the probabilities of both classes as the library says them: what ships says, by the target and the kind of output. */
    async function bothSay(target: object, kind: string) {
      const on = smallRecipe({ target: { ...recipe.target, ...target } })
      const output = { name: 'probabilities', kind }
      const signature = signatureOf({ input: { kind: 'columns', columns }, output })
      const said = await outputsOf(wrapped(modelOf('sklearn-classifier'), signature, on), batch)
      const inputs = {
        warmth: await columnOf('temperature-0'),
        depth: await columnOf('mean(temperature,24)'),
      }
      const { probabilities } = await runOriginal(bytesOf('sklearn-classifier'), inputs)
      return { said, original: probabilities!, second: probabilities!.filter((_, i) => i % 2 === 1) }
    }

    test('gives the probability of its second class', async () => {
      const { said, second } = await bothSay({ event: { of: 'max', above: 12 } }, 'probability')
      expect(largestDifference(said['prediction']!, second)).toBeLessThan(1e-5)
    })
    test('gives the probabilities of its classes, and their mean place', async () => {
      const classes = { limits: [10], names: ['low', 'high'] }
      const { said, original, second } = await bothSay({ classes }, 'probabilities')
      expect(largestDifference(said['probabilities']!, original)).toBeLessThan(1e-5)
      expect(largestDifference(said['prediction']!, second)).toBeLessThan(1e-5)
    })
  })
  test('takes float64 columns, and one output a row without a second dimension', async () => {
    const graph = new Graph()
    const x = graph.input('x', 'double', ['N', 6])
    const summed = graph.node('ReduceSum', [graph.cast(x, 'float'), graph.integers([1])], {
      keepdims: { integer: 0 },
    })
    graph.output('y', summed, ['N'])
    const model = readModel(graph.encode('sum', {}))
    if (!model.ok) throw new Error(model.error.message)
    const { values } = await matrixOf(NAMES, batchOf(0))
    const sums = Float32Array.from({ length: COUNT }, (_, row) =>
      values.subarray(row * 6, row * 6 + 6).reduce((sum, value) => sum + value, 0),
    )
    const served = await runWrapped(wrapped(model.value, signatureOf({})), batchOf(0))
    expect(largestDifference(served, sums)).toBeLessThan(1e-4)
  })
  test('gives the same bytes each time', () => {
    const signature = signatureOf({})
    expect(wrapped(modelOf('torch-mlp'), signature)).toEqual(wrapped(modelOf('torch-mlp'), signature))
  })
})

describe('a model of windows', () => {
  test.each([
    ['torch-gru', 'value'],
    ['torch-lstm-opset11', 'value'],
    ['torch-gru', 'change'],
  ] as const)('%s passes with its input renamed, as a %s', async (name, kind) => {
    const batch = batchOf()
    const signature = signatureOf({
      input: { kind: 'window', inputName: 'inputs' },
      output: { name: 'y', kind },
    })
    const values = { dims: [COUNT, 30, 4], values: batch.windows }
    const { y } = await runOriginal(bytesOf(name), { inputs: values })
    const { anchor } = await matrixOf(NAMES, batch)
    const expected = y!.map((value, i) => value + (kind === 'change' ? anchor[i]! : 0))
    const served = await runWrapped(wrapped(modelOf(name), signature), batch)
    expect(largestDifference(served, expected)).toBeLessThan(1e-5)
  })
  test('our own export passes as it is', async () => {
    const graph = new Graph()
    const window = graph.input('window', 'float', ['N', 30, 4])
    const time = graph.cast(graph.input('time', 'int64', ['N', 1]), 'float')
    const flat = graph.node('Reshape', [window, graph.integers([0, 120])])
    graph.output('prediction', graph.node('Add', [graph.columns(flat, [116]), time]), ['N', 1])
    const onnx = graph.encode('own', {})
    const model = readModel(onnx)
    if (!model.ok) throw new Error(model.error.message)
    const output = { name: 'prediction', kind: 'value' }
    const again = wrapped(model.value, signatureOf({ input: { kind: 'window' }, output }))
    expect(await runWrapped(again)).toEqual(await runWrapped(onnx))
  })
})
