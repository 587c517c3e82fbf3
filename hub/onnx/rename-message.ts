/**
 * A node or constant of a read model under other names, all else copied bit for bit. Documentation and metadata stay behind:
 * exporters write source lines and paths of their machine into them, often more bytes than the model's own.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import { MESSAGES, NODE, TENSOR, type Field, type Message } from './fields.ts'
import { Faults, MessageReader } from './read-wire.ts'
import { MessageWriter } from './wire.ts'

type Renaming = (name: string) => string

/** Names of values and of the node; not inside of inner graphs, which the allow-list refuses. */
export const renameNode = (bytes: Uint8Array, nameOf: Renaming): Uint8Array =>
  rename(bytes, nameOf, {
    message: MESSAGES.node,
    renamed: [NODE.input, NODE.output, NODE.name],
    dropped: [NODE.docs, NODE.metadata],
  })

export const renameTensor = (bytes: Uint8Array, nameOf: Renaming): Uint8Array =>
  rename(bytes, nameOf, {
    message: MESSAGES.tensor,
    renamed: [TENSOR.name],
    dropped: [TENSOR.docs, TENSOR.metadata],
  })

type Plan = {
  readonly message: Message
  readonly renamed: readonly Field[]
  readonly dropped: readonly Field[]
}

function rename(bytes: Uint8Array, nameOf: Renaming, { message, renamed, dropped }: Plan): Uint8Array {
  const faults = new Faults()
  const reader = new MessageReader(bytes, faults, { message })
  const out = new MessageWriter()
  for (let field = reader.next(); field !== null; field = reader.next()) {
    if (renamed.includes(field)) out.text(field.number, nameOf(reader.text))
    else if (!dropped.includes(field)) out.copied(reader.wholeField)
  }
  assert(faults.first === null, 'a message that was read once is read again')
  return out.bytes()
}
