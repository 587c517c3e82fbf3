/** One constant of a model: what it is, and that its data are as many as its dimensions say. */
import { MESSAGES, TENSOR, type Field } from './fields.ts'
import type { MessageReader } from './read-wire.ts'

export type ReadTensor = {
  readonly name: string
  readonly type: ElementName
  readonly dims: readonly number[]
  /** Of the elements; 0 for texts. */
  readonly byteCount: number
  /** Whether its elements lie in another file. */
  readonly isExternal: boolean
  /** The message itself, a view into the file. */
  readonly bytes: Uint8Array
}

type Element = { readonly name: string; readonly bytes: number; readonly list: Field }

const element = <Name extends string>(name: Name, bytes: number, list: Field) => ({ name, bytes, list })

/** TensorProto.DataType: name, bytes of an element, and the list that holds elements which are not raw. */
const ELEMENTS = {
  1: element('float', 4, TENSOR.floats),
  2: element('uint8', 1, TENSOR.int32s),
  3: element('int8', 1, TENSOR.int32s),
  4: element('uint16', 2, TENSOR.int32s),
  5: element('int16', 2, TENSOR.int32s),
  6: element('int32', 4, TENSOR.int32s),
  7: element('int64', 8, TENSOR.int64s),
  8: element('text', 0, TENSOR.texts),
  9: element('bool', 1, TENSOR.int32s),
  10: element('float16', 2, TENSOR.int32s),
  11: element('double', 8, TENSOR.doubles),
  12: element('uint32', 4, TENSOR.uint64s),
  13: element('uint64', 8, TENSOR.uint64s),
} as const
export type ElementName = (typeof ELEMENTS)[keyof typeof ELEMENTS]['name']

/** Complex, 8-bit and 4-bit floats are left out: no operator of the allow-list needs them. */
export const elementOf = (type: number): (Element & { readonly name: ElementName }) | undefined =>
  (ELEMENTS as Record<number, (Element & { readonly name: ElementName }) | undefined>)[type]

export const RANK_MAX = 16
const EXTERNAL = 1

/** `reader` stands on the field that holds the tensor. */
export function readTensor(reader: MessageReader): ReadTensor {
  const tensor = reader.inside(MESSAGES.tensor)
  const dims: number[] = []
  const counts = new Map<Field, number>()
  let [name, type, isExternal] = ['', 0, false]
  let rawBytes: number | null = null
  for (let field = tensor.next(); field !== null; field = tensor.next()) {
    if (field === TENSOR.dims) dims.push(...tensor.integers(RANK_MAX))
    else if (field === TENSOR.type) type = tensor.integer
    else if (field === TENSOR.name) name = tensor.text
    else if (field === TENSOR.raw) rawBytes = tensor.bytes.length
    else if (field === TENSOR.external) isExternal = true
    else if (field === TENSOR.location) isExternal ||= tensor.integer === EXTERNAL
    else if (field === TENSOR.segment) tensor.fault('onnx/malformed', 'a tensor comes in segments')
    else if (field === TENSOR.texts) counts.set(field, (counts.get(field) ?? 0) + 1)
    else if (field.kind !== 'bytes') counts.set(field, (counts.get(field) ?? 0) + tensor.count(field.kind))
    if (dims.length > RANK_MAX) tensor.fault('onnx/tooMany', `a tensor has more than ${RANK_MAX} dimensions`)
  }
  const kind = elementOf(type)
  if (kind === undefined) reader.fault('onnx/elementType', `${name}: elements of type ${type} are not read`)
  const elements = dims.reduce((product, dim) => product * dim, 1)
  const { name: typeName, bytes: width, list } = kind ?? ELEMENTS[1]
  if (!isExternal && kind !== undefined) {
    const found = rawBytes === null || width === 0 ? (counts.get(list) ?? 0) : rawBytes / width
    if (found !== elements || dims.some((dim) => dim < 0))
      reader.fault('onnx/malformed', `${name} has ${found} elements for the dimensions [${dims.join()}]`)
  }
  return { name, type: typeName, dims, byteCount: elements * width, isExternal, bytes: reader.bytes }
}
