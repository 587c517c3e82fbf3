/** A new certificate for the key on record: also long after the last one has expired, so that no visit is needed. */
import type { RenewAnswer, RenewRequest } from '@fleetcast/shared/protocol/enrolment.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { findDevice, updateDevice } from '../store/queries/sites-and-devices.ts'
import type { EnrolPorts } from './enrol-device.ts'
import { readRequest, type RequestCode } from './read-request.ts'

export type RenewCode = 'identity/refused' | 'identity/revoked' | RequestCode

/** The request's own signature proves the key. Unknown device and wrong key answer alike. */
export async function renewCertificate(
  { store, clock, authority }: Pick<EnrolPorts, 'store' | 'clock' | 'authority'>,
  { device, csr }: RenewRequest,
): Promise<Result<RenewAnswer, Refusal<RenewCode>>> {
  const key = await readRequest(csr)
  if (!key.ok) return key
  const row = await findDevice(store, device)
  if (row?.publicKey == null || row.publicKey !== key.value)
    return refuse('identity/refused', 'no device of this name has this key; enrol the station')
  // Told only to who holds the key.
  if (row.revokedAt !== null)
    return refuse('identity/revoked', `${device} was revoked and gets no certificate any more`)
  const { pem, until } = await authority.issue(device, key.value, clock.now())
  await updateDevice(store, device, { certificateUntil: until })
  return ok({ certificate: pem })
}
