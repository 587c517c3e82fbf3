/** Models of other makers behind our features: the file that a device runs says what the library says on the same columns. */
import { createRandom } from '@fleetcast/shared/random.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { featureNames } from '../../../hub/features/feature-names.ts'
import { Graph } from '../../../hub/onnx/graph.ts'
import { checkImportable } from '../../../hub/onnx/allow-list.ts'
import { ImportSignature } from '../../../hub/onnx/import-signature.ts'
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

const recipe = smallRecipe()
const constants = { centers: [10, 1_000, 45, 10], anchorFill: 10 }
const COUNT = 40

const COLUMNS = [
  { name: 'now', feature: { lag: 'temperature', steps: [0] } },
  { name: 'day', feature: { difference: 'temperature', steps: [24] } },
  { name: 'sine', feature: { calendar: ['day'], harmonics: 1 }, take: 0 },
  { name: 'highest', feature: { range: 'temperature', steps: [6] }, take: 1 },
  { name: 'cosine', feature: { calendar: ['day'], harmonics: 1 }, take: 1 },
  { name: 'mean', feature: { mean: 'temperature', steps: [24] } },
] as const

const signatureOf = (change: object): ImportSignature =>
  ImportSignature.parse({
    schema: 'fleetcast/import-signature/1',
    recipe: 'small',
    input: { kind: 'columns', columns: COLUMNS },
    output: { name: 'y', kind: 'value' },
    trainedUntil: '2024-01-01T00:00:00Z',
    trainedOn: { sites: ['north'] },
    author: 'somebody',
    description: '',
    ...change,
  })

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

async function runWrapped(onnx: Uint8Array, batch = batchOf()): Promise<Float32Array> {
  const session = await onnxRuntime.load(onnx, { windowSteps: recipe.windowSteps, channels: 4 })
  const outputs = await session.run(batch)
  await session.close()
  return outputs['prediction']!
}

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
  test('with one input a column gives the probability of its second class', async () => {
    const columns = [
      { name: 'depth', feature: { mean: 'temperature', steps: [24] } },
      { name: 'warmth', feature: { lag: 'temperature', steps: [0] } },
    ]
    const output = { name: 'probabilities', kind: 'probability' }
    const onnx = wrapped(
      modelOf('sklearn-classifier'),
      signatureOf({ input: { kind: 'columns', columns }, output }),
    )
    const batch = batchOf(0)
    const warmth = (await matrixOf(['temperature-0'], batch)).values
    const depth = (await matrixOf(['mean(temperature,24)'], batch)).values
    const inputs = {
      warmth: { dims: [COUNT, 1], values: warmth },
      depth: { dims: [COUNT, 1], values: depth },
    }
    const { probabilities } = await runOriginal(bytesOf('sklearn-classifier'), inputs)
    const second = probabilities!.filter((_, i) => i % 2 === 1)
    expect(largestDifference(await runWrapped(onnx, batch), second)).toBeLessThan(1e-5)
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

const refusalOf = (name: MadeElsewhere, change: object) => {
  const result = wrapImported({ recipe, constants, signature: signatureOf(change), model: modelOf(name) })
  return result.ok ? null : result.error
}
const columnsOf = (columns: readonly object[]) => ({ input: { kind: 'columns', columns } })

describe('refused with a place and a way out', () => {
  test.each([
    ['another recipe', 'torch-mlp', { recipe: 'rain' }, 'import/recipe', /for the recipe rain/],
    [
      'a feature of a channel that is not there',
      'torch-mlp',
      columnsOf([{ name: 'rain', feature: { lag: 'rain', steps: [0] } }]),
      'import/column',
      /column rain: no channel is named rain/,
    ],
    [
      'a lag beyond the window',
      'torch-mlp',
      columnsOf([{ name: 'old', feature: { lag: 'temperature', steps: [30] } }]),
      'import/column',
      /past the window/,
    ],
    [
      'a feature of several columns',
      'torch-mlp',
      columnsOf([{ name: 'day', feature: { calendar: ['day'], harmonics: 1 } }]),
      'import/column',
      /0 for sin\(day,1\), 1 for cos\(day,1\)/,
    ],
    [
      'too few columns',
      'torch-mlp',
      columnsOf(COLUMNS.slice(1)),
      'import/input',
      /float \[N.*, 6\].*\[N, 5\]/,
    ],
    [
      'an input by another name',
      'torch-gru',
      { input: { kind: 'window' } },
      'import/input',
      /inputs are inputs/,
    ],
    [
      'columns for a model of windows',
      'torch-gru',
      {},
      'import/input',
      /input inputs is float \[N.*, 30, 4\], the signature makes float or double \[N, 6\]/,
    ],
    ['no such output', 'torch-mlp', { output: { name: 'z', kind: 'value' } }, 'import/output', /it has y/],
    [
      'a column that the output has not',
      'torch-mlp',
      { output: { name: 'y', kind: 'value', column: 1 } },
      'import/output',
      /has 1 columns/,
    ],
    [
      'labels',
      'sklearn-classifier',
      {
        ...columnsOf([
          { name: 'warmth', feature: { lag: 'temperature', steps: [0] } },
          { name: 'depth', feature: { lag: 'temperature', steps: [1] } },
        ]),
        output: { name: 'label', kind: 'value' },
      },
      'import/output',
      /label holds int64/,
    ],
    [
      'an old operator set behind features',
      'torch-lstm-opset11',
      { input: { kind: 'window', inputName: 'inputs' }, output: { name: 'y', kind: 'change' } },
      'import/opset',
      /target opset of 17/,
    ],
  ] as const)('%s', (_what, name, change, code, says) => {
    const refusal = refusalOf(name, change)
    expect(refusal?.code).toBe(code)
    expect(refusal?.message).toMatch(says)
  })
  test('a model of one row at a time', () => {
    const graph = new Graph()
    graph.output('y', graph.input('x', 'float', [1, 6]), [1, 1])
    const model = readModel(graph.encode('fixed', {}))
    if (!model.ok) throw new Error(model.error.message)
    const result = wrapImported({ recipe, constants, signature: signatureOf({}), model: model.value })
    expect(result).toMatchObject({ ok: false, error: { code: 'import/batch', at: 'input x' } })
  })
})
