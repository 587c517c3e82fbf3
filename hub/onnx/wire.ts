/** The protobuf wire format, as much as ONNX needs: varints, 32-bit floats and length-delimited fields. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = []
  #length = 0

  /** A message's bytes so far. */
  bytes(): Uint8Array {
    const out = new Uint8Array(this.#length)
    let at = 0
    for (const part of this.#parts) {
      out.set(part, at)
      at += part.length
    }
    return out
  }

  integer(field: number, value: number | bigint): this {
    return this.#append(varint(BigInt(field << 3))).#append(varint(BigInt(value)))
  }

  float(field: number, value: number): this {
    return this.#append(varint(BigInt((field << 3) | 5))).#append(floatBytes([value]))
  }

  delimited(field: number, bytes: Uint8Array): this {
    return this.#append(varint(BigInt((field << 3) | 2))).#append(varint(BigInt(bytes.length))).#append(bytes)
  }

  text(field: number, value: string): this {
    return this.delimited(field, new TextEncoder().encode(value))
  }

  message(field: number, message: MessageWriter): this {
    return this.delimited(field, message.bytes())
  }

  packedIntegers(field: number, values: readonly (number | bigint)[]): this {
    const inner = new MessageWriter()
    for (const value of values) inner.#append(varint(BigInt(value)))
    return this.message(field, inner)
  }

  packedFloats(field: number, values: readonly number[]): this {
    return this.delimited(field, floatBytes(values))
  }

  /** A field as it lies in another message, tag and length included. */
  copied(field: Uint8Array): this {
    return this.#append(field)
  }

  #append(bytes: Uint8Array): this {
    this.#parts.push(bytes)
    this.#length += bytes.length
    return this
  }
}

/** Negative numbers are written as 64-bit two's complement, as protobuf's int64 is. */
function varint(value: bigint): Uint8Array {
  let rest = BigInt.asUintN(64, value)
  const out: number[] = []
  do {
    const low = Number(rest & 127n)
    rest >>= 7n
    out.push(rest === 0n ? low : low | 128)
  } while (rest !== 0n)
  return Uint8Array.from(out)
}

function floatBytes(values: readonly number[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => out.setFloat32(i * 4, value, true))
  return new Uint8Array(out.buffer)
}
