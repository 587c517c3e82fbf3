/**
 * A signed JSON document: `signed` is the payload, each signature covers its RFC 8785 bytes (the shape of TUF and
 * in-toto metadata, so that TUF roles can take this place). Ed25519, keys named by the SHA-256 of their SPKI bytes.
 */
import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import * as z from 'zod'
import { Sha256 } from '../ids.ts'
import { refuse, ok, type Refusal, type Result } from '../result.ts'
import { canonicalJson } from './canonical-json.ts'
import { sha256 } from './digest.ts'

export const Signature = z.strictObject({
  keyId: Sha256,
  /** Base64 of the 64 signature bytes. */
  signature: z.string().length(88),
})
export type Signature = z.infer<typeof Signature>

export type Envelope<T> = { readonly signed: T; readonly signatures: readonly Signature[] }

export const envelopeOf = <T extends z.ZodType>(payload: T) =>
  z.strictObject({ signed: payload, signatures: z.array(Signature).max(8) })

/** Public keys by key id. */
export type TrustedKeys = ReadonlyMap<Sha256, KeyObject>

export type SignatureCode = 'signature/missing' | 'signature/unknownKey' | 'signature/invalid'

const spki = (key: KeyObject): Uint8Array => key.export({ type: 'spki', format: 'der' })

/** The key's name: SHA-256 of its SubjectPublicKeyInfo (DER). */
export const keyIdOf = (publicKey: KeyObject): Sha256 => sha256(spki(publicKey))

/** Reads base64 SPKI public keys, as enrolment hands them out. */
export function trustedKeys(spkiBase64: readonly string[]): TrustedKeys {
  const keys = spkiBase64.map((text) =>
    createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' }),
  )
  return new Map(keys.map((key) => [keyIdOf(key), key]))
}

export const publicKeyToBase64 = (publicKey: KeyObject): string =>
  Buffer.from(spki(publicKey)).toString('base64')

/** Signs the canonical bytes of `payload`. */
export function signEnvelope<T>(payload: T, privateKey: KeyObject): Envelope<T> {
  const keyId = keyIdOf(createPublicKey(privateKey))
  const signature = sign(null, canonicalJson(payload), privateKey).toString('base64')
  return { signed: payload, signatures: [{ keyId, signature }] }
}

/** Accepts the payload when at least one trusted key signed exactly these bytes (threshold 1). */
export function openEnvelope<T>(envelope: Envelope<T>, keys: TrustedKeys): Result<T, Refusal<SignatureCode>> {
  if (envelope.signatures.length === 0)
    return refuse('signature/missing', 'the document carries no signature; it was not made by this hub')
  const bytes = canonicalJson(envelope.signed)
  let isKnown = false
  for (const { keyId, signature } of envelope.signatures) {
    const key = keys.get(keyId)
    if (key === undefined) continue
    isKnown = true
    if (verify(null, bytes, key, Buffer.from(signature, 'base64'))) return ok(envelope.signed)
  }
  return isKnown
    ? refuse('signature/invalid', 'the signature does not fit the document; it was changed after signing')
    : refuse(
        'signature/unknownKey',
        'no key of this enrolment signed the document; re-enrol if the hub was replaced',
      )
}
