/** A recurrent network as ONNX nodes: one GRU or LSTM operator, its last state beside the other inputs, two dense layers. */
import { emitActivation } from '../../onnx/activations.ts'
import { attribute, type Graph } from '../../onnx/graph.ts'
import { emitLastState, emitTimeFirst } from '../../onnx/recurrent-cell.ts'
import { NORMALISATION_EPSILON, type DenseLayer, type RecurrentNetwork } from '../../ports/network-trainer.ts'
import type { SequenceLayout } from '../sequence-layout.ts'

/** `scaled` are standardised features [N, columns]; returns the network's output [N, 1], still standardised. */
export function emitRecurrent(
  graph: Graph,
  scaled: string,
  { network, layout }: { readonly network: RecurrentNetwork; readonly layout: SequenceLayout },
): string {
  const { normalisation, dense, activation } = network
  const state = emitLastState(graph, emitSequence(graph, scaled, layout), {
    cell: network,
    channels: layout.channels,
  })
  let joined = layout.rest.length === 0 ? state : graph.join([state, graph.columns(scaled, [...layout.rest])])
  if (normalisation !== null) {
    const { scale, shift } = normalisation
    joined = graph.node('LayerNormalization', [joined, graph.floats(scale), graph.floats(shift)], {
      axis: attribute.integer(-1),
      epsilon: attribute.float(NORMALISATION_EPSILON),
    })
  }
  const hidden = emitActivation(graph, emitDense(graph, joined, dense[0]), activation)
  return emitDense(graph, hidden, dense[1])
}

const emitDense = (graph: Graph, source: string, { weights, bias, inputs, outputs }: DenseLayer): string =>
  graph.node('Gemm', [source, graph.weights(weights, [inputs, outputs]), graph.floats(bias)])

/** [N, columns] -> [steps, N, channels]. */
function emitSequence(graph: Graph, scaled: string, { steps, channels, columns }: SequenceLayout): string {
  const flat = graph.columns(scaled, [...columns])
  const shaped = graph.node('Reshape', [flat, graph.integers([0, steps, channels])])
  return emitTimeFirst(graph, shaped)
}
