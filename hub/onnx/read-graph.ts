/** The graph of a model: nodes and constants as views into the file, with the few things that have to be known of them. */
import { ATTRIBUTE, GRAPH, MESSAGES, NODE } from './fields.ts'
import { readTensor, type ReadTensor } from './read-tensor.ts'
import { readValue, type ReadValue } from './read-value.ts'
import type { MessageReader } from './read-wire.ts'

export type ReadNode = {
  readonly name: string
  /** '' is ai.onnx. */
  readonly domain: string
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Graphs around it: 0 for the model's own, more inside of If, Loop and Scan. */
  readonly depth: number
  /** The message itself, a view into the file. */
  readonly bytes: Uint8Array
}

export type ReadGraph = {
  /** Inputs that must be given: those of the graph less its constants, which old files list too. */
  readonly inputs: readonly ReadValue[]
  readonly outputs: readonly ReadValue[]
  readonly initializers: readonly ReadTensor[]
  /** In the file's order, those of inner graphs behind the node that holds them. */
  readonly nodes: readonly ReadNode[]
  /** Names of constants, inner ones included, whose data lie in another file. */
  readonly external: readonly string[]
  readonly sparseInitializers: number
}

/** Counts of what a file may hold, far above a model that a device runs in time. */
export const NODES_MAX = 20_000
export const INITIALIZERS_MAX = 20_000
const VALUES_MAX = 1_000
const PORTS_MAX = 2_000
const ATTRIBUTES_MAX = 200
const NAME_BYTES_MAX = 1_000
const DEPTH_MAX = 4

type Found = {
  readonly inputs: ReadValue[]
  readonly outputs: ReadValue[]
  readonly initializers: ReadTensor[]
  readonly nodes: ReadNode[]
  readonly external: string[]
  sparseInitializers: number
}

/** `reader` stands on the field that holds the graph. */
export function readGraph(reader: MessageReader): ReadGraph {
  const found: Found = {
    ...{ inputs: [], outputs: [], initializers: [], nodes: [], external: [] },
    sparseInitializers: 0,
  }
  walkGraph(reader, found, 0)
  const constants = new Set(found.initializers.map(({ name }) => name))
  return { ...found, inputs: found.inputs.filter(({ name }) => !constants.has(name)) }
}

/** Inner graphs add their nodes and external constants; their inputs, outputs and constants are their own. */
function walkGraph(reader: MessageReader, found: Found, depth: number): void {
  if (depth > DEPTH_MAX) {
    reader.fault('onnx/tooDeep', `graphs lie more than ${DEPTH_MAX} deep in each other`)
    return
  }
  const graph = reader.inside(MESSAGES.graph)
  const isOuter = depth === 0
  for (let field = graph.next(); field !== null; field = graph.next()) {
    if (field === GRAPH.node) walkNode(graph, found, depth)
    else if (field === GRAPH.initializer) {
      const tensor = readTensor(graph)
      if (tensor.isExternal) keep(graph, found.external, tensor.name, INITIALIZERS_MAX)
      if (isOuter) keep(graph, found.initializers, tensor, INITIALIZERS_MAX)
    } else if (field === GRAPH.input && isOuter) keep(graph, found.inputs, readValue(graph), VALUES_MAX)
    else if (field === GRAPH.output && isOuter) keep(graph, found.outputs, readValue(graph), VALUES_MAX)
    else if (field === GRAPH.sparse) found.sparseInitializers += 1
  }
}

function keep<T>(reader: MessageReader, list: T[], one: T, max: number): void {
  list.push(one)
  if (list.length > max) reader.fault('onnx/tooMany', `a graph has more than ${max} of these`)
}

function walkNode(reader: MessageReader, found: Found, depth: number): void {
  const node = reader.inside(MESSAGES.node)
  const [inputs, outputs]: [string[], string[]] = [[], []]
  let [name, domain, operator, attributes] = ['', '', '', 0]
  const at = found.nodes.length
  found.nodes.push({ name, domain, operator, inputs, outputs, depth, bytes: reader.bytes })
  for (let field = node.next(); field !== null; field = node.next()) {
    if (field === NODE.input) keep(node, inputs, shortText(node), PORTS_MAX)
    else if (field === NODE.output) keep(node, outputs, shortText(node), PORTS_MAX)
    else if (field === NODE.name) name = shortText(node)
    else if (field === NODE.operator) operator = shortText(node)
    else if (field === NODE.domain) domain = shortText(node)
    else if (field === NODE.attribute) {
      attributes += 1
      walkAttribute(node, found, depth)
    }
    if (attributes > ATTRIBUTES_MAX)
      node.fault('onnx/tooMany', `a node has more than ${ATTRIBUTES_MAX} attributes`)
  }
  found.nodes[at] = { ...found.nodes[at]!, name, operator, domain: domain === 'ai.onnx' ? '' : domain }
  if (found.nodes.length > NODES_MAX) reader.fault('onnx/tooMany', `a model has more than ${NODES_MAX} nodes`)
}

/** Only graphs and tensors can hold something that has to be known. */
function walkAttribute(reader: MessageReader, found: Found, depth: number): void {
  const attribute = reader.inside(MESSAGES.attribute)
  for (let field = attribute.next(); field !== null; field = attribute.next()) {
    if (field === ATTRIBUTE.graph || field === ATTRIBUTE.graphs) walkGraph(attribute, found, depth + 1)
    else if (field === ATTRIBUTE.tensor || field === ATTRIBUTE.tensors) {
      const tensor = readTensor(attribute)
      if (tensor.isExternal) keep(attribute, found.external, tensor.name, INITIALIZERS_MAX)
    } else if (field === ATTRIBUTE.sparse || field === ATTRIBUTE.sparses) found.sparseInitializers += 1
  }
}

function shortText(reader: MessageReader): string {
  if (reader.bytes.length <= NAME_BYTES_MAX) return reader.text
  reader.fault('onnx/tooMany', `a name has more than ${NAME_BYTES_MAX} bytes`)
  return ''
}
