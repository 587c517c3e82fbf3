/** Models of layers say the same in ONNX Runtime as in TensorFlow.js on wasm. */
import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { createRandom } from '@fleetcast/shared/random.ts'
import * as ort from 'onnxruntime-node'
import { beforeAll, describe, expect, test } from 'vitest'
import { readLayers } from '../../../hub/adapters/tensorflow-layers.ts'
import { fastestBackend } from '../../../hub/adapters/tensorflow.ts'
import type { ActivationName } from '../../../hub/onnx/activations.ts'
import { checkImportable } from '../../../hub/onnx/allow-list.ts'
import { encodeNetwork } from '../../../hub/onnx/emit-layers.ts'
import { readModel } from '../../../hub/onnx/read-model.ts'
import { largestDifference } from '../training/matrices.ts'

const ROWS = 7
const make = layers.layers

beforeAll(async () => {
  await fastestBackend()
  expect(tf.getBackend()).toBe('wasm')
})

/** The library's first choice of recurrent weights needs operations that are not loaded here. */
const plain = { recurrentInitializer: 'glorotNormal' } as const

type Symbolic = layers.SymbolicTensor
const through = (layer: { apply: (x: never) => unknown }, ...inputs: Symbolic[]): Symbolic =>
  layer.apply((inputs.length === 1 ? inputs[0]! : inputs) as never) as Symbolic

/** Weights as training leaves them: none at its initial value, variances positive. */
function train(model: layers.LayersModel): layers.LayersModel {
  const random = createRandom(8)
  for (const layer of model.layers)
    layer.setWeights(
      layer.getWeights().map((weights, i) => {
        const isVariance =
          layer.getClassName() === 'BatchNormalization' && i === layer.getWeights().length - 1
        const values = Float32Array.from({ length: weights.size }, () =>
          isVariance ? 0.5 + random.next() : 0.5 * random.normal(),
        )
        return tf.tensor(values, weights.shape)
      }),
    )
  return model
}

/** Both answers to the same rows, flat. */
async function answersOf(model: layers.LayersModel) {
  const network = await readLayers(train(model))
  if (!network.ok) throw new Error(network.error.message)
  const onnx = encodeNetwork(network.value, 'network')
  const read = readModel(onnx)
  expect(read.ok && checkImportable(read.value).ok).toBe(true)
  const random = createRandom(9)
  const given = model.inputs.map(({ shape }) => {
    const dims = [ROWS, ...shape.slice(1).map(Number)]
    const length = dims.reduce((product, size) => product * size, 1)
    return { dims, values: Float32Array.from({ length }, () => 2 * random.normal()) }
  })
  const theirs = model.predict(given.map(({ dims, values }) => tf.tensor(values, dims))) as tf.Tensor
  const session = await ort.InferenceSession.create(onnx, { logSeverityLevel: 3 })
  const names = model.inputs.map(({ sourceLayer }) => sourceLayer.name)
  const feeds = given.map(
    ({ dims, values }, i) => [names[i]!, new ort.Tensor('float32', values, dims)] as const,
  )
  const ours = await session.run(Object.fromEntries(feeds))
  await session.release()
  return { theirs: Float32Array.from(await theirs.data()), ours: ours['output']!.data as Float32Array }
}

async function expectSame(model: layers.LayersModel): Promise<void> {
  const { theirs, ours } = await answersOf(model)
  expect(ours.length).toBe(theirs.length)
  expect(Math.max(...theirs) - Math.min(...theirs)).toBeGreaterThan(1e-3)
  expect(largestDifference(ours, theirs)).toBeLessThan(1e-5)
}

/** Two inputs: a sequence through a recurrent layer, joined with what stands beside it. */
function joined(cell: 'gru' | 'lstm'): layers.LayersModel {
  const sequence = layers.input({ shape: [6, 3], name: 'sequence' })
  const beside = layers.input({ shape: [4], name: 'beside' })
  const states = through(
    make[cell]({ ...plain, units: 5, returnSequences: true, recurrentActivation: 'sigmoid' }),
    sequence,
  )
  const last = through(
    make[cell]({ ...plain, units: 4, useBias: false }),
    through(make.dropout({ rate: 0.5 }), states),
  )
  const all = through(make.concatenate(), last, through(make.dense({ units: 3, activation: 'relu' }), beside))
  const normal = through(make.layerNormalization(), through(make.batchNormalization({}), all))
  const hidden = through(make.dense({ units: 8, activation: 'tanh' }), normal)
  const output = through(make.dense({ units: 1 }), through(make.activation({ activation: 'selu' }), hidden))
  return layers.model({ inputs: [sequence, beside], outputs: output })
}

const ACTIVATIONS = Object.keys({
  ...{ relu: 1, relu6: 1, elu: 1, selu: 1, sigmoid: 1, hardSigmoid: 1, tanh: 1, softplus: 1, softsign: 1 },
  ...{ softmax: 1, logSoftmax: 1, swish: 1, mish: 1, linear: 1, gelu: 1, gelu_new: 1 },
} satisfies Record<ActivationName, 1>)

describe('a model of layers', () => {
  test.each(['gru', 'lstm'] as const)(
    'with two inputs, normalisation and a %s says the same',
    async (cell) => {
      await expectSame(joined(cell))
    },
  )
  test('of dense layers in a row says the same, on sequences too', async () => {
    const model = layers.sequential()
    model.add(make.dense({ inputShape: [5, 2], units: 4, activation: 'sigmoid', useBias: false }))
    model.add(make.batchNormalization({ scale: false }))
    model.add(make.flatten())
    model.add(make.gaussianNoise({ stddev: 1 }))
    model.add(make.dense({ units: 2 }))
    await expectSame(model)
  })
  test('of sums, products and means says the same', async () => {
    const input = layers.input({ shape: [5] })
    const [a, b, c] = [1, 2, 3].map(() => through(make.dense({ units: 4 }), input))
    const sum = through(make.add(), a!, b!, c!)
    const product = through(make.multiply(), a!, b!, c!)
    const output = through(make.concatenate({ axis: 1 }), sum, product, through(make.average(), a!, c!))
    await expectSame(layers.model({ inputs: input, outputs: output }))
  })
  test.each(ACTIVATIONS)('says the same with %s', async (activation) => {
    const model = layers.sequential()
    model.add(make.dense({ inputShape: [3], units: 6, activation: activation as 'relu' }))
    await expectSame(model)
  })
})

const SEQUENCE = [5, 3]
type MadeLayer = { apply: (x: never) => unknown }
const ALONE: readonly (readonly [string, MadeLayer, number[]])[] = [
  ['dense', make.dense({ units: 4 }), [6]],
  ['dense, along a sequence', make.dense({ units: 4, activation: 'elu' }), SEQUENCE],
  ['dropout', make.dropout({ rate: 0.9 }), [6]],
  ['spatial dropout', make.spatialDropout1d({ rate: 0.9 }), SEQUENCE],
  ['gaussian dropout', make.gaussianDropout({ rate: 0.9 }), [6]],
  ['gaussian noise', make.gaussianNoise({ stddev: 9 }), [6]],
  ['alpha dropout', make.alphaDropout({ rate: 0.9 }), [6]],
  ['flatten', make.flatten(), SEQUENCE],
  ...[[6], SEQUENCE].flatMap((shape) =>
    [{}, { scale: false }, { center: false }, { scale: false, center: false }, { epsilon: 0.1 }].flatMap(
      (options): readonly (readonly [string, MadeLayer, number[]])[] => [
        [`batch normalisation ${said(options, shape)}`, make.batchNormalization(options), shape],
        [`layer normalisation ${said(options, shape)}`, make.layerNormalization(options), shape],
      ],
    ),
  ),
  ...(['gru', 'lstm'] as const).flatMap((cell) =>
    [true, false].flatMap((returnSequences) =>
      (['sigmoid', 'hardSigmoid'] as const).flatMap((recurrentActivation) =>
        [true, false].map((useBias): readonly [string, MadeLayer, number[]] => {
          const options = { units: 4, returnSequences, recurrentActivation, useBias }
          return [`${cell} ${said(options, SEQUENCE)}`, make[cell]({ ...plain, ...options }), SEQUENCE]
        }),
      ),
    ),
  ),
]
function said(options: object, shape: readonly number[]): string {
  return `${JSON.stringify(options)} of [${shape.join(', ')}]`
}

describe('each layer alone, as it answers once it is trained,', () => {
  test.each(ALONE)('says the same: %s', async (_name, layer, shape) => {
    const x = layers.input({ shape })
    await expectSame(layers.model({ inputs: x, outputs: through(layer, x) }))
  })
  test.each([1, 2, -1])('says the same: concatenate of sequences on axis %i', async (axis) => {
    const [a, b] = [layers.input({ shape: SEQUENCE }), layers.input({ shape: SEQUENCE })]
    await expectSame(layers.model({ inputs: [a, b], outputs: through(make.concatenate({ axis }), a, b) }))
  })
  test.each(['add', 'multiply', 'average'] as const)('says the same: %s of sequences', async (kind) => {
    const inputs = [1, 2, 3].map(() => layers.input({ shape: SEQUENCE }))
    await expectSame(layers.model({ inputs, outputs: through(make[kind](), ...inputs) }))
  })
  test.each(ACTIVATIONS)('says the same: %s along a sequence', async (activation) => {
    const x = layers.input({ shape: SEQUENCE })
    const layer = make.activation({ activation: activation as 'relu' })
    await expectSame(layers.model({ inputs: x, outputs: through(layer, x) }))
  })
})

const input = (shape: number[]): Symbolic => layers.input({ shape })
const refusalOf = async (inputs: Symbolic, outputs: Symbolic) => {
  const network = await readLayers(layers.model({ inputs, outputs }))
  return network.ok ? null : network.error.message
}

describe('refused by the name of the layer', () => {
  test('a kind that has no counterpart', async () => {
    const x = input([4, 2])
    expect(await refusalOf(x, through(make.conv1d({ filters: 1, kernelSize: 2, name: 'wave' }), x))).toMatch(
      /wave \(Conv1D\) is of a kind/,
    )
  })
  test('a normalisation over another dimension', async () => {
    const x = input([4, 2])
    expect(await refusalOf(x, through(make.batchNormalization({ axis: 1 }), x))).toMatch(/last dimension/)
  })
  test('a recurrent layer that reads backwards, or has another activation', async () => {
    const x = input([4, 2])
    expect(await refusalOf(x, through(make.gru({ ...plain, units: 2, goBackwards: true }), x))).toMatch(
      /goBackwards/,
    )
    expect(await refusalOf(x, through(make.lstm({ ...plain, units: 2, activation: 'relu' }), x))).toMatch(
      /only tanh/,
    )
  })
  test('a layer that is used twice', async () => {
    const x = input([4])
    const layer = make.dense({ units: 4, name: 'twice' })
    expect(await refusalOf(x, through(layer, through(layer, x)))).toMatch(
      /twice \(Dense\) is used in several/,
    )
  })
})
