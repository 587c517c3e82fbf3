import { assert } from '@fleetcast/shared/assert.ts'
import type { Tensor } from './model.ts'

assert(
  new Uint8Array(Uint32Array.of(1).buffer)[0] === 1,
  'tensors are written as they lie in memory: little-endian hosts only',
)

const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice()

export const floatTensor = (name: string, dims: readonly number[], values: ArrayLike<number>): Tensor => ({
  name,
  type: 'float',
  dims,
  bytes: bytesOf(Float32Array.from(values)),
})

export const int64Tensor = (name: string, dims: readonly number[], values: readonly number[]): Tensor => ({
  name,
  type: 'int64',
  dims,
  bytes: bytesOf(BigInt64Array.from(values.map(BigInt))),
})

export const uint8Tensor = (name: string, dims: readonly number[], values: ArrayLike<number>): Tensor => ({
  name,
  type: 'uint8',
  dims,
  bytes: bytesOf(Uint8Array.from(values)),
})

export const int8Tensor = (name: string, dims: readonly number[], values: Int8Array): Tensor => ({
  name,
  type: 'int8',
  dims,
  bytes: bytesOf(values),
})

/** IEEE 754 half precision, given as bit patterns. */
export const float16Tensor = (name: string, dims: readonly number[], bits: Uint16Array): Tensor => ({
  name,
  type: 'float16',
  dims,
  bytes: bytesOf(bits),
})
