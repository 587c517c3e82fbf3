/** The outputs of a file that wraps a model made elsewhere: as a version ships them, or as the model itself says them. */
import { scoredOutput, widthOf, type TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import type { Graph } from '../onnx/graph.ts'
import { emitMeanPlace } from '../training/classification/ordered-classes.ts'

/** Values of a graph. */
export type Said = {
  /** [N, 1], or the probability of every class, [N, classes]. */
  readonly scored: string
  /** [N, 1] each. */
  readonly bounds: readonly [lower: string, upper: string] | null
  /** What a change is added to; null where the model gives no change. */
  readonly anchor: string | null
}

export type AddOutputs = (graph: Graph, said: Said, target: TargetSpec) => void

/** Probabilities without their rounding errors, bounds that hold the forecast itself. */
export const addShipped: AddOutputs = (graph, { scored, bounds, anchor }, target) => {
  if (target.classes !== undefined) return addClasses(graph, scored, target.classes.names.length)
  const said = target.event === undefined ? scored : clipped(graph, scored)
  graph.output('prediction', ofAnchor(graph, anchor, said), ['N', 1])
  if (bounds === null) return
  const [lower, upper] = bounds
  const held = graph.join([graph.node('Min', [lower, said]), graph.node('Max', [upper, said])])
  graph.output('interval', ofAnchor(graph, anchor, held), ['N', 2])
}

/** What is judged: outputs `prediction` (of classes `probabilities`), `lower` and `upper`. */
export const addUnchanged: AddOutputs = (graph, { scored, bounds, anchor }, target) => {
  const named = {
    [scoredOutput(target)]: scored,
    ...(bounds === null ? {} : { lower: bounds[0], upper: bounds[1] }),
  }
  for (const [name, value] of Object.entries(named))
    graph.output(name, ofAnchor(graph, anchor, value), ['N', widthOf(target)])
}

function addClasses(graph: Graph, scored: string, classes: number): void {
  const shares = clipped(graph, scored)
  const sums = graph.node('ReduceSum', [shares, graph.integers([1])])
  const probabilities = graph.node('Div', [shares, sums])
  graph.output('prediction', emitMeanPlace(graph, probabilities, classes), ['N', 1])
  graph.output('probabilities', probabilities, ['N', classes])
}

const clipped = (graph: Graph, value: string): string =>
  graph.node('Clip', [value, graph.scalar(0), graph.scalar(1)])

const ofAnchor = (graph: Graph, anchor: string | null, value: string): string =>
  anchor === null ? value : graph.node('Add', [anchor, value])
