/** Model -> ModelProto bytes. The same model gives the same bytes: no time stamps, fields and metadata in fixed order. */
import { assert } from '@fleetcast/shared/assert.ts'
import { ELEMENT, type Attribute, type Model, type Node, type Tensor, type ValueInfo } from './model.ts'
import { MessageWriter } from './wire.ts'

const IR_VERSION = 8
const ELEMENT_BYTES = { float: 4, uint8: 1, int8: 1, int32: 4, int64: 8, bool: 1, float16: 2 } as const

export function encodeModel({ opsets, metadata, graph }: Model): Uint8Array {
  const model = new MessageWriter().integer(1, IR_VERSION).text(2, 'fleetcast').message(7, encodeGraph(graph))
  for (const [domain, version] of Object.entries(opsets)) {
    const opset = new MessageWriter()
    if (domain !== '') opset.text(1, domain)
    model.message(8, opset.integer(2, version))
  }
  for (const key of Object.keys(metadata).sort())
    model.message(14, new MessageWriter().text(1, key).text(2, metadata[key]!))
  return model.bytes()
}

function encodeGraph(graph: Model['graph']): MessageWriter {
  const out = new MessageWriter()
  for (const node of graph.nodes) out.message(1, encodeNode(node))
  out.text(2, graph.name)
  for (const tensor of graph.initializers) out.message(5, encodeTensor(tensor))
  for (const value of graph.inputs) out.message(11, encodeValue(value))
  for (const value of graph.outputs) out.message(12, encodeValue(value))
  return out
}

function encodeNode(node: Node): MessageWriter {
  const out = new MessageWriter()
  for (const input of node.inputs) out.text(1, input)
  for (const output of node.outputs) out.text(2, output)
  out.text(4, node.operator)
  for (const [name, attribute] of Object.entries(node.attributes))
    out.message(5, encodeAttribute(name, attribute))
  return node.domain === '' ? out : out.text(7, node.domain)
}

/** Field 20 names the kind of value that follows. */
function encodeAttribute(name: string, attribute: Attribute): MessageWriter {
  const out = new MessageWriter().text(1, name)
  if ('float' in attribute) return out.float(2, attribute.float).integer(20, 1)
  if ('integer' in attribute) return out.integer(3, attribute.integer).integer(20, 2)
  if ('text' in attribute) return out.text(4, attribute.text).integer(20, 3)
  if ('tensor' in attribute) return out.message(5, encodeTensor(attribute.tensor)).integer(20, 4)
  if ('texts' in attribute) {
    for (const text of attribute.texts) out.text(9, text)
    return out.integer(20, 8)
  }
  return out.packedIntegers(8, attribute.integers).integer(20, 7)
}

function encodeTensor({ name, type, dims, bytes }: Tensor): MessageWriter {
  const elements = dims.reduce((product, dim) => product * dim, 1)
  assert(
    bytes.length === elements * ELEMENT_BYTES[type],
    `tensor ${name} has ${bytes.length} bytes for [${dims.join()}]`,
  )
  const out = new MessageWriter()
  if (dims.length > 0) out.packedIntegers(1, dims)
  return out.integer(2, ELEMENT[type]).text(8, name).delimited(9, bytes)
}

function encodeValue({ name, type, shape }: ValueInfo): MessageWriter {
  const dims = new MessageWriter()
  for (const dim of shape)
    dims.message(
      1,
      typeof dim === 'number' ? new MessageWriter().integer(1, dim) : new MessageWriter().text(2, dim),
    )
  const tensorType = new MessageWriter().integer(1, ELEMENT[type]).message(2, dims)
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensorType))
}
