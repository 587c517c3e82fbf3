/** Models of layers say the same in ONNX Runtime as in TensorFlow.js on wasm. */
import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { createRandom } from '@fleetcast/shared/random.ts'
import * as ort from 'onnxruntime-node'
import { beforeAll, describe, expect, test } from 'vitest'
import { readLayers } from '../../../hub/adapters/tensorflow-layers.ts'
import { fastestBackend } from '../../../hub/adapters/tensorflow.ts'
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
  test.each([
    ...(['relu', 'relu6', 'elu', 'selu', 'sigmoid', 'hardSigmoid', 'tanh', 'softplus', 'softsign'] as const),
    ...(['softmax', 'logSoftmax', 'swish', 'mish', 'linear', 'gelu', 'gelu_new'] as const),
  ])('says the same with %s', async (activation) => {
    const model = layers.sequential()
    model.add(make.dense({ inputShape: [3], units: 6, activation: activation as 'relu' }))
    await expectSame(model)
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
