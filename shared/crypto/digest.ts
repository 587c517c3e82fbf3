import { createHash } from 'node:crypto'
import { Sha256 } from '../ids.ts'

/** SHA-256 of the bytes, lower-case hex. */
export function sha256(bytes: Uint8Array): Sha256 {
  return Sha256.parse(createHash('sha256').update(bytes).digest('hex'))
}
