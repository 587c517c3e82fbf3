/** An input or output of a model: its name and what it holds. */
import { DIM, MESSAGES, SHAPE, TENSOR_TYPE, TYPE, VALUE } from './fields.ts'
import { elementOf, RANK_MAX, type ElementName } from './read-tensor.ts'
import type { MessageReader } from './read-wire.ts'

export type ReadValue = {
  readonly name: string
  /** `other` is a sequence, a map or another value that is no tensor, or a tensor of a type that is not read. */
  readonly type: ElementName | 'other'
  /** A number, the name of a free dimension, or '' for one that says nothing; null when the file tells no shape. */
  readonly shape: readonly (number | string)[] | null
}

/** `reader` stands on the field that holds the value. */
export function readValue(reader: MessageReader): ReadValue {
  const value = reader.inside(MESSAGES.value)
  let name = ''
  let type: Pick<ReadValue, 'type' | 'shape'> = { type: 'other', shape: null }
  for (let field = value.next(); field !== null; field = value.next()) {
    if (field === VALUE.name) name = value.text
    else if (field === VALUE.type) type = readType(value)
  }
  return { name, ...type }
}

function readType(reader: MessageReader): Pick<ReadValue, 'type' | 'shape'> {
  const type = reader.inside(MESSAGES.type)
  let read: Pick<ReadValue, 'type' | 'shape'> = { type: 'other', shape: null }
  for (let field = type.next(); field !== null; field = type.next())
    if (field === TYPE.tensor) read = readTensorType(type)
  return read
}

function readTensorType(reader: MessageReader): Pick<ReadValue, 'type' | 'shape'> {
  const tensor = reader.inside(MESSAGES.tensorType)
  let [element, shape]: [number, ReadValue['shape']] = [0, null]
  for (let field = tensor.next(); field !== null; field = tensor.next()) {
    if (field === TENSOR_TYPE.element) element = tensor.integer
    else if (field === TENSOR_TYPE.shape) shape = readShape(tensor)
  }
  return { type: elementOf(element)?.name ?? 'other', shape }
}

function readShape(reader: MessageReader): readonly (number | string)[] {
  const shape = reader.inside(MESSAGES.shape)
  const dims: (number | string)[] = []
  for (let field = shape.next(); field !== null; field = shape.next())
    if (field === SHAPE.dim) {
      dims.push(readDim(shape))
      if (dims.length > RANK_MAX) shape.fault('onnx/tooMany', `a value has more than ${RANK_MAX} dimensions`)
    }
  return dims
}

/** Exporters write a free dimension as nothing, as a name, or as 0 or less. */
function readDim(reader: MessageReader): number | string {
  const dim = reader.inside(MESSAGES.dim)
  let read: number | string = ''
  for (let field = dim.next(); field !== null; field = dim.next()) {
    if (field === DIM.value) read = dim.integer > 0 ? dim.integer : ''
    else if (field === DIM.parameter) read = dim.text
  }
  return read
}
