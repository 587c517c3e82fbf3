/** What follows a layer, by the name that Keras and TensorFlow.js give it. */
import { attribute, type Graph } from './graph.ts'

type Emit = (graph: Graph, x: string) => string

const operator =
  (name: string, attributes: Parameters<Graph['node']>[2] = {}): Emit =>
  (graph, x) =>
    graph.node(name, [x], attributes)
/** x times what `gate` makes of it. */
const gated =
  (gate: Emit): Emit =>
  (graph, x) =>
    graph.node('Mul', [x, gate(graph, x)])
const halfOfOnePlus = (graph: Graph, x: string): string =>
  graph.node('Mul', [graph.node('Add', [x, graph.scalar(1)]), graph.scalar(0.5)])
const times = (graph: Graph, x: string, factor: number): string =>
  graph.node('Mul', [x, graph.scalar(factor)])

const ACTIVATIONS = {
  linear: (_graph, x) => x,
  relu: operator('Relu'),
  relu6: (graph, x) => graph.node('Clip', [x, graph.scalar(0), graph.scalar(6)]),
  elu: operator('Elu'),
  selu: operator('Selu'),
  sigmoid: operator('Sigmoid'),
  /** Slope 0.2 and 0.5 at 0, as the operator's own defaults. */
  hardSigmoid: operator('HardSigmoid'),
  tanh: operator('Tanh'),
  softplus: operator('Softplus'),
  softsign: operator('Softsign'),
  softmax: operator('Softmax', { axis: attribute.integer(-1) }),
  logSoftmax: operator('LogSoftmax', { axis: attribute.integer(-1) }),
  swish: gated(operator('Sigmoid')),
  mish: gated((graph, x) => graph.node('Tanh', [graph.node('Softplus', [x])])),
  /** Hendrycks & Gimpel 2016; the second as its authors approximate it. */
  gelu: gated((graph, x) => halfOfOnePlus(graph, graph.node('Erf', [times(graph, x, Math.SQRT1_2)]))),
  gelu_new: gated((graph, x) => {
    const cube = graph.node('Mul', [graph.node('Mul', [x, x]), x])
    const inner = graph.node('Add', [x, times(graph, cube, 0.044715)])
    return halfOfOnePlus(graph, graph.node('Tanh', [times(graph, inner, Math.sqrt(2 / Math.PI))]))
  }),
} as const satisfies Record<string, Emit>

export type ActivationName = keyof typeof ACTIVATIONS

export const isActivation = (name: unknown): name is ActivationName =>
  typeof name === 'string' && Object.hasOwn(ACTIVATIONS, name)

export const emitActivation = (graph: Graph, x: string, name: ActivationName): string =>
  ACTIVATIONS[name](graph, x)
