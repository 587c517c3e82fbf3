/**
 * A report that proves who made it, whatever carried it: the JSON line, "\n", then a detached JWS over exactly the line's bytes
 * (RFC 7515 appendix F, ES256, compact `header..signature`) by the device's TLS key. JSON text holds no raw newline, so the
 * first one ends the line. 109 bytes a message.
 */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { assert } from '../assert.ts'
import { ok, refuse, type Refusal, type Result } from '../result.ts'

/** Base64url of `{"alg":"ES256"}`. No other header is taken, so there is no algorithm to be confused about (RFC 8725, 3.1). */
const PROTECTED = 'eyJhbGciOiJFUzI1NiJ9'
const SIGNATURE = /^eyJhbGciOiJFUzI1NiJ9\.\.[A-Za-z0-9_-]{86}$/
const NEWLINE = 10

/** "\n", the header, two dots and 64 bytes as base64url. */
export const SIGNATURE_BYTES = 109

export type SignedLine = {
  /** The JSON text. */
  readonly line: Uint8Array
  /** The detached JWS; null when the message carries none. */
  readonly signature: string | null
}

/** Takes a message apart; what follows the line is a signature of our form, or nothing. */
export function splitSignedLine(payload: Uint8Array): Result<SignedLine, Refusal<'telemetry/badSignature'>> {
  const end = payload.indexOf(NEWLINE)
  if (end < 0) return ok({ line: payload, signature: null })
  const rest = payload.subarray(end + 1)
  const signature = rest.length < SIGNATURE_BYTES ? Buffer.from(rest).toString('latin1') : ''
  return SIGNATURE.test(signature)
    ? ok({ line: payload.subarray(0, end), signature })
    : refuse(
        'telemetry/badSignature',
        'after the line stands one detached JWS with the header {"alg":"ES256"}',
      )
}

export type SignLine = (line: string) => string

/** Returns the function that appends the signature of a P-256 key (PKCS#8, PEM) to a line. */
export function createLineSigner(privateKeyPem: string): SignLine {
  const key = createPrivateKey(privateKeyPem)
  assert(isP256(key), 'reports are signed with a P-256 key')
  return (line) => {
    assert(!line.includes('\n'), 'a newline would end the line')
    const input = signingInput(Buffer.from(line))
    return `${line}\n${PROTECTED}..${sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
}

/** The key on record, as a device's row has it (base64 SPKI); null when it is not a P-256 key. */
export function lineKey(spkiBase64: string): KeyObject | null {
  const key = createPublicKey({ key: Buffer.from(spkiBase64, 'base64'), format: 'der', type: 'spki' })
  return isP256(key) ? key : null
}

/** Whether this key signed exactly these bytes. */
export function isSignedBy(key: KeyObject, { line, signature }: SignedLine): boolean {
  if (signature === null) return false
  const bytes = Buffer.from(signature.slice(PROTECTED.length + 2), 'base64url')
  return verify('sha256', signingInput(line), { key, dsaEncoding: 'ieee-p1363' }, bytes)
}

const signingInput = (line: Uint8Array): Uint8Array =>
  Buffer.from(
    `${PROTECTED}.${Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('base64url')}`,
  )

const isP256 = (key: KeyObject): boolean =>
  key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
