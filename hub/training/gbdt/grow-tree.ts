/** Grows one tree leaf by leaf, the most gainful first; the larger child's histogram is the parent's less the smaller's. */
import { BINS_PER_COLUMN, MISSING_BIN, type Bins } from './bins.ts'
import { findSplit, type Split, type Sums } from './find-split.ts'
import { buildHistogram, createScratch, subtractHistogram, type Packing } from './histogram.ts'
import { paddedColumns } from './packed-codes.ts'
import { emptyNodes, recordSplit, trimmed } from './tree-nodes.ts'
import type { Tree } from './tree.ts'

export type GrowInput = {
  readonly codes: Uint8Array
  /** The same bins of `columns` alone, packed. */
  readonly words: Uint32Array
  readonly bins: Bins
  /** Rows of the whole matrix; cell value of each. */
  readonly stride: number
  readonly packed: Float64Array
  readonly packing: Packing
  /** Second derivatives or sample weights in levels of `scale`; null where every row counts 1. */
  readonly curvatures: Curvatures | null
  /** Rows this tree sees; reordered so that every leaf's rows lie together. */
  readonly rows: Int32Array
  readonly columns: Int32Array
  readonly leavesMax: number
  readonly rowsInLeafMin: number
  readonly penalty: number
  readonly memory: TreeMemory
  readonly leafValue: (rows: Int32Array) => number
  /** Told the rows of every leaf and its value as the tree keeps it. */
  readonly onLeaf: (rows: Int32Array, value: number) => void
  /** Told the gain of every cut, by column. */
  readonly onSplit: (column: number, gain: number) => void
}

export type Curvatures = { readonly packed: Float64Array; readonly scale: number }

/** What every tree of a fit uses again. */
export type TreeMemory = {
  /** Histograms of all open leaves, of gradients and then of curvatures. */
  readonly pool: Float64Array
  readonly curvaturesAt: number
  /** Cells of one pass; cells of a node's rows; rows that move. */
  readonly scratch: Float64Array
  readonly cells: Float64Array
  readonly moved: Int32Array
  /** By bin, whether it goes left in the cut being made. */
  readonly goesLeft: Uint8Array
}

export function createTreeMemory(size: {
  readonly rows: number
  readonly columns: number
  readonly leavesMax: number
  readonly hasCurvatures: boolean
}): TreeMemory {
  const plane = (size.leavesMax + 1) * paddedColumns(size.columns) * BINS_PER_COLUMN
  return {
    pool: new Float64Array(size.hasCurvatures ? 2 * plane : plane),
    curvaturesAt: plane,
    scratch: createScratch(),
    cells: new Float64Array(size.rows),
    moved: new Int32Array(size.rows),
    goesLeft: new Uint8Array(BINS_PER_COLUMN),
  }
}

type Leaf = {
  readonly node: number
  readonly begin: number
  readonly end: number
  readonly sums: Sums
  readonly slot: number
  readonly split: Split | null
}

export function growTree(input: GrowInput): Tree {
  const { rows, leavesMax } = input
  const nodes = emptyNodes(2 * leavesMax - 1)
  const all = { node: 0, begin: 0, end: rows.length, slot: 0 }
  histogramOf(input, all)
  const root = { ...all, sums: sumsOfAll(input) }
  const leaves: Leaf[] = [{ ...root, split: splitOf(input, root) }]
  let [nodeCount, slotCount] = [1, 1]
  while (leaves.length < leavesMax) {
    const at = mostGainful(leaves)
    if (at === null) break
    const leaf = leaves[at]!
    const split = leaf.split!
    const [left, right] = cut(input, leaf, split, nodeCount)
    recordSplit(nodes, { node: leaf.node, split, left: nodeCount, right: nodeCount + 1, bins: input.bins })
    input.onSplit(split.column, split.gain)
    nodeCount += 2
    const isLast = leaves.length + 1 === leavesMax
    const children = { left, right, parentSlot: leaf.slot, freeSlot: slotCount++ }
    const [first, second] = isLast ? closed(children) : openChildren(input, children)
    leaves[at] = first
    leaves.push(second)
  }
  for (const { node, begin, end } of leaves) {
    const ofLeaf = rows.subarray(begin, end)
    nodes.value[node] = input.leafValue(ofLeaf)
    input.onLeaf(ofLeaf, nodes.value[node]!)
  }
  return trimmed(nodes, nodeCount)
}

type Open = Omit<Leaf, 'split'>

/** Every column counts every row: the cells of the root's first column hold them all. */
function sumsOfAll({ memory: { pool, curvaturesAt }, curvatures }: GrowInput): Sums {
  let [cell, curvature] = [0, 0]
  for (let bin = 0; bin < BINS_PER_COLUMN; bin++) {
    cell += pool[bin]!
    if (curvatures !== null) curvature += pool[curvaturesAt + bin]!
  }
  return { cell, curvature }
}

const slotLength = ({ columns }: GrowInput): number => paddedColumns(columns.length) * BINS_PER_COLUMN

function histogramOf(input: GrowInput, leaf: Pick<Leaf, 'begin' | 'end' | 'slot'>): void {
  const { memory, packed, curvatures } = input
  const offset = leaf.slot * slotLength(input)
  const rows = input.rows.subarray(leaf.begin, leaf.end)
  const cells = memory.cells.subarray(0, rows.length)
  const count = (from: Float64Array, at: number): void => {
    for (let i = 0; i < rows.length; i++) cells[i] = from[rows[i]!]!
    buildHistogram({ ...input, rows, cells, scratch: memory.scratch }, memory.pool, at)
  }
  count(packed, offset)
  if (curvatures !== null) count(curvatures.packed, memory.curvaturesAt + offset)
}

function splitOf(input: GrowInput, leaf: Open): Split | null {
  const count = leaf.end - leaf.begin
  if (count < 2 * input.rowsInLeafMin) return null
  const offset = leaf.slot * slotLength(input)
  const { memory, curvatures } = input
  return findSplit({
    ...input,
    pool: memory.pool,
    offset,
    curvatureOffset: curvatures === null ? null : memory.curvaturesAt + offset,
    curvatureScale: curvatures?.scale ?? 0,
    sums: leaf.sums,
    count,
  })
}

function mostGainful(leaves: readonly Leaf[]): number | null {
  let best: number | null = null
  leaves.forEach(({ split }, i) => {
    if (split !== null && (best === null || split.gain > leaves[best]!.split!.gain)) best = i
  })
  return best
}

/** Moves the leaf's rows so that those that go left come first; slots are given later. */
function cut(input: GrowInput, leaf: Leaf, split: Split, firstNode: number): [Open, Open] {
  const { rows, codes, stride, memory } = input
  const column = split.column * stride
  const { bin, missingGoesLeft } = split
  const { moved, goesLeft } = memory
  goesLeft.fill(1, 0, bin + 1).fill(0, bin + 1)
  goesLeft[MISSING_BIN] = missingGoesLeft ? 1 : 0
  let [middle, right] = [leaf.begin, 0]
  // Written to both sides and counted on one: half of the branches would be guessed wrong.
  for (let i = leaf.begin; i < leaf.end; i++) {
    const row = rows[i]!
    const isLeft = goesLeft[codes[column + row]!]!
    rows[middle] = row
    moved[right] = row
    middle += isLeft
    right += 1 - isLeft
  }
  rows.set(moved.subarray(0, right), middle)
  const rest = {
    cell: leaf.sums.cell - split.left.cell,
    curvature: leaf.sums.curvature - split.left.curvature,
  }
  return [
    { node: firstNode, begin: leaf.begin, end: middle, sums: split.left, slot: -1 },
    { node: firstNode + 1, begin: middle, end: leaf.end, sums: rest, slot: -1 },
  ]
}

type Children = {
  readonly left: Open
  readonly right: Open
  readonly parentSlot: number
  readonly freeSlot: number
}

/** No further cut is allowed: nothing has to be counted. */
const closed = ({ left, right }: Children): [Leaf, Leaf] => [
  { ...left, split: null },
  { ...right, split: null },
]

/** Only the smaller child is counted; the larger one keeps the parent's slot and has the smaller subtracted. */
function openChildren(input: GrowInput, { left, right, parentSlot, freeSlot }: Children): [Leaf, Leaf] {
  const isLeftSmall = left.end - left.begin <= right.end - right.begin
  const small = { ...(isLeftSmall ? left : right), slot: freeSlot }
  const large = { ...(isLeftSmall ? right : left), slot: parentSlot }
  if (large.end - large.begin >= 2 * input.rowsInLeafMin) {
    histogramOf(input, small)
    const length = slotLength(input)
    const { pool, curvaturesAt } = input.memory
    for (const plane of input.curvatures === null ? [0] : [0, curvaturesAt])
      subtractHistogram(pool, {
        from: plane + large.slot * length,
        subtract: plane + small.slot * length,
        length,
      })
  }
  return [
    { ...small, split: splitOf(input, small) },
    { ...large, split: splitOf(input, large) },
  ]
}
