/** X.509 with the fields that we decide and no others; P-256 and SHA-256 throughout. */
import 'reflect-metadata'
import { createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

export const SIGNATURE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/**
 * RFC 5280's "no expiry", from the first second on: a device whose clock says 1970 or 2099 still connects. These
 * certificates end by being replaced.
 */
export const ALWAYS = { notBefore: new Date(0), notAfter: new Date('9999-12-31T23:59:59Z') }

export const KEY_PURPOSE = { server: '1.3.6.1.5.5.7.3.1', device: '1.3.6.1.5.5.7.3.2' } as const

/** A new P-256 private key, PKCS#8 PEM. */
export const newPrivateKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString()

/** Base64 SPKI of a private key's public part. */
export const publicKeyOf = (privateKeyPem: string): string =>
  createPublicKey(createPrivateKey(privateKeyPem)).export({ type: 'spki', format: 'der' }).toString('base64')

export type Issuer = { readonly certificate: x509.X509Certificate; readonly signingKey: webcrypto.CryptoKey }

/** WebCrypto's handle on a PKCS#8 PEM key; it cannot be read out again. */
const signingKeyOf = (privateKeyPem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey(
    'pkcs8',
    createPrivateKey(privateKeyPem).export({ type: 'pkcs8', format: 'der' }),
    SIGNATURE,
    false,
    ['sign'],
  )

/** The authority as one who signs. */
export const issuerOf = async (certificatePem: string, privateKeyPem: string): Promise<Issuer> => ({
  certificate: new x509.X509Certificate(certificatePem),
  signingKey: await signingKeyOf(privateKeyPem),
})

/** The authority's own certificate: it may sign certificates and revocation lists, and no authority below it. */
export async function signAuthority(privateKeyPem: string, serialNumber: string): Promise<string> {
  const publicKey = new x509.PublicKey(Buffer.from(publicKeyOf(privateKeyPem), 'base64'))
  const name = 'CN=Fleetcast fleet authority'
  const certificate = await x509.X509CertificateGenerator.create({
    ...ALWAYS,
    serialNumber,
    subject: name,
    issuer: name,
    publicKey,
    signingKey: await signingKeyOf(privateKeyPem),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  })
  return certificate.toString('pem')
}

export type LeafCertificate = {
  readonly name: string
  /** Base64 SPKI. */
  readonly publicKey: string
  readonly serialNumber: string
  readonly purpose: keyof typeof KEY_PURPOSE
  readonly alternativeNames: x509.JsonGeneralNames
  readonly notBefore: Date
  readonly notAfter: Date
}

/** A certificate for one purpose, which may sign nothing. */
export async function signLeaf(issuer: Issuer, leaf: LeafCertificate): Promise<string> {
  const { name, publicKey, serialNumber, purpose, alternativeNames, notBefore, notAfter } = leaf
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber,
    subject: [{ CN: [name] }],
    issuer: issuer.certificate.subjectName,
    notBefore,
    notAfter,
    publicKey: new x509.PublicKey(Buffer.from(publicKey, 'base64')),
    signingKey: issuer.signingKey,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([KEY_PURPOSE[purpose]]),
      new x509.SubjectAlternativeNameExtension(alternativeNames),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey),
    ],
  })
  return certificate.toString('pem')
}
