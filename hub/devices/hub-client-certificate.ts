import { HUB_NAME, newSerialNumber } from './server-certificate.ts'
import { ALWAYS, publicKeyOf, signLeaf, type Issuer } from './sign-certificate.ts'

/** Lets the hub in at a broker that is not its own, as `_hub`; the hub's key ends it by being replaced. */
export const signHubClient = (issuer: Issuer, privateKeyPem: string): Promise<string> =>
  signLeaf(issuer, {
    ...ALWAYS,
    name: HUB_NAME,
    publicKey: publicKeyOf(privateKeyPem),
    serialNumber: newSerialNumber(),
    purpose: 'device',
    alternativeNames: [{ type: 'url', value: 'urn:fleetcast:hub' }],
  })
