/** Signatures over the canonical bytes of metadata, by signers that may take their time. */
import { canonicalize } from '@tufjs/canonical-json'
import { Metadata, Signature, type Root, type Snapshot, type Targets, type Timestamp } from '@tufjs/models'
import { assert } from '@fleetcast/shared/assert.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Signer } from './signer.ts'

export type AnySigned = Root | Targets | Snapshot | Timestamp

/** Exactly what a signature covers. */
export const payloadOf = ({ signed }: Metadata<AnySigned>): Uint8Array =>
  new TextEncoder().encode(canonicalize(signed.toJSON()))

/** The file as it is published: compact JSON. */
export const metadataBytes = (metadata: Metadata<AnySigned>): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(metadata.toJSON()))

/** Adds the signer's signature to the metadata, once it is shown to fit the signer's public key. */
export async function addSignature<T extends AnySigned>(
  metadata: Metadata<T>,
  signer: Signer,
): Promise<Result<Metadata<T>, Refusal>> {
  const made = await signer.sign(payloadOf(metadata))
  if (!made.ok) return made
  const { keyID } = signer.key
  const signature = new Signature({ keyID, sig: Buffer.from(made.value).toString('hex') })
  const signed = new Metadata<T>(metadata.signed, { ...metadata.signatures, [keyID]: signature })
  if (!isSignedBy(signed, signer))
    return refuse(
      'signer/badSignature',
      'what the signer returned does not fit its public key; it must be the raw Ed25519 or the DER ECDSA-SHA-256 signature of its standard input',
    )
  return ok(signed)
}

/** Signs with keys that lie on this machine and cannot refuse; what they make is not checked again. */
export async function signHere<T extends AnySigned>(
  signed: T,
  signers: readonly Signer[],
): Promise<Metadata<T>> {
  const metadata = new Metadata<T>(signed)
  const payload = payloadOf(metadata)
  for (const { key, sign } of signers) {
    const made = await sign(payload)
    assert(made.ok, 'a key of the hub signs')
    metadata.signatures[key.keyID] = new Signature({
      keyID: key.keyID,
      sig: Buffer.from(made.value).toString('hex'),
    })
  }
  return metadata
}

/** Whether the key's signature stands on the metadata and fits. */
export function isSignedBy(metadata: Metadata<AnySigned>, { key }: Pick<Signer, 'key'>): boolean {
  if (metadata.signatures[key.keyID] === undefined) return false
  try {
    key.verifySignature(metadata)
    return true
  } catch {
    return false // the library answers by throwing
  }
}
