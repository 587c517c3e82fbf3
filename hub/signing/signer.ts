/**
 * Who vouches for bundles and orders. One Ed25519 key on the hub for now (demo trust, and said so wherever it is
 * shown); TUF roles with offline release keys take this place behind the same interface.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { keyIdOf, publicKeyToBase64, signEnvelope, type Envelope } from '@fleetcast/shared/crypto/envelope.ts'
import type { Sha256 } from '@fleetcast/shared/ids.ts'

export type Signer = {
  readonly keyId: Sha256
  /** Base64 SPKI, handed to devices at enrolment. */
  readonly publicKey: string
  readonly sign: <T>(payload: T) => Envelope<T>
}

/** Reads a PKCS#8 PEM private key. */
export function createSigner(privateKeyPem: string): Signer {
  const privateKey = createPrivateKey(privateKeyPem)
  const publicKey = createPublicKey(privateKey)
  return {
    keyId: keyIdOf(publicKey),
    publicKey: publicKeyToBase64(publicKey),
    sign: (payload) => signEnvelope(payload, privateKey),
  }
}

/** A new Ed25519 private key, PKCS#8 PEM. */
export const generatePrivateKeyPem = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
