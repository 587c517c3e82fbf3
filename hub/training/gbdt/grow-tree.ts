/** Grows one tree leaf by leaf, the most gainful first; the larger child's histogram is the parent's less the smaller's. */
import { BINS_PER_COLUMN, MISSING_BIN, type Bins } from './bins.ts'
import { findSplit, type Split } from './find-split.ts'
import { buildHistogram, subtractHistogram, type Packing, type Scratch } from './histogram.ts'
import type { Tree } from './tree.ts'

export type GrowInput = {
  readonly codes: Uint8Array
  readonly bins: Bins
  /** Rows of the whole matrix; cell value of each. */
  readonly stride: number
  readonly packed: Float64Array
  readonly packing: Packing
  /** Rows this tree sees; reordered so that every leaf's rows lie together. */
  readonly rows: Int32Array
  readonly columns: Int32Array
  readonly leavesMax: number
  readonly rowsInLeafMin: number
  readonly penalty: number
  /** Histograms of all open leaves: (leavesMax + 1) * columns of the matrix * 256. */
  readonly pool: Float64Array
  readonly scratch: Scratch
  readonly leafValue: (rows: Int32Array) => number
  /** Told the gain of every cut, by column. */
  readonly onSplit: (column: number, gain: number) => void
}

type Leaf = {
  readonly node: number
  readonly begin: number
  readonly end: number
  readonly cell: number
  readonly slot: number
  readonly split: Split | null
}

export function growTree(input: GrowInput): Tree {
  const { rows, packed, leavesMax } = input
  const nodes = emptyNodes(2 * leavesMax - 1)
  const root = {
    node: 0,
    begin: 0,
    end: rows.length,
    cell: rows.reduce((sum, row) => sum + packed[row]!, 0),
    slot: 0,
  }
  histogramOf(input, root)
  const leaves: Leaf[] = [{ ...root, split: splitOf(input, root) }]
  let [nodeCount, slotCount] = [1, 1]
  while (leaves.length < leavesMax) {
    const at = mostGainful(leaves)
    if (at === null) break
    const leaf = leaves[at]!
    const split = leaf.split!
    const [left, right] = cut(input, leaf, split, nodeCount)
    recordSplit(nodes, { leaf, split, left: nodeCount, right: nodeCount + 1, bins: input.bins })
    input.onSplit(split.column, split.gain)
    nodeCount += 2
    const [first, second] = openChildren(input, { left, right, parentSlot: leaf.slot, freeSlot: slotCount++ })
    leaves[at] = first
    leaves.push(second)
  }
  for (const leaf of leaves) nodes.value[leaf.node] = input.leafValue(rows.subarray(leaf.begin, leaf.end))
  return trimmed(nodes, nodeCount)
}

type Open = Omit<Leaf, 'split'>

const offsetOf = ({ bins }: GrowInput, slot: number): number => slot * bins.edges.length * BINS_PER_COLUMN

function histogramOf(input: GrowInput, leaf: Open): void {
  const rows = input.rows.subarray(leaf.begin, leaf.end)
  const cells = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) cells[i] = input.packed[rows[i]!]!
  buildHistogram({ ...input, rows, cells }, input.pool, offsetOf(input, leaf.slot))
}

function splitOf(input: GrowInput, leaf: Open): Split | null {
  const count = leaf.end - leaf.begin
  if (count < 2 * input.rowsInLeafMin) return null
  return findSplit({ ...input, offset: offsetOf(input, leaf.slot), cell: leaf.cell, count })
}

function mostGainful(leaves: readonly Leaf[]): number | null {
  let best: number | null = null
  leaves.forEach(({ split }, i) => {
    if (split !== null && (best === null || split.gain > leaves[best]!.split!.gain)) best = i
  })
  return best
}

/** Moves the leaf's rows so that those that go left come first; slots are given later. */
function cut({ rows, codes, stride }: GrowInput, leaf: Leaf, split: Split, firstNode: number): [Open, Open] {
  const column = split.column * stride
  const goesRight: number[] = []
  let middle = leaf.begin
  for (let i = leaf.begin; i < leaf.end; i++) {
    const row = rows[i]!
    const code = codes[column + row]!
    if (code === MISSING_BIN ? split.missingGoesLeft : code <= split.bin) rows[middle++] = row
    else goesRight.push(row)
  }
  rows.set(goesRight, middle)
  return [
    { node: firstNode, begin: leaf.begin, end: middle, cell: split.leftCell, slot: -1 },
    { node: firstNode + 1, begin: middle, end: leaf.end, cell: leaf.cell - split.leftCell, slot: -1 },
  ]
}

type Children = {
  readonly left: Open
  readonly right: Open
  readonly parentSlot: number
  readonly freeSlot: number
}

/** Only the smaller child is counted; the larger one keeps the parent's slot and has the smaller subtracted. */
function openChildren(input: GrowInput, { left, right, parentSlot, freeSlot }: Children): [Leaf, Leaf] {
  const isLeftSmall = left.end - left.begin <= right.end - right.begin
  const small = { ...(isLeftSmall ? left : right), slot: freeSlot }
  const large = { ...(isLeftSmall ? right : left), slot: parentSlot }
  if (large.end - large.begin >= 2 * input.rowsInLeafMin) {
    histogramOf(input, small)
    subtractHistogram(input.pool, {
      from: offsetOf(input, large.slot),
      subtract: offsetOf(input, small.slot),
      columns: input.columns,
    })
  }
  return [
    { ...small, split: splitOf(input, small) },
    { ...large, split: splitOf(input, large) },
  ]
}

type Nodes = { -readonly [K in keyof Tree]: Tree[K] }

function emptyNodes(capacity: number): Nodes {
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
  readonly leaf: Leaf
  readonly split: Split
  readonly left: number
  readonly right: number
  readonly bins: Bins
}

const FLOAT32_MAX = 3.4028234663852886e38

function recordSplit(nodes: Nodes, { leaf, split, left, right, bins }: Recorded): void {
  const edges = bins.edges[split.column]!
  nodes.feature[leaf.node] = split.column
  nodes.thresholdBin[leaf.node] = split.bin
  nodes.threshold[leaf.node] = split.bin < edges.length ? edges[split.bin]! : FLOAT32_MAX
  nodes.missingGoesLeft[leaf.node] = split.missingGoesLeft ? 1 : 0
  nodes.left[leaf.node] = left
  nodes.right[leaf.node] = right
}

const trimmed = (nodes: Nodes, count: number): Tree => ({
  feature: nodes.feature.slice(0, count),
  threshold: nodes.threshold.slice(0, count),
  thresholdBin: nodes.thresholdBin.slice(0, count),
  missingGoesLeft: nodes.missingGoesLeft.slice(0, count),
  left: nodes.left.slice(0, count),
  right: nodes.right.slice(0, count),
  value: nodes.value.slice(0, count),
})
