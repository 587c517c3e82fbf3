/**
 * A device's certificate is the certificate of a day: serial number and validity follow from device, key and UTC day. A request
 * that is repeated on the same day (lost reply) gets the same certificate again, and a revocation list can name every
 * certificate of a device without a register of them.
 */
import { createHash } from 'node:crypto'
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import { DAY_MS, epochMs, type EpochMs } from '@fleetcast/shared/units.ts'

export const CERTIFICATE_DAYS = 90
/** For a device whose clock is a little behind the hub's. */
const DAYS_BACK = 1

export const dayOf = (at: EpochMs): number => Math.floor(at / DAY_MS)

/** Validity of what is issued on that day, judged by the hub's clock. */
export const validityOf = (day: number): { readonly notBefore: Date; readonly notAfter: Date } => ({
  notBefore: new Date((day - DAYS_BACK) * DAY_MS),
  notAfter: new Date((day + CERTIFICATE_DAYS) * DAY_MS),
})

/** 16 bytes, hex; positive and of one length. */
export function serialNumberOf(device: DeviceId, publicKey: string, day: number): string {
  const digest = createHash('sha256').update(`${device}\n${publicKey}\n${day}`).digest().subarray(0, 16)
  digest[0] = (digest[0]! & 0x3f) | 0x40
  return digest.toString('hex')
}

export type IssuedRange = {
  readonly device: DeviceId
  readonly publicKey: string
  readonly enrolledAt: EpochMs
  /** Expiry of the newest certificate. */
  readonly certificateUntil: EpochMs
}

/** Serial numbers of everything that may have been issued to the device and has not expired: one a day, at most 91. */
export function liveSerialNumbers(
  { device, publicKey, enrolledAt, certificateUntil }: IssuedRange,
  now: EpochMs,
): readonly string[] {
  const newest = dayOf(certificateUntil) - CERTIFICATE_DAYS
  const oldest = Math.max(dayOf(enrolledAt), dayOf(now) - CERTIFICATE_DAYS)
  return Array.from({ length: Math.max(0, newest - oldest + 1) }, (_, i) =>
    serialNumberOf(device, publicKey, oldest + i),
  )
}

/** When a certificate of that day ends. */
export const expiryOf = (day: number): EpochMs => epochMs((day + CERTIFICATE_DAYS) * DAY_MS)
