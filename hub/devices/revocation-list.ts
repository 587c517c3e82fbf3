/** The list of revoked certificates (RFC 5280) for brokers that are not the hub's own, which asks its store instead. */
import 'reflect-metadata'
import { PemConverter, X509CrlGenerator } from '@peculiar/x509'
import { addMs, days, minutes, type EpochMs } from '@fleetcast/shared/units.ts'
import type { Authority } from './authority.ts'
import { liveSerialNumbers, type IssuedRange } from './certificate-days.ts'
import { SIGNATURE } from './sign-certificate.ts'

export type RevokedDevice = IssuedRange & { readonly revokedAt: EpochMs }

/**
 * A broker locks everybody out when its list is older than this. Whoever could hold a newer list back from the broker could
 * as well switch it off, so a short life would protect nobody.
 */
export const LIST_DAYS = 365

/** PEM; certificates that have expired are left out. */
export async function revocationList(
  { issuer }: Pick<Authority, 'issuer'>,
  { revoked, now }: { readonly revoked: readonly RevokedDevice[]; readonly now: EpochMs },
): Promise<string> {
  const list = await X509CrlGenerator.create({
    issuer: issuer.certificate.subjectName,
    thisUpdate: new Date(now - minutes(1)),
    nextUpdate: new Date(addMs(now, days(LIST_DAYS))),
    signingAlgorithm: SIGNATURE,
    signingKey: issuer.signingKey,
    entries: revoked.flatMap((device) =>
      liveSerialNumbers(device, now).map((serialNumber) => ({
        serialNumber,
        revocationDate: new Date(device.revokedAt),
      })),
    ),
  })
  // The library's own PEM says "CRL", which OpenSSL does not read.
  return PemConverter.encode(list.rawData, 'X509 CRL')
}
