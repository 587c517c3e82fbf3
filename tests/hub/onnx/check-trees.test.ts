import { describe, expect, test } from 'vitest'
import { treeProblem } from '../../../hub/onnx/check-trees.ts'
import { Graph } from '../../../hub/onnx/graph.ts'
import type { Attribute, Node } from '../../../hub/onnx/model.ts'
import { readModel } from '../../../hub/onnx/read-model.ts'
import { emitTrees, type Tree } from '../../../hub/training/gbdt/tree.ts'
import { modelOf } from './made-elsewhere.ts'

function nodeOf(operator: string, attributes: Record<string, Attribute>) {
  const graph = new Graph()
  graph.node(operator, ['x'], attributes as Node['attributes'], 'ai.onnx.ml')
  const model = readModel(graph.encode('trees', {}))
  if (!model.ok) throw new Error(model.error.message)
  return model.value.nodes[0]!
}

/** One tree of the older operators: its children by node, null for a leaf. */
const problemOf = (
  children: readonly (readonly [number, number] | null)[],
  change: Record<string, Attribute> = {},
) =>
  treeProblem(
    nodeOf('TreeEnsembleRegressor', {
      nodes_treeids: { integers: children.map(() => 0) },
      nodes_nodeids: { integers: children.map((_, i) => i) },
      nodes_truenodeids: { integers: children.map((pair) => pair?.[0] ?? 0) },
      nodes_falsenodeids: { integers: children.map((pair) => pair?.[1] ?? 0) },
      nodes_modes: { texts: children.map((pair) => (pair === null ? 'LEAF' : 'BRANCH_LEQ')) },
      ...change,
    }),
  )

describe('trees of the older operators', () => {
  test('as learners grow them are trees', () => {
    for (const name of ['sklearn-forest', 'sklearn-boosting'] as const)
      expect(treeProblem(modelOf(name).nodes[0]!)).toBeNull()
    expect(problemOf([[1, 2], null, [3, 4], null, null])).toBeNull()
  })
  test('whose nodes lead back up never end', () => {
    expect(problemOf([[1, 2], [0, 2], null])).toMatch(/circle/)
    expect(problemOf([[1, 2], null, [2, 1]])).toMatch(/circle/)
  })
  test('whose nodes lead nowhere are named', () => {
    expect(problemOf([[1, 7], null])).toMatch(/not there/)
    expect(problemOf([[1, 2], null, null], { nodes_nodeids: { integers: [0, 1] } })).toMatch(
      /differ in length/,
    )
    expect(problemOf([[1, 2], null, null], { nodes_nodeids: { integers: [0, 1, 1] } })).toMatch(/same number/)
  })
  test('that are a list are too deep', () => {
    const list = Array.from({ length: 4_000 }, (_, i): [number, number] | null =>
      i % 2 === 0 ? [i + 1, i + 2] : null,
    )
    expect(problemOf([...list, null])).toMatch(/2001 nodes deep/)
  })
})

describe('trees of ai.onnx.ml 5', () => {
  const tree: Tree = {
    feature: Int16Array.of(0, 1, -1, -1, -1),
    threshold: Float32Array.of(0.5, 0.5, 0, 0, 0),
    thresholdBin: new Uint8Array(5),
    missingGoesLeft: new Uint8Array(5),
    left: Int32Array.of(1, 3, 0, 0, 0),
    right: Int32Array.of(2, 4, 0, 0, 0),
    value: Float32Array.of(0, 0, 1, 2, 3),
  }
  const own = (change: Partial<Tree> = {}) => {
    const graph = new Graph()
    emitTrees(graph, 'x', { trees: [{ ...tree, ...change }, tree], base: 0 })
    const model = readModel(graph.encode('own', {}))
    if (!model.ok) throw new Error(model.error.message)
    return model.value.nodes.find(({ operator }) => operator === 'TreeEnsemble')!
  }
  test('as we write them are trees', () => {
    expect(treeProblem(own())).toBeNull()
  })
  test('whose nodes lead back up never end', () => {
    expect(treeProblem(own({ left: Int32Array.of(1, 0, 0, 0, 0) }))).toMatch(/circle/)
  })
})
