/** A tree as flat arrays; node i is a leaf when `feature[i]` is -1. */
import { attribute, ML_DOMAIN, type Graph } from '../../onnx/graph.ts'
import { floatTensor, uint8Tensor } from '../../onnx/tensors.ts'
import type { Matrix } from '../matrix.ts'
import { MISSING_BIN } from './bins.ts'

export type Tree = {
  readonly feature: Int16Array
  /** A value <= threshold goes left. */
  readonly threshold: Float32Array
  /** The same question asked of bins. */
  readonly thresholdBin: Uint8Array
  readonly missingGoesLeft: Uint8Array
  readonly left: Int32Array
  readonly right: Int32Array
  /** Of a leaf, learning rate included. */
  readonly value: Float32Array
}

/** Adds the tree's value to every row. */
export function addTree(tree: Tree, matrix: Matrix, sums: Float64Array): void {
  const { feature, threshold, missingGoesLeft, left, right, value } = tree
  const { data, rows } = matrix
  for (let i = 0; i < rows; i++) {
    let node = 0
    for (let column = feature[0]!; column >= 0; column = feature[node]!) {
      const x = data[column * rows + i]!
      node = (x === x ? x <= threshold[node]! : missingGoesLeft[node] === 1) ? left[node]! : right[node]!
    }
    sums[i]! += value[node]!
  }
}

/** The same on binned values. */
export function addBinnedTree(tree: Tree, codes: Uint8Array, sums: Float64Array): void {
  const { feature, thresholdBin, missingGoesLeft, left, right, value } = tree
  const rows = sums.length
  for (let i = 0; i < rows; i++) {
    let node = 0
    for (let column = feature[0]!; column >= 0; column = feature[node]!) {
      const code = codes[column * rows + i]!
      node = (code === MISSING_BIN ? missingGoesLeft[node] === 1 : code <= thresholdBin[node]!)
        ? left[node]!
        : right[node]!
    }
    sums[i]! += value[node]!
  }
}

/**
 * The ensemble as one ai.onnx.ml 5 TreeEnsemble [N, features] -> [N, 1]. The base value is added last: the float32 running
 * sum of leaves then stays small and loses fewer digits.
 */
export function emitTrees(
  graph: Graph,
  features: string,
  { trees, base }: { trees: readonly Tree[]; base: number },
): string {
  const grown = trees.filter((tree) => tree.feature[0]! >= 0)
  const constant =
    base + trees.filter((tree) => tree.feature[0]! < 0).reduce((sum, tree) => sum + tree.value[0]!, 0)
  if (grown.length === 0) {
    const zero = graph.node('Mul', [graph.columns(features, [0]), graph.scalar(0)])
    return graph.node('Add', [
      graph.node('Where', [graph.node('IsNaN', [zero]), graph.scalar(0), zero]),
      graph.scalar(constant),
    ])
  }
  const flat = flatten(grown)
  const sum = graph.node(
    'TreeEnsemble',
    [features],
    {
      n_targets: attribute.integer(1),
      aggregate_function: attribute.integer(1), // SUM
      post_transform: attribute.integer(0), // NONE
      tree_roots: attribute.integers(flat.roots),
      nodes_featureids: attribute.integers(flat.feature),
      nodes_modes: attribute.tensor(
        uint8Tensor('nodes_modes', [flat.feature.length], new Uint8Array(flat.feature.length)),
      ), // BRANCH_LEQ
      nodes_splits: attribute.tensor(floatTensor('nodes_splits', [flat.threshold.length], flat.threshold)),
      nodes_truenodeids: attribute.integers(flat.left),
      nodes_trueleafs: attribute.integers(flat.isLeftLeaf),
      nodes_falsenodeids: attribute.integers(flat.right),
      nodes_falseleafs: attribute.integers(flat.isRightLeaf),
      nodes_missing_value_tracks_true: attribute.integers(flat.missingGoesLeft),
      leaf_targetids: attribute.integers(flat.leaves.map(() => 0)),
      leaf_weights: attribute.tensor(floatTensor('leaf_weights', [flat.leaves.length], flat.leaves)),
    },
    ML_DOMAIN,
  )
  return graph.node('Add', [sum, graph.scalar(constant)])
}

/** Inner nodes and leaves are numbered apart, over all trees. */
function flatten(trees: readonly Tree[]) {
  const flat = {
    roots: [] as number[],
    feature: [] as number[],
    threshold: [] as number[],
    left: [] as number[],
    right: [] as number[],
    isLeftLeaf: [] as number[],
    isRightLeaf: [] as number[],
    missingGoesLeft: [] as number[],
    leaves: [] as number[],
  }
  for (const tree of trees) {
    const isInner = [...tree.feature].map((feature) => feature >= 0)
    const firstInner = flat.feature.length
    let [inner, leaf] = [firstInner, flat.leaves.length]
    const numberOf = isInner.map((is) => (is ? inner++ : leaf++))
    flat.roots.push(firstInner)
    isInner.forEach((is, node) => {
      if (!is) return void flat.leaves.push(tree.value[node]!)
      const [left, right] = [tree.left[node]!, tree.right[node]!]
      flat.feature.push(tree.feature[node]!)
      flat.threshold.push(tree.threshold[node]!)
      flat.missingGoesLeft.push(tree.missingGoesLeft[node]!)
      flat.left.push(numberOf[left]!)
      flat.right.push(numberOf[right]!)
      flat.isLeftLeaf.push(isInner[left] ? 0 : 1)
      return void flat.isRightLeaf.push(isInner[right] ? 0 : 1)
    })
  }
  return flat
}
