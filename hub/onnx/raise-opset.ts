/**
 * What the writer emits is written for operator set 17, and means the same in 13 to 21 but for one thing: since 18, ReduceMin and
 * ReduceMax take their axes as an input. Else those versions only let more element types in (Reshape 14 and later, Cast 19, IsNaN 20,
 * Identity 14 and later), or attributes that are not written here. Before 13 the axes of ReduceSum and Squeeze were attributes.
 */
import type { Encoded, Node, Tensor } from './model.ts'
import { int64Tensor } from './tensors.ts'

export const OPSET = 17
export const OPSET_MIN = 13
export const OPSET_MAX = 21

const AXES_SINCE = 18
const MOVED = new Set(['ReduceMin', 'ReduceMax'])

/** Nodes as the operator set wants them, with the constants they need then. Nodes from elsewhere stay as they are. */
export function raiseOpset(
  nodes: readonly (Node | Encoded)[],
  opset: number,
): { readonly nodes: readonly (Node | Encoded)[]; readonly initializers: readonly Tensor[] } {
  if (opset < AXES_SINCE) return { nodes, initializers: [] }
  const initializers: Tensor[] = []
  const raised = nodes.map((node) => {
    if ('encoded' in node || !MOVED.has(node.operator)) return node
    const { axes, ...attributes } = node.attributes
    if (axes === undefined || !('integers' in axes)) return node
    const name = `axes_${initializers.length}`
    initializers.push(int64Tensor(name, [axes.integers.length], axes.integers))
    return { ...node, inputs: [...node.inputs, name], attributes }
  })
  return { nodes: raised, initializers }
}
