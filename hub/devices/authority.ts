/** The fleet's certificate authority: what devices trust, and who vouches for each device's key. */
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { dayOf, expiryOf, serialNumberOf, validityOf } from './certificate-days.ts'
import { issuerOf, signLeaf, type Issuer } from './sign-certificate.ts'

/** PEM texts, as they lie in the trust folder. */
export type AuthorityPems = {
  readonly caKey: string
  readonly ca: string
  readonly serverKey: string
  readonly server: string
}

export type DeviceCertificate = { readonly pem: string; readonly until: EpochMs }

export type Authority = {
  /** PEM of the authority's certificate. */
  readonly certificate: string
  /** Of the hub's own listeners: MQTT, and the API when it speaks TLS without another certificate. */
  readonly server: { readonly key: string; readonly certificate: string }
  /** A client certificate for that key (base64 SPKI), by the hub's clock. */
  readonly issue: (device: DeviceId, publicKey: string, now: EpochMs) => Promise<DeviceCertificate>
  /** For revocation lists. */
  readonly issuer: Issuer
}

export async function openAuthority({ caKey, ca, serverKey, server }: AuthorityPems): Promise<Authority> {
  const issuer = await issuerOf(ca, caKey)
  return {
    certificate: ca,
    server: { key: serverKey, certificate: server },
    issuer,
    issue: async (device, publicKey, now) => {
      const day = dayOf(now)
      const pem = await signLeaf(issuer, {
        name: device,
        publicKey,
        serialNumber: serialNumberOf(device, publicKey, day),
        purpose: 'device',
        alternativeNames: [{ type: 'url', value: `urn:fleetcast:device:${device}` }],
        ...validityOf(day),
      })
      return { pem, until: expiryOf(day) }
    },
  }
}
