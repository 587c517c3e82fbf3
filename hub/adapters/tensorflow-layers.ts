/** A TensorFlow.js model of layers as plain numbers. A layer that would not come out the same in ONNX is refused by its name. */
import type * as layers from '@tensorflow/tfjs-layers'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { isActivation, type ActivationName } from '../onnx/activations.ts'
import type { Layer, Network, PlacedLayer } from '../onnx/layers.ts'

type TfLayer = layers.LayersModel['layers'][number]
type Read<T> = Result<T, Refusal<'layers/unsupported'>>

/** The backend that holds the weights must be the one in use. */
export async function readLayers(model: layers.LayersModel): Promise<Read<Network>> {
  const [output, ...others] = model.outputs
  if (output === undefined || others.length > 0) return refuse('layers/unsupported', 'a model has one output')
  const placed: PlacedLayer[] = []
  for (const layer of inOrder(model)) {
    if (layer.inboundNodes.length > 1) return unsupported(layer, 'is used in several places')
    const read = await readLayer(layer)
    if (!read.ok) return read
    placed.push({ name: layer.name, inputs: inputsOf(layer).map(({ name }) => name), layer: read.value })
  }
  const width = sizesOf(output.shape).reduce((product, size) => product * size, 1)
  return ok({ layers: placed, output: { name: output.sourceLayer.name, width } })
}

/** Each layer behind those it reads, whatever order the model lists them in. */
function inOrder(model: layers.LayersModel): readonly TfLayer[] {
  const ordered = new Set<TfLayer>()
  const visit = (layer: TfLayer): void => {
    if (ordered.has(layer)) return
    inputsOf(layer).forEach(visit)
    ordered.add(layer)
  }
  model.layers.forEach(visit)
  return [...ordered]
}

const inputsOf = (layer: TfLayer): readonly TfLayer[] => layer.inboundNodes[0]?.inboundLayers ?? []

/** Sizes behind the rows. */
const sizesOf = (shape: unknown): readonly number[] =>
  Array.isArray(shape) ? shape.slice(1).map((size) => Number(size)) : []

const unsupported = (layer: TfLayer, what: string): Read<never> =>
  refuse('layers/unsupported', `the layer ${layer.name} (${layer.getClassName()}) ${what}`, layer.name)

type ReadOne = (layer: TfLayer) => Promise<Read<Layer>> | Read<Layer>

const KINDS: ReadonlyMap<string, ReadOne> = new Map<string, ReadOne>([
  ['InputLayer', (layer) => readInput(layer)],
  ['Dense', (layer) => readDense(layer)],
  ['Activation', (layer) => withActivation(layer, (activation) => ({ kind: 'activation', activation }))],
  ['Concatenate', (layer) => ok({ kind: 'concatenate', axis: Number(layer.getConfig()['axis'] ?? -1) })],
  ['Flatten', () => ok({ kind: 'flatten' })],
  ['Add', () => ok({ kind: 'add' })],
  ['Multiply', () => ok({ kind: 'multiply' })],
  ['Average', () => ok({ kind: 'average' })],
  ['LayerNormalization', (layer) => readNormalisation(layer)],
  ['BatchNormalization', (layer) => readNormalisation(layer)],
  ['GRU', (layer) => readRecurrent(layer, 'gru')],
  ['LSTM', (layer) => readRecurrent(layer, 'lstm')],
  ...['Dropout', 'SpatialDropout1D', 'GaussianDropout', 'GaussianNoise', 'AlphaDropout'].map(
    (name): [string, () => Read<Layer>] => [name, () => ok({ kind: 'identity' })],
  ),
])

function readLayer(layer: TfLayer): Promise<Read<Layer>> | Read<Layer> {
  const read = KINDS.get(layer.getClassName())
  return read === undefined ? unsupported(layer, 'is of a kind that is not exported') : read(layer)
}

function readInput(layer: TfLayer): Read<Layer> {
  const shape = sizesOf(layer.batchInputShape)
  return shape.every((size) => size > 0)
    ? ok({ kind: 'input', shape })
    : unsupported(layer, 'leaves a size open; only the number of rows may be')
}

function withActivation(layer: TfLayer, make: (activation: ActivationName) => Layer): Read<Layer> {
  const { activation } = layer.getConfig()
  return isActivation(activation)
    ? ok(make(activation))
    : unsupported(layer, `has the activation ${String(activation)}, which is not exported`)
}

const weightsOf = (layer: TfLayer): Promise<readonly Float32Array[]> =>
  Promise.all(layer.getWeights().map(async (tensor) => Float32Array.from(await tensor.data())))

async function readDense(layer: TfLayer): Promise<Read<Layer>> {
  const [weights, bias] = await weightsOf(layer)
  const outputs = layer.getWeights()[0]!.shape[1]!
  return withActivation(layer, (activation) => ({
    ...{ kind: 'dense', activation, outputs },
    weights: weights!,
    bias: bias ?? new Float32Array(outputs),
    inputs: weights!.length / outputs,
  }))
}

/** Weights that a layer leaves out are those that change nothing. */
async function readNormalisation(layer: TfLayer): Promise<Read<Layer>> {
  const { axis, center, scale, epsilon } = layer.getConfig()
  const { length: sizes } = sizesOf(layer.outputShape)
  const [only, ...more] = [axis].flat()
  if (more.length > 0 || (only !== -1 && only !== sizes))
    return unsupported(layer, 'is not over the last dimension')
  const weights = [...(await weightsOf(layer))]
  const width = sizesOf(layer.outputShape).at(-1)!
  const common = {
    scale: scale === false ? new Float32Array(width).fill(1) : weights.shift()!,
    shift: center === false ? new Float32Array(width) : weights.shift()!,
    epsilon: Number(epsilon),
  }
  const [mean, variance] = weights
  return mean === undefined || variance === undefined
    ? ok({ kind: 'layerNormalisation', ...common })
    : ok({ kind: 'batchNormalisation', ...common, mean, variance })
}

async function readRecurrent(layer: TfLayer, cell: 'gru' | 'lstm'): Promise<Read<Layer>> {
  const config = layer.getConfig()
  const { units, activation, recurrentActivation, returnSequences } = config
  if (activation !== 'tanh')
    return unsupported(layer, `has the activation ${String(activation)}, only tanh is exported`)
  if (recurrentActivation !== 'sigmoid' && recurrentActivation !== 'hardSigmoid')
    return unsupported(
      layer,
      `has gates of ${String(recurrentActivation)}, only sigmoid and hardSigmoid are exported`,
    )
  const forbidden = ['goBackwards', 'stateful', 'returnState', 'resetAfter'].find(
    (key) => config[key] === true,
  )
  if (forbidden !== undefined) return unsupported(layer, `sets ${forbidden}, which is not exported`)
  if (inputsOf(layer).length > 1) return unsupported(layer, 'is given a first state')
  const [kernel, recurrentKernel, bias] = await weightsOf(layer)
  const width = recurrentKernel!.length / Number(units)
  return ok({
    kind: 'recurrent',
    cell: {
      ...{ cell, units: Number(units), recurrentActivation },
      kernel: kernel!,
      recurrentKernel: recurrentKernel!,
      bias: bias ?? new Float32Array(width),
    },
    channels: kernel!.length / width,
    isSequence: returnSequences === true,
  })
}
