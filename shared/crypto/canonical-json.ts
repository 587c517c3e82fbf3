import canonicalize from 'canonicalize'
import { assert } from '../assert.ts'

/** The one byte form of a JSON value (RFC 8785): what is hashed and what is signed. */
export function canonicalJson(value: unknown): Uint8Array {
  const text = canonicalize(value)
  assert(text !== undefined, 'only JSON values have a canonical form')
  return new TextEncoder().encode(text)
}
