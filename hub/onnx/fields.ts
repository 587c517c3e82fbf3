/** The messages of onnx.proto with their field numbers, shared by writer and reader. Names follow our own `model.ts`. */

/** How a field lies on the wire. Repeated numbers come packed or one by one: protobuf lets a writer choose. */
export type FieldKind = 'integer' | 'float' | 'bytes' | 'integers' | 'floats' | 'doubles'
export type Field = { readonly number: number; readonly kind: FieldKind }

/** One kind of message; `name` is what refusals call it. */
export type Message = {
  readonly name: string
  readonly byNumber: ReadonlyMap<number, Field>
}

const field =
  (kind: FieldKind) =>
  (number: number): Field => ({ number, kind })
const [integer, float, bytes] = [field('integer'), field('float'), field('bytes')]
const [integers, floats, doubles] = [field('integers'), field('floats'), field('doubles')]

export const MODEL = {
  irVersion: integer(1),
  producer: bytes(2),
  producerVersion: bytes(3),
  domain: bytes(4),
  modelVersion: integer(5),
  docs: bytes(6),
  graph: bytes(7),
  opset: bytes(8),
  metadata: bytes(14),
  training: bytes(20),
  functions: bytes(25),
} as const

export const OPSET = { domain: bytes(1), version: integer(2) } as const
export const ENTRY = { key: bytes(1), value: bytes(2) } as const

export const GRAPH = {
  node: bytes(1),
  name: bytes(2),
  initializer: bytes(5),
  docs: bytes(10),
  input: bytes(11),
  output: bytes(12),
  value: bytes(13),
  quantisation: bytes(14),
  sparse: bytes(15),
  metadata: bytes(16),
} as const

export const NODE = {
  input: bytes(1),
  output: bytes(2),
  name: bytes(3),
  operator: bytes(4),
  attribute: bytes(5),
  docs: bytes(6),
  domain: bytes(7),
  overload: bytes(8),
  metadata: bytes(9),
} as const

export const ATTRIBUTE = {
  name: bytes(1),
  float: float(2),
  integer: integer(3),
  text: bytes(4),
  tensor: bytes(5),
  graph: bytes(6),
  floats: floats(7),
  integers: integers(8),
  texts: bytes(9),
  tensors: bytes(10),
  graphs: bytes(11),
  docs: bytes(13),
  type: bytes(14),
  types: bytes(15),
  kind: integer(20),
  reference: bytes(21),
  sparse: bytes(22),
  sparses: bytes(23),
} as const

export const TENSOR = {
  dims: integers(1),
  type: integer(2),
  segment: bytes(3),
  floats: floats(4),
  int32s: integers(5),
  texts: bytes(6),
  int64s: integers(7),
  name: bytes(8),
  raw: bytes(9),
  doubles: doubles(10),
  uint64s: integers(11),
  docs: bytes(12),
  external: bytes(13),
  location: integer(14),
  metadata: bytes(16),
} as const

export const VALUE = { name: bytes(1), type: bytes(2), docs: bytes(3), metadata: bytes(4) } as const

/** A value is one of the first six kinds; only tensors are looked into. */
export const TYPE = {
  tensor: bytes(1),
  sequence: bytes(4),
  map: bytes(5),
  opaque: bytes(7),
  sparse: bytes(8),
  optional: bytes(9),
  denotation: bytes(6),
} as const

export const TENSOR_TYPE = { element: integer(1), shape: bytes(2) } as const
export const SHAPE = { dim: bytes(1) } as const
export const DIM = { value: integer(1), parameter: bytes(2), denotation: bytes(3) } as const

const message = (name: string, fields: Readonly<Record<string, Field>>): Message => ({
  name,
  byNumber: new Map(Object.values(fields).map((one) => [one.number, one])),
})

export const MESSAGES = {
  model: message('model', MODEL),
  opset: message('opset', OPSET),
  entry: message('metadata', ENTRY),
  graph: message('graph', GRAPH),
  node: message('node', NODE),
  attribute: message('attribute', ATTRIBUTE),
  tensor: message('tensor', TENSOR),
  value: message('value', VALUE),
  type: message('type', TYPE),
  tensorType: message('tensor type', TENSOR_TYPE),
  shape: message('shape', SHAPE),
  dim: message('dimension', DIM),
} as const
