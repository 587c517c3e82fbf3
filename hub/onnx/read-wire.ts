/**
 * Protobuf messages from bytes nobody vouches for. Nothing is copied and nothing is made before its length is known to lie
 * inside the message, so that work and memory are bounded by the file's size. The first fault of a file ends every reader of it.
 */
import { isUtf8 } from 'node:buffer'
import type { Refusal } from '@fleetcast/shared/result.ts'
import type { Field, FieldKind, Message } from './fields.ts'

export type WireCode = 'onnx/malformed' | 'onnx/tooMany' | 'onnx/tooDeep' | 'onnx/elementType'

/** Fields of one file, far above a model that fits a bundle: lists of numbers that are not packed count one a number. */
const FIELDS_MAX = 8_000_000

/** What went wrong first, if anything, and how much was read; one for a whole file. */
export class Faults {
  #first: Refusal<WireCode> | null = null
  #fields = 0

  get first(): Refusal<WireCode> | null {
    return this.#first
  }

  /** `at` is a byte of the file, from 0. */
  add(code: WireCode, at: number, message: string): void {
    this.#first ??= { code, message, at: `byte ${at}` }
  }

  countField(at: number): void {
    this.#fields += 1
    if (this.#fields > FIELDS_MAX) this.add('onnx/tooMany', at, `a file has more than ${FIELDS_MAX} fields`)
  }
}

const [VARINT, FIXED_64, DELIMITED, FIXED_32] = [0, 1, 2, 5] as const
const WIRES: Record<FieldKind, readonly number[]> = {
  integer: [VARINT],
  float: [FIXED_32],
  bytes: [DELIMITED],
  integers: [VARINT, DELIMITED],
  floats: [FIXED_32, DELIMITED],
  doubles: [FIXED_64, DELIMITED],
}
/** Bytes of one number of a packed field; varints vary. */
const PACKED_BYTES: Partial<Record<FieldKind, number>> = { floats: 4, doubles: 8 }
const VARINT_BYTES_MAX = 10
/** A byte of a varint from here on is not its last. */
const CONTINUES = 128

/**
 * Walks the fields of one message: `for (let field = reader.next(); field !== null; field = reader.next())`. What it tells of a
 * field is true until the next step. Unknown fields are refused: they are of a format that nobody checked here.
 */
export class MessageReader {
  readonly #file: Uint8Array
  readonly #faults: Faults
  readonly #message: Message
  readonly #end: number
  /** Next byte to read; first byte of the current field, and its payload. */
  #at: number
  #tagAt = 0
  #from = 0
  #to = 0
  #wire: number = VARINT
  #integer = 0

  constructor(file: Uint8Array, faults: Faults, { message, from = 0, to = file.length }: Part) {
    this.#file = file
    this.#faults = faults
    this.#message = message
    this.#at = from
    this.#tagAt = from
    this.#end = to
  }

  /** The next field, or null at the end and after any fault. */
  next(): Field | null {
    if (this.#faults.first !== null || this.#at >= this.#end) return null
    this.#tagAt = this.#at
    this.#faults.countField(this.#at)
    const tag = this.#varint()
    if (this.#faults.first !== null) return null
    const field = this.#message.byNumber.get(Math.floor(tag / 8))
    this.#wire = tag % 8
    const { name } = this.#message
    if (field === undefined) this.#malformed(`a ${name} has no field ${Math.floor(tag / 8)}`)
    else if (!WIRES[field.kind].includes(this.#wire))
      this.#malformed(`field ${field.number} of a ${name} is of another type`)
    else this.#takePayload()
    return this.#faults.first === null ? field! : null
  }

  /** Byte of the file where the current field begins. */
  get at(): number {
    return this.#tagAt
  }

  /** Of an integer field; a number beyond 2^53 is rounded, which no limit here lets pass. */
  get integer(): number {
    return this.#integer
  }

  /** The current field's payload, not copied. */
  get bytes(): Uint8Array {
    return this.#file.subarray(this.#from, this.#to)
  }

  /** The current field, tag and length included, not copied. */
  get wholeField(): Uint8Array {
    return this.#file.subarray(this.#tagAt, this.#to)
  }

  /** The current field as text; empty and a fault when it is none. */
  get text(): string {
    if (this.#from === this.#to) return ''
    const { bytes } = this
    if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
    this.#malformed('a name is no UTF-8 text')
    return ''
  }

  /** The current field as a message of its own. */
  inside(message: Message): MessageReader {
    return new MessageReader(this.#file, this.#faults, { message, from: this.#from, to: this.#to })
  }

  /** Numbers that the current field of a repeated kind brings. */
  count(kind: FieldKind): number {
    if (this.#wire !== DELIMITED) return 1
    const { bytes } = this
    const width = PACKED_BYTES[kind]
    let numbers = width === undefined ? 0 : bytes.length / width
    if (width === undefined) for (const byte of bytes) if (byte < CONTINUES) numbers += 1
    const isWhole = width === undefined ? (bytes.at(-1) ?? 0) < CONTINUES : Number.isInteger(numbers)
    if (!isWhole) this.#malformed('a list ends inside a number')
    return numbers
  }

  /** The integers that the current field brings: one, or as many as are packed in it, `max` at most. */
  integers(max: number): readonly number[] {
    if (this.#wire === VARINT) return [this.#integer]
    const packed = this.inside(this.#message)
    const out: number[] = []
    while (packed.#at < packed.#end && this.#faults.first === null) {
      out.push(packed.#varint())
      if (out.length > max) this.fault('onnx/tooMany', `a list has more than ${max} numbers`)
    }
    return out
  }

  /** Ends the whole file's reading at the current field. */
  fault(code: WireCode, message: string): void {
    this.#faults.add(code, this.#tagAt, message)
  }

  #takePayload(): void {
    if (this.#wire === VARINT) {
      this.#from = this.#at
      this.#integer = this.#varint()
      this.#to = this.#at
      return
    }
    const length = this.#wire === FIXED_32 ? 4 : this.#wire === FIXED_64 ? 8 : this.#varint()
    const left = this.#end - this.#at
    if (length < 0 || length > left) {
      this.#malformed(`a field claims ${length} bytes, ${left} are left of its ${this.#message.name}`)
      return
    }
    this.#from = this.#at
    this.#to = this.#at += length
  }

  /** Signed 64 bits, as protobuf's int64. */
  #varint(): number {
    const first = this.#file[this.#at]!
    if (first < CONTINUES && this.#at < this.#end) {
      this.#at += 1
      return first
    }
    let [low, high] = [0, 0]
    for (let i = 0; i < VARINT_BYTES_MAX && this.#at < this.#end; i++) {
      const byte = this.#file[this.#at++]!
      if (i === VARINT_BYTES_MAX - 1 && byte > 1) break
      // 28 bits are the low part; the rest is at most 36 bits, the last of them the sign.
      if (i < 4) low += (byte & 127) * 2 ** (7 * i)
      else high += (byte & 127) * 2 ** (7 * (i - 4))
      if (byte < CONTINUES) return low + (high >= 2 ** 35 ? high - 2 ** 36 : high) * 2 ** 28
    }
    this.#malformed('a number is cut off or longer than 64 bits')
    return 0
  }

  #malformed(message: string): void {
    this.fault('onnx/malformed', message)
  }
}

type Part = { readonly message: Message; readonly from?: number; readonly to?: number }
