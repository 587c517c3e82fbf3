/** Model -> ModelProto bytes. The same model gives the same bytes: no time stamps, fields and metadata in fixed order. */
import { assert } from '@fleetcast/shared/assert.ts'
import {
  ATTRIBUTE,
  DIM,
  ENTRY,
  GRAPH,
  MODEL,
  NODE,
  OPSET,
  SHAPE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from './fields.ts'
import { ELEMENT, type Attribute, type Model, type Node, type Tensor, type ValueInfo } from './model.ts'
import { MessageWriter } from './wire.ts'

const ELEMENT_BYTES = {
  float: 4,
  uint8: 1,
  int8: 1,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  double: 8,
} as const

/** The oldest version of the format that knows the operator set: what old runtimes read as well. */
const irVersionOf = (opset: number): number => (opset <= 18 ? 8 : opset <= 20 ? 9 : 10)

export function encodeModel({ opsets, metadata, graph }: Model): Uint8Array {
  const model = new MessageWriter()
    .integer(MODEL.irVersion.number, irVersionOf(opsets[''] ?? 0))
    .text(MODEL.producer.number, 'fleetcast')
    .message(MODEL.graph.number, encodeGraph(graph))
  for (const [domain, version] of Object.entries(opsets)) {
    const opset = new MessageWriter()
    if (domain !== '') opset.text(OPSET.domain.number, domain)
    model.message(MODEL.opset.number, opset.integer(OPSET.version.number, version))
  }
  for (const key of Object.keys(metadata).sort()) {
    const entry = new MessageWriter().text(ENTRY.key.number, key).text(ENTRY.value.number, metadata[key]!)
    model.message(MODEL.metadata.number, entry)
  }
  return model.bytes()
}

function encodeGraph(graph: Model['graph']): MessageWriter {
  const out = new MessageWriter()
  for (const node of graph.nodes)
    out.delimited(GRAPH.node.number, 'encoded' in node ? node.encoded : encodeNode(node).bytes())
  out.text(GRAPH.name.number, graph.name)
  for (const tensor of graph.initializers)
    out.delimited(
      GRAPH.initializer.number,
      'encoded' in tensor ? tensor.encoded : encodeTensor(tensor).bytes(),
    )
  for (const value of graph.inputs) out.message(GRAPH.input.number, encodeValue(value))
  for (const value of graph.outputs) out.message(GRAPH.output.number, encodeValue(value))
  return out
}

function encodeNode(node: Node): MessageWriter {
  const out = new MessageWriter()
  for (const input of node.inputs) out.text(NODE.input.number, input)
  for (const output of node.outputs) out.text(NODE.output.number, output)
  out.text(NODE.operator.number, node.operator)
  for (const [name, attribute] of Object.entries(node.attributes))
    out.message(NODE.attribute.number, encodeAttribute(name, attribute))
  return node.domain === '' ? out : out.text(NODE.domain.number, node.domain)
}

/** The attribute's kind names the field that holds the value. */
function encodeAttribute(name: string, attribute: Attribute): MessageWriter {
  const out = new MessageWriter().text(ATTRIBUTE.name.number, name)
  if ('float' in attribute) out.float(ATTRIBUTE.float.number, attribute.float)
  else if ('integer' in attribute) out.integer(ATTRIBUTE.integer.number, attribute.integer)
  else if ('text' in attribute) out.text(ATTRIBUTE.text.number, attribute.text)
  else if ('tensor' in attribute) out.message(ATTRIBUTE.tensor.number, encodeTensor(attribute.tensor))
  else if ('floats' in attribute) out.packedFloats(ATTRIBUTE.floats.number, attribute.floats)
  else if ('texts' in attribute) for (const text of attribute.texts) out.text(ATTRIBUTE.texts.number, text)
  else out.packedIntegers(ATTRIBUTE.integers.number, attribute.integers)
  return out.integer(ATTRIBUTE.kind.number, kindOf(attribute))
}

/** AttributeProto.AttributeType. */
function kindOf(attribute: Attribute): number {
  if ('float' in attribute) return 1
  if ('integer' in attribute) return 2
  if ('text' in attribute) return 3
  if ('tensor' in attribute) return 4
  if ('floats' in attribute) return 6
  return 'texts' in attribute ? 8 : 7
}

function encodeTensor({ name, type, dims, bytes }: Tensor): MessageWriter {
  const elements = dims.reduce((product, dim) => product * dim, 1)
  assert(
    bytes.length === elements * ELEMENT_BYTES[type],
    `tensor ${name} has ${bytes.length} bytes for [${dims.join()}]`,
  )
  const out = new MessageWriter()
  if (dims.length > 0) out.packedIntegers(TENSOR.dims.number, dims)
  return out
    .integer(TENSOR.type.number, ELEMENT[type])
    .text(TENSOR.name.number, name)
    .delimited(TENSOR.raw.number, bytes)
}

function encodeValue({ name, type, shape }: ValueInfo): MessageWriter {
  const dims = new MessageWriter()
  for (const dim of shape) {
    const one = new MessageWriter()
    dims.message(
      SHAPE.dim.number,
      typeof dim === 'number' ? one.integer(DIM.value.number, dim) : one.text(DIM.parameter.number, dim),
    )
  }
  const tensor = new MessageWriter()
    .integer(TENSOR_TYPE.element.number, ELEMENT[type])
    .message(TENSOR_TYPE.shape.number, dims)
  return new MessageWriter()
    .text(VALUE.name.number, name)
    .message(VALUE.type.number, new MessageWriter().message(TYPE.tensor.number, tensor))
}
