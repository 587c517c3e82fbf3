/** A real certificate authority in memory, and devices with real keys and certificates of it. */
import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { DeviceId } from '@fleetcast/shared/ids.ts'
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import { openAuthority, type Authority } from '../../../hub/devices/authority.ts'
import { newSerialNumber, signServer } from '../../../hub/devices/server-certificate.ts'
import {
  issuerOf,
  newPrivateKey,
  publicKeyOf,
  signAuthority,
  signLeaf,
  type LeafCertificate,
} from '../../../hub/devices/sign-certificate.ts'

export type FleetAuthority = Authority & {
  readonly device: (name: string, at?: EpochMs) => Promise<DeviceKeyPair>
  /** Any leaf certificate at all: also what the hub would never issue. */
  readonly forge: (leaf: Partial<LeafCertificate> & { readonly name: string }) => Promise<DeviceKeyPair>
}

export type DeviceKeyPair = Pick<Enrolment, 'privateKey' | 'certificate' | 'certificateAuthorities'> & {
  readonly publicKey: string
}

export async function createFleetAuthority(): Promise<FleetAuthority> {
  const [caKey, serverKey] = [newPrivateKey(), newPrivateKey()]
  const ca = await signAuthority(caKey, newSerialNumber())
  const server = await signServer(await issuerOf(ca, caKey), serverKey, [])
  const authority = await openAuthority({ caKey, ca, serverKey, server })
  const pairOf = (privateKey: string, certificate: string): DeviceKeyPair => ({
    privateKey,
    publicKey: publicKeyOf(privateKey),
    certificate,
    certificateAuthorities: [ca],
  })
  return {
    ...authority,
    device: async (name, at = epochMs(Date.now())) => {
      const privateKey = newPrivateKey()
      const { pem } = await authority.issue(DeviceId.parse(name), publicKeyOf(privateKey), at)
      return pairOf(privateKey, pem)
    },
    forge: async (leaf) => {
      const privateKey = newPrivateKey()
      const certificate = await signLeaf(authority.issuer, {
        publicKey: publicKeyOf(privateKey),
        serialNumber: newSerialNumber(),
        purpose: 'device',
        alternativeNames: [{ type: 'dns', value: 'localhost' }],
        notBefore: new Date(Date.now() - 86_400_000),
        notAfter: new Date(Date.now() + 86_400_000),
        ...leaf,
      })
      return pairOf(privateKey, certificate)
    },
  }
}
