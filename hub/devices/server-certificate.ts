/** The hub's own certificate: for loopback and every configured host name, without an end (see `ALWAYS`). */
import { randomBytes, X509Certificate } from 'node:crypto'
import { ALWAYS, publicKeyOf, signLeaf, type Issuer } from './sign-certificate.ts'

const LOOPBACK = ['localhost', '127.0.0.1', '::1']
/** Outside the pattern of device ids, so that no device can be named into the hub's place. */
export const HUB_NAME = '_hub'

/** Host names hold no colon, and none is of digits and dots alone. */
const isAddress = (name: string): boolean => /^[\d.]+$|:/.test(name)

const namesOf = (hostNames: readonly string[]): readonly string[] => [...new Set([...LOOPBACK, ...hostNames])]

export const newSerialNumber = (): string => {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40 // positive, of one length
  return bytes.toString('hex')
}

export const signServer = (
  issuer: Issuer,
  serverKeyPem: string,
  hostNames: readonly string[],
): Promise<string> =>
  signLeaf(issuer, {
    ...ALWAYS,
    name: HUB_NAME,
    publicKey: publicKeyOf(serverKeyPem),
    serialNumber: newSerialNumber(),
    purpose: 'server',
    alternativeNames: namesOf(hostNames).map((value) => ({ type: isAddress(value) ? 'ip' : 'dns', value })),
  })

/** Is the certificate of this authority, for this key and for exactly these host names? */
export function servesNames(
  pem: string,
  { ca, serverKey, hostNames }: { ca: string; serverKey: string; hostNames: readonly string[] },
): boolean {
  const certificate = new X509Certificate(pem)
  const wanted = namesOf(hostNames)
  const count = certificate.subjectAltName?.split(', ').length ?? 0
  const isFor = (name: string): boolean =>
    (isAddress(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined
  return (
    count === wanted.length &&
    wanted.every(isFor) &&
    certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64') ===
      publicKeyOf(serverKey) &&
    certificate.verify(new X509Certificate(ca).publicKey)
  )
}
