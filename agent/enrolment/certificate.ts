/** What the agent reads of its own certificate. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'

export type Validity = { readonly notBefore: EpochMs; readonly notAfter: EpochMs }

export const validityOf = (pem: string): Validity => {
  const { validFrom, validTo } = new X509Certificate(pem)
  return { notBefore: epochMs(Date.parse(validFrom)), notAfter: epochMs(Date.parse(validTo)) }
}

/** Is it for this device and key, and signed by an authority that the pin vouched for? */
export function isOurs(
  pem: string,
  {
    device,
    privateKey,
    certificateAuthorities,
  }: {
    readonly device: DeviceId
    readonly privateKey: string
    readonly certificateAuthorities: readonly string[]
  },
): boolean {
  try {
    const certificate = new X509Certificate(pem)
    return (
      certificate.subject === `CN=${device}` &&
      certificate.checkPrivateKey(createPrivateKey(privateKey)) &&
      certificateAuthorities.some((ca) => certificate.verify(new X509Certificate(ca).publicKey))
    )
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause) return false // OpenSSL cannot read it
    throw cause
  }
}
