/** A tree while it grows: arrays as long as it may become, cut to their length at the end. */
import type { Bins } from './bins.ts'
import type { Split } from './find-split.ts'
import type { Tree } from './tree.ts'

export type Nodes = { -readonly [K in keyof Tree]: Tree[K] }

export function emptyNodes(capacity: number): Nodes {
  return {
    feature: new Int16Array(capacity).fill(-1),
    threshold: new Float32Array(capacity),
    thresholdBin: new Uint8Array(capacity),
    missingGoesLeft: new Uint8Array(capacity),
    left: new Int32Array(capacity),
    right: new Int32Array(capacity),
    value: new Float32Array(capacity),
  }
}

type Recorded = {
  readonly node: number
  readonly split: Split
  readonly left: number
  readonly right: number
  readonly bins: Bins
}

const FLOAT32_MAX = 3.4028234663852886e38

export function recordSplit(nodes: Nodes, { node, split, left, right, bins }: Recorded): void {
  const edges = bins.edges[split.column]!
  nodes.feature[node] = split.column
  nodes.thresholdBin[node] = split.bin
  nodes.threshold[node] = split.bin < edges.length ? edges[split.bin]! : FLOAT32_MAX
  nodes.missingGoesLeft[node] = split.missingGoesLeft ? 1 : 0
  nodes.left[node] = left
  nodes.right[node] = right
}

export const trimmed = (nodes: Nodes, count: number): Tree => ({
  feature: nodes.feature.slice(0, count),
  threshold: nodes.threshold.slice(0, count),
  thresholdBin: nodes.thresholdBin.slice(0, count),
  missingGoesLeft: nodes.missingGoesLeft.slice(0, count),
  left: nodes.left.slice(0, count),
  right: nodes.right.slice(0, count),
  value: nodes.value.slice(0, count),
})
