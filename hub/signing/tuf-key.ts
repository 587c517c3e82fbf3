/** Public keys as TUF names them. Ed25519 for keys in files, P-256 wherever an HSM, a KMS or a TPM holds the key. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { canonicalize } from '@tufjs/canonical-json'
import { Key } from '@tufjs/models'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

export type KeyCode = 'trust/badKey'

const PEM_CHARACTERS_MAX = 4_096

/** A key and the name people know it by, taken from its file. */
export type NamedKey = { readonly key: Key; readonly name: string }

/** The key id is the SHA-256 of the key's canonical form (TUF 4.2). */
export function tufKey(publicKey: KeyObject): Result<Key, Refusal<KeyCode>> {
  const shape = shapeOf(publicKey)
  if (shape === null)
    return refuse(
      'trust/badKey',
      `a key is Ed25519 or P-256 here, not ${publicKey.asymmetricKeyType ?? 'that'}; make one with "openssl genpkey -algorithm ed25519"`,
    )
  const keyID = sha256(new TextEncoder().encode(canonicalize(shape)))
  return ok(
    new Key({ keyID, keyType: shape.keytype, scheme: shape.scheme, keyVal: { public: shape.keyval.public } }),
  )
}

/** Reads a public key (SPKI, PEM). */
export function readPublicKey(pem: string): Result<Key, Refusal<KeyCode>> {
  if (pem.length > PEM_CHARACTERS_MAX || !pem.includes('-----BEGIN PUBLIC KEY-----'))
    return refuse(
      'trust/badKey',
      'this is no public key in PEM form; "openssl pkey -in KEY.pem -pubout" prints one',
    )
  try {
    return tufKey(createPublicKey(pem))
  } catch (cause) {
    return refuse(
      'trust/badKey',
      `the public key cannot be read (${cause instanceof Error ? cause.message : 'damaged'})`,
    )
  }
}

function shapeOf(publicKey: KeyObject) {
  if (publicKey.asymmetricKeyType === 'ed25519') {
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
    return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw.toString('hex') } }
  }
  if (publicKey.asymmetricKeyType !== 'ec' || publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    return null
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
  return { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: pem } }
}
