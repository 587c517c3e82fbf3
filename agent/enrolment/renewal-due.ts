/** Is it time for a new certificate? By the certificate's own dates, at whatever the clock says. */
import { DAY_MS, type DurationMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type { Validity } from './certificate.ts'

const SHARE_OF_LIFETIME = 2 / 3

export type RenewalInput = {
  readonly validity: Validity
  /** Wall time, which may be wrong. */
  readonly now: EpochMs
  /** Monotonic time since the last renewal of this run; null when there was none. */
  readonly sinceRenewal: DurationMs | null
}

/**
 * Within the certificate's dates: from two thirds of its lifetime on. Outside of them either the clock is wrong or the
 * certificate has expired, and nothing here can tell which: then once a day of running time, and once after a start.
 */
export function isRenewalDue({ validity, now, sinceRenewal }: RenewalInput): boolean {
  const { notBefore, notAfter } = validity
  if (sinceRenewal !== null && sinceRenewal < DAY_MS) return false
  if (now < notBefore || now >= notAfter) return true
  return now >= notBefore + (notAfter - notBefore) * SHARE_OF_LIFETIME
}
