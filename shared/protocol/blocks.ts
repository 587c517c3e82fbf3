/**
 * Bundles are pulled in blocks of 64 kB, addressed by the SHA-256 of the whole file, resumable by index.
 * Request (JSON on `up/request`, QoS 0): file digest, first block, count.
 * Block (binary on `dn/block`, QoS 0): 32 bytes digest, u32 big-endian block index, u32 big-endian file size, then
 * the block's bytes. A refused request comes back as a block with file size 0.
 */
import * as z from 'zod'
import { assert } from '../assert.ts'
import { Sha256 } from '../ids.ts'
import { BLOCK_BYTES, BLOCK_WINDOW_MAX } from './limits.ts'

export const BlockRequest = z.strictObject({
  digest: Sha256,
  from: z.int().min(0).max(1_000_000),
  count: z.int().min(1).max(BLOCK_WINDOW_MAX),
})
export type BlockRequest = z.infer<typeof BlockRequest>

export type Block = {
  readonly digest: Sha256
  readonly index: number
  /** Size of the whole file; 0 means the hub has no such file. */
  readonly fileBytes: number
  readonly bytes: Uint8Array
}

const HEADER_BYTES = 40

export function encodeBlock(block: Block): Uint8Array {
  assert(block.bytes.length <= BLOCK_BYTES, 'a block is at most 64 kB')
  const out = Buffer.alloc(HEADER_BYTES + block.bytes.length)
  out.write(block.digest, 0, 'hex')
  out.writeUInt32BE(block.index, 32)
  out.writeUInt32BE(block.fileBytes, 36)
  out.set(block.bytes, HEADER_BYTES)
  return out
}

/** Null for anything that is not a block. */
export function decodeBlock(payload: Uint8Array): Block | null {
  if (payload.length < HEADER_BYTES || payload.length > HEADER_BYTES + BLOCK_BYTES) return null
  const view = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  return {
    digest: Sha256.parse(view.toString('hex', 0, 32)),
    index: view.readUInt32BE(32),
    fileBytes: view.readUInt32BE(36),
    bytes: view.subarray(HEADER_BYTES),
  }
}

export const blockCount = (fileBytes: number): number => Math.ceil(fileBytes / BLOCK_BYTES)
