/** A certificate request is taken for its key and the proof that the asker holds it; subject and extensions are ignored. */
import 'reflect-metadata'
import { createPublicKey } from 'node:crypto'
import { Pkcs10CertificateRequest } from '@peculiar/x509'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

export type RequestCode = 'identity/badRequest'

/** The requested key as base64 SPKI; P-256 or Ed25519. */
export async function readRequest(pem: string): Promise<Result<string, Refusal<RequestCode>>> {
  try {
    const request = new Pkcs10CertificateRequest(pem)
    const publicKey = canonicalKey(Buffer.from(request.publicKey.rawData))
    if (publicKey === null) return bad('its key is neither P-256 nor Ed25519; make a new key and ask again')
    return (await request.verify()) ? ok(publicKey) : bad('it is not signed by its own key')
  } catch (cause) {
    return bad(`it cannot be read (${cause instanceof Error ? cause.message.slice(0, 100) : 'no reason'})`)
  }
}

const bad = (why: string): Result<never, Refusal<RequestCode>> =>
  refuse('identity/badRequest', `the certificate request is refused: ${why}`)

/** One spelling for one key, since keys are compared as text; null for kinds that are not allowed. */
function canonicalKey(spki: Buffer): string | null {
  const key = createPublicKey({ key: spki, type: 'spki', format: 'der' })
  const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  if (!isP256 && key.asymmetricKeyType !== 'ed25519') return null
  // A compressed point would be another text for the same key.
  return createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' })
    .export({ type: 'spki', format: 'der' })
    .toString('base64')
}
