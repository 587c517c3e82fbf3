/** Layers -> nodes. The network becomes a file of its own, which is imported like any other, or a part of a graph. */
import { assert, assertNever } from '@fleetcast/shared/assert.ts'
import { emitActivation } from './activations.ts'
import { attribute, Graph } from './graph.ts'
import type { Layer, Network, PlacedLayer } from './layers.ts'
import { emitLastState, emitStates, emitTimeFirst } from './recurrent-cell.ts'

/** A model whose inputs are named as the input layers are, [N, ...], and whose output is `output` [N, width]. */
export function encodeNetwork(network: Network, name: string): Uint8Array {
  const graph = new Graph()
  const inputs = new Map<string, string>()
  for (const { name: input, layer } of network.layers)
    if (layer.kind === 'input') inputs.set(input, graph.input(input, 'float', ['N', ...layer.shape]))
  graph.output('output', emitNetwork(graph, network, inputs), ['N', network.output.width])
  return graph.encode(name, {})
}

/** `inputs` are values of the graph by input layer; returns the output's. */
export function emitNetwork(
  graph: Graph,
  { layers, output }: Network,
  inputs: ReadonlyMap<string, string>,
): string {
  const values = new Map(inputs)
  for (const placed of layers) {
    const given = values.get(placed.name)
    values.set(placed.name, given ?? emitLayer(graph, placed, values))
  }
  return valueOf(values, output.name)
}

function valueOf(values: ReadonlyMap<string, string>, name: string): string {
  const value = values.get(name)
  assert(value !== undefined, `the layer ${name} has a value before it is read`)
  return value
}

function emitLayer(
  graph: Graph,
  { name, layer, inputs: names }: PlacedLayer,
  values: ReadonlyMap<string, string>,
): string {
  const inputs = names.map((name) => valueOf(values, name))
  const [x = ''] = inputs
  switch (layer.kind) {
    case 'input':
      return valueOf(values, name)
    case 'identity':
      return x
    case 'dense':
      return emitDense(graph, x, layer)
    case 'activation':
      return emitActivation(graph, x, layer.activation)
    case 'concatenate':
      return graph.node('Concat', inputs, { axis: attribute.integer(layer.axis) })
    case 'add':
      return graph.node('Sum', inputs)
    case 'average':
      return graph.node('Mean', inputs)
    case 'multiply':
      return inputs.slice(1).reduce((product, factor) => graph.node('Mul', [product, factor]), x)
    case 'flatten':
      return graph.node('Flatten', [x], { axis: attribute.integer(1) })
    case 'layerNormalisation':
      return graph.node('LayerNormalization', [x, graph.floats(layer.scale), graph.floats(layer.shift)], {
        axis: attribute.integer(-1),
        epsilon: attribute.float(layer.epsilon),
      })
    case 'batchNormalisation':
      return emitBatchNormalisation(graph, x, layer)
    case 'recurrent':
      return (layer.isSequence ? emitStates : emitLastState)(graph, emitTimeFirst(graph, x), layer)
    default:
      return assertNever(layer)
  }
}

/** MatMul, since Gemm takes matrices alone and a dense layer may stand behind a sequence. */
function emitDense(
  graph: Graph,
  x: string,
  { weights, bias, inputs, outputs, activation }: Extract<Layer, { kind: 'dense' }>,
): string {
  const product = graph.node('MatMul', [x, graph.weights(weights, [inputs, outputs])])
  return emitActivation(graph, graph.node('Add', [product, graph.floats(bias)]), activation)
}

/** Written out: the operator of this name wants the channels second, not last. */
function emitBatchNormalisation(
  graph: Graph,
  x: string,
  { scale, shift, mean, variance, epsilon }: Extract<Layer, { kind: 'batchNormalisation' }>,
): string {
  const factors = Float64Array.from(scale, (value, i) => value / Math.sqrt(variance[i]! + epsilon))
  const centred = graph.node('Sub', [x, graph.floats(mean)])
  return graph.node('Add', [graph.node('Mul', [centred, graph.floats(factors)]), graph.floats(shift)])
}
