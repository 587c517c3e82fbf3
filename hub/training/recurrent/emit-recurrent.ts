/** A recurrent network as ONNX nodes: one GRU or LSTM operator, its weights in the operator's order of gates. */
import { attribute, type Graph } from '../../onnx/graph.ts'
import { NORMALISATION_EPSILON, type DenseLayer, type RecurrentNetwork } from '../../ports/network-trainer.ts'
import type { SequenceLayout } from '../sequence-layout.ts'

/** Gates as TensorFlow.js keeps them, in the order of the operator: z, r, h stay; i, f, c, o become i, o, f, c. */
const GATE_ORDER = { gru: [0, 1, 2], lstm: [0, 3, 1, 2] } as const
const ACTIVATION_OPERATORS = { relu: 'Relu', tanh: 'Tanh', sigmoid: 'Sigmoid', elu: 'Elu' } as const

/** `scaled` are standardised features [N, columns]; returns the network's output [N, 1], still standardised. */
export function emitRecurrent(
  graph: Graph,
  scaled: string,
  { network, layout }: { readonly network: RecurrentNetwork; readonly layout: SequenceLayout },
): string {
  const { normalisation, dense, activation } = network
  const state = emitCell(graph, emitSequence(graph, scaled, layout), { network, channels: layout.channels })
  let joined = layout.rest.length === 0 ? state : graph.join([state, graph.columns(scaled, [...layout.rest])])
  if (normalisation !== null) {
    const { scale, shift } = normalisation
    joined = graph.node('LayerNormalization', [joined, graph.floats(scale), graph.floats(shift)], {
      axis: attribute.integer(-1),
      epsilon: attribute.float(NORMALISATION_EPSILON),
    })
  }
  const hidden = graph.node(ACTIVATION_OPERATORS[activation], [emitDense(graph, joined, dense[0])])
  return emitDense(graph, hidden, dense[1])
}

const emitDense = (graph: Graph, source: string, { weights, bias, inputs, outputs }: DenseLayer): string =>
  graph.node('Gemm', [source, graph.weights(weights, [inputs, outputs]), graph.floats(bias)])

/** [N, columns] -> [steps, N, channels]: the only layout that every processor's operator takes. */
function emitSequence(graph: Graph, scaled: string, { steps, channels, columns }: SequenceLayout): string {
  const flat = graph.columns(scaled, [...columns])
  const shaped = graph.node('Reshape', [flat, graph.integers([0, steps, channels])])
  return graph.node('Transpose', [shaped], { perm: attribute.integers([1, 0, 2]) })
}

function emitCell(
  graph: Graph,
  sequence: string,
  { network, channels }: { readonly network: RecurrentNetwork; readonly channels: number },
): string {
  const { cell, units, kernel, recurrentKernel, bias, recurrentActivation } = network
  const gates = GATE_ORDER[cell]
  const biases = new Float32Array(2 * gates.length * units)
  gates.forEach((gate, to) => biases.set(bias.subarray(gate * units, (gate + 1) * units), to * units))
  const act = recurrentActivation === 'sigmoid' ? 'Sigmoid' : 'HardSigmoid'
  const last = graph.secondOutput(
    cell === 'gru' ? 'GRU' : 'LSTM',
    [
      sequence,
      emitGates(graph, kernel, { rows: channels, units, gates }),
      emitGates(graph, recurrentKernel, { rows: units, units, gates }),
      graph.floats(biases, [1, biases.length]),
    ],
    {
      hidden_size: attribute.integer(units),
      activations: attribute.texts(cell === 'gru' ? [act, 'Tanh'] : [act, 'Tanh', 'Tanh']),
      ...(cell === 'gru' ? { linear_before_reset: attribute.integer(0) } : {}),
    },
  )
  return graph.node('Squeeze', [last, graph.integers([0])])
}

type Gates = { readonly rows: number; readonly units: number; readonly gates: readonly number[] }

/** [rows, gates * units] -> [1, gates * units, rows] in the operator's order; turned here, so that it is stored as it is read. */
function emitGates(graph: Graph, weights: Float32Array, { rows, units, gates }: Gates): string {
  const turned = new Float32Array(weights.length)
  gates.forEach((gate, to) => {
    for (let u = 0; u < units; u++)
      for (let k = 0; k < rows; k++)
        turned[(to * units + u) * rows + k] = weights[(k * gates.length + gate) * units + u]!
  })
  return graph.floats(turned, [1, gates.length * units, rows])
}
