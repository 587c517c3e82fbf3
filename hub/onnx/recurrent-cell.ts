/** A GRU or LSTM layer as one operator, its weights in the operator's order of gates. */
import { attribute, type Graph } from './graph.ts'

/** Gates lie side by side as TensorFlow.js keeps them: z, r, h of a GRU (reset before the product), i, f, c, o of an LSTM. */
export type RecurrentCell = {
  readonly cell: 'gru' | 'lstm'
  readonly units: number
  readonly recurrentActivation: 'sigmoid' | 'hardSigmoid'
  /** Row-major [channels, gates * units], [units, gates * units] and [gates * units]. */
  readonly kernel: Float32Array
  readonly recurrentKernel: Float32Array
  readonly bias: Float32Array
}

/** In the order of the operator: z, r, h stay; i, f, c, o become i, o, f, c. */
const GATE_ORDER = { gru: [0, 1, 2], lstm: [0, 3, 1, 2] } as const

type CellInput = { readonly cell: RecurrentCell; readonly channels: number }

/** [steps, N, channels] -> the state after the last step, [N, units]. */
export function emitLastState(graph: Graph, sequence: string, input: CellInput): string {
  const { operator, inputs, attributes } = cellNode(graph, sequence, input)
  return graph.node('Squeeze', [graph.secondOutput(operator, inputs, attributes), graph.integers([0])])
}

/** [steps, N, channels] -> the states of all steps, [N, steps, units]. */
export function emitStates(graph: Graph, sequence: string, input: CellInput): string {
  const { operator, inputs, attributes } = cellNode(graph, sequence, input)
  const states = graph.node('Squeeze', [graph.node(operator, inputs, attributes), graph.integers([1])])
  return graph.node('Transpose', [states], { perm: attribute.integers([1, 0, 2]) })
}

/** [N, steps, channels] -> [steps, N, channels]: the only layout that every processor's operator takes. */
export const emitTimeFirst = (graph: Graph, sequence: string): string =>
  graph.node('Transpose', [sequence], { perm: attribute.integers([1, 0, 2]) })

function cellNode(
  graph: Graph,
  sequence: string,
  { cell: { cell, units, kernel, recurrentKernel, bias, recurrentActivation }, channels }: CellInput,
) {
  const gates = GATE_ORDER[cell]
  const biases = new Float32Array(2 * gates.length * units)
  gates.forEach((gate, to) => biases.set(bias.subarray(gate * units, (gate + 1) * units), to * units))
  const act = recurrentActivation === 'sigmoid' ? 'Sigmoid' : 'HardSigmoid'
  return {
    operator: cell === 'gru' ? 'GRU' : 'LSTM',
    inputs: [
      sequence,
      emitGates(graph, kernel, { rows: channels, units, gates }),
      emitGates(graph, recurrentKernel, { rows: units, units, gates }),
      graph.floats(biases, [1, biases.length]),
    ],
    attributes: {
      hidden_size: attribute.integer(units),
      activations: attribute.texts(cell === 'gru' ? [act, 'Tanh'] : [act, 'Tanh', 'Tanh']),
      ...(cell === 'gru' ? { linear_before_reset: attribute.integer(0) } : {}),
    },
  }
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
