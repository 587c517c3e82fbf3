/**
 * Trees must be trees. ONNX Runtime 1.30 follows the children of a node wherever they lead: in a circle without end, or one call
 * deeper for each. Feature numbers beyond the row it refuses itself.
 */
import { ATTRIBUTE, MESSAGES, NODE } from './fields.ts'
import type { ReadNode } from './read-graph.ts'
import { Faults, MessageReader } from './read-wire.ts'

/** Deeper than any learner grows; a degenerate tree of every row of a large table would be. */
const DEPTH_MAX = 1_000
const LEAF = 'LEAF'

/** What is wrong with the trees of a TreeEnsemble node of either kind; null when they are trees. */
export function treeProblem(node: Pick<ReadNode, 'operator' | 'bytes'>): string | null {
  const attributes = readLists(node.bytes)
  if (attributes === null) return 'an attribute stands twice'
  const children = node.operator === 'TreeEnsemble' ? childrenByIndex(attributes) : childrenById(attributes)
  if (typeof children === 'string') return children
  const depth = depthOf(children)
  if (depth === null) return 'its trees lead in a circle'
  return depth > DEPTH_MAX ? `a tree is ${depth} nodes deep, more than ${DEPTH_MAX}` : null
}

/** Inner nodes below each node, by their place in the lists. */
type Children = readonly (readonly number[])[]

type Lists = {
  readonly integers: ReadonlyMap<string, readonly number[]>
  readonly texts: ReadonlyMap<string, readonly string[]>
}

/** ai.onnx.ml 5: a child is a place in the list of nodes, or one in the list of leaves. */
function childrenByIndex({ integers }: Lists): Children | string {
  const [yes = [], no = []] = [integers.get('nodes_truenodeids'), integers.get('nodes_falsenodeids')]
  const [isYesLeaf = [], isNoLeaf = []] = [integers.get('nodes_trueleafs'), integers.get('nodes_falseleafs')]
  if ([no, isYesLeaf, isNoLeaf].some(({ length }) => length !== yes.length))
    return 'the lists of its nodes differ in length'
  const isNode = (at: number): boolean => Number.isInteger(at) && at >= 0 && at < yes.length
  const children = yes.map((at, i) => [
    ...(isYesLeaf[i] === 0 ? [at] : []),
    ...(isNoLeaf[i] === 0 ? [no[i]!] : []),
  ])
  return children.every((some) => some.every(isNode)) ? children : 'a node leads to one that is not there'
}

/** Before: a child has the number of a node of the same tree, and leaves are nodes too. */
function childrenById({ integers, texts }: Lists): Children | string {
  const [trees = [], ids = []] = [integers.get('nodes_treeids'), integers.get('nodes_nodeids')]
  const [yes = [], no = []] = [integers.get('nodes_truenodeids'), integers.get('nodes_falsenodeids')]
  const modes = texts.get('nodes_modes') ?? []
  if ([ids, yes, no, modes].some(({ length }) => length !== trees.length))
    return 'the lists of its nodes differ in length'
  if (!ids.every(Number.isSafeInteger) || !trees.every(Number.isSafeInteger)) return 'a number is too large'
  const placeById = new Map(trees.map((tree, i) => [`${tree}:${ids[i]}`, i]))
  if (placeById.size !== trees.length) return 'two nodes of a tree have the same number'
  const children: number[][] = []
  for (const [i, tree] of trees.entries()) {
    const wanted = modes[i] === LEAF ? [] : [yes[i]!, no[i]!]
    const found = wanted.map((id) => placeById.get(`${tree}:${id}`))
    if (found.includes(undefined)) return 'a node leads to one that is not there'
    children.push(found.filter((place) => place !== undefined))
  }
  return children
}

/** Nodes from a root down, where each is counted after all above it (Kahn 1962); null when a circle is left. */
function depthOf(children: Children): number | null {
  const above = new Int32Array(children.length)
  for (const some of children) for (const child of some) above[child]! += 1
  const depths = new Int32Array(children.length).fill(1)
  const open = Array.from(children.keys()).filter((node) => above[node] === 0)
  let [counted, deepest] = [0, 0]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    counted += 1
    deepest = Math.max(deepest, depths[node]!)
    for (const child of children[node]!) {
      depths[child] = Math.max(depths[child]!, depths[node]! + 1)
      above[child]! -= 1
      if (above[child] === 0) open.push(child)
    }
  }
  return counted === children.length ? deepest : null
}

/** Null when a name stands twice: readers differ in which one they take. */
function readLists(bytes: Uint8Array): Lists | null {
  const integers = new Map<string, readonly number[]>()
  const texts = new Map<string, readonly string[]>()
  const node = new MessageReader(bytes, new Faults(), { message: MESSAGES.node })
  for (let field = node.next(); field !== null; field = node.next()) {
    if (field !== NODE.attribute) continue
    const attribute = node.inside(MESSAGES.attribute)
    const [numbers, words]: [number[], string[]] = [[], []]
    let name = ''
    for (let one = attribute.next(); one !== null; one = attribute.next()) {
      if (one === ATTRIBUTE.name) name = attribute.text
      else if (one === ATTRIBUTE.integers) for (const n of attribute.integers(bytes.length)) numbers.push(n)
      else if (one === ATTRIBUTE.texts) words.push(attribute.text)
    }
    if (integers.has(name)) return null
    integers.set(name, numbers)
    texts.set(name, words)
  }
  return { integers, texts }
}
