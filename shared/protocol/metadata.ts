/**
 * Signed metadata is pulled by name, in blocks of 64 kB, through any broker.
 * Request (JSON on `up/request`, QoS 0): a number of the asker's choice, repository, file, offset, and with
 * `timestamp.json` of the director the nonce that the answer has to carry.
 * Answer (binary on `dn/metadata`, QoS 0): u32 big-endian request number, u8 status (0 found, 1 absent), u32 big-endian
 * size of the whole file, then the bytes from the offset.
 */
import * as z from 'zod'
import { assert } from '../assert.ts'
import { BLOCK_BYTES, METADATA_BYTES_MAX } from './limits.ts'

export const REPOSITORIES = ['director', 'image'] as const
export type Repository = (typeof REPOSITORIES)[number]

export const MetadataRequest = z.strictObject({
  request: z.int().min(0).max(0xffff_ffff),
  repository: z.enum(REPOSITORIES),
  /** `3.root.json`, `timestamp.json`, `1767225600.snapshot.json`, `7.targets.json`. */
  file: z.string().regex(/^(?:\d{1,10}\.)?[A-Za-z0-9%_-]{1,100}\.json$/, 'a metadata file name'),
  offset: z.int().min(0).max(METADATA_BYTES_MAX),
  /** 128 random bits, hex: the device's proof that the answer is not an old one. */
  nonce: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
})
export type MetadataRequest = z.infer<typeof MetadataRequest>

export type MetadataAnswer = {
  readonly request: number
  /** Null: the repository has no such file. */
  readonly part: { readonly fileBytes: number; readonly bytes: Uint8Array } | null
}

const HEADER_BYTES = 9
const FOUND = 0
const ABSENT = 1

export function encodeMetadataAnswer({ request, part }: MetadataAnswer): Uint8Array {
  const bytes = part?.bytes ?? new Uint8Array()
  assert(bytes.length <= BLOCK_BYTES, 'a part is at most 64 kB')
  const out = Buffer.alloc(HEADER_BYTES + bytes.length)
  out.writeUInt32BE(request, 0)
  out.writeUInt8(part === null ? ABSENT : FOUND, 4)
  out.writeUInt32BE(part?.fileBytes ?? 0, 5)
  out.set(bytes, HEADER_BYTES)
  return out
}

/** Null for anything that is not an answer. */
export function decodeMetadataAnswer(payload: Uint8Array): MetadataAnswer | null {
  if (payload.length < HEADER_BYTES || payload.length > HEADER_BYTES + BLOCK_BYTES) return null
  const view = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  const request = view.readUInt32BE(0)
  const status = view.readUInt8(4)
  if (status === ABSENT) return { request, part: null }
  if (status !== FOUND) return null
  return { request, part: { fileBytes: view.readUInt32BE(5), bytes: view.subarray(HEADER_BYTES) } }
}
