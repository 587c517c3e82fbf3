/** Who signs: a key in a PEM file here; behind the same type also a command that reaches a token, a KMS or another machine. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import type { Key } from '@tufjs/models'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { tufKey, type KeyCode } from './tuf-key.ts'

/** A private key that can be used but not read: raw Ed25519 or DER ECDSA over SHA-256. */
export type Signer = {
  readonly key: Key
  readonly sign: (payload: Uint8Array) => Promise<Result<Uint8Array, Refusal>>
}

export type SignerCode = KeyCode | 'trust/wrongPassphrase'

/** Reads a PKCS#8 PEM private key; `passphrase` is null when nobody gave one. */
export function pemSigner(pem: string, passphrase: string | null): Result<Signer, Refusal<SignerCode>> {
  const opened = openPrivateKey(pem, passphrase)
  if (!opened.ok) return opened
  const privateKey = opened.value
  const key = tufKey(createPublicKey(privateKey))
  if (!key.ok) return key
  const digest = privateKey.asymmetricKeyType === 'ec' ? 'sha256' : null
  return ok({ key: key.value, sign: async (payload) => ok(sign(digest, payload, privateKey)) })
}

function openPrivateKey(pem: string, passphrase: string | null): Result<KeyObject, Refusal<SignerCode>> {
  const isEncrypted = pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----')
  if (isEncrypted && passphrase === null)
    return refuse(
      'trust/wrongPassphrase',
      'the key is encrypted; type its passphrase when asked, or set FLEETCAST_KEY_PASSPHRASE',
    )
  try {
    return ok(createPrivateKey(passphrase === null ? pem : { key: pem, passphrase }))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'damaged'
    return isEncrypted
      ? refuse('trust/wrongPassphrase', `the key does not open with this passphrase (${why})`)
      : refuse('trust/badKey', `this is no private key in PKCS#8 PEM form (${why})`)
  }
}

/** A new Ed25519 private key, PKCS#8 PEM. */
export const newKeyPem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** The public part of a private key, as people hand it over. */
export const publicPemOf = (privatePem: string): string =>
  createPublicKey(privatePem).export({ type: 'spki', format: 'pem' }).toString()
