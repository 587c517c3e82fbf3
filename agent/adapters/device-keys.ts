import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto'
import type { DeviceKeys } from '../ports/hub-http.ts'

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Keys by Node itself; the X.509 library is loaded for a request only, since a running agent has no use for its memory. */
export const deviceKeys: DeviceKeys = {
  create: () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  request: async (device, privateKey) => {
    await import('reflect-metadata')
    const { Pkcs10CertificateRequestGenerator } = await import('@peculiar/x509')
    const request = await Pkcs10CertificateRequestGenerator.create({
      name: [{ CN: [device] }],
      keys: await keyPairOf(privateKey),
      signingAlgorithm: P256,
    })
    return request.toString('pem')
  },
}

async function keyPairOf(privateKeyPem: string): Promise<webcrypto.CryptoKeyPair> {
  const { subtle } = webcrypto
  const key = createPrivateKey(privateKeyPem)
  const der = { format: 'der' } as const
  return {
    privateKey: await subtle.importKey('pkcs8', key.export({ type: 'pkcs8', ...der }), P256, false, ['sign']),
    publicKey: await subtle.importKey(
      'spki',
      createPublicKey(key).export({ type: 'spki', ...der }),
      P256,
      true,
      ['verify'],
    ),
  }
}
