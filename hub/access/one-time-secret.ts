/** Secrets that the hub makes itself: 256 random bits, of which it keeps only the SHA-256 (nothing to guess, so no slow hash). */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'

/** 43 characters of base64url. */
export const newAccessSecret = (): string => randomBytes(32).toString('base64url')

export const hashAccessSecret = (secret: string): string => sha256(new TextEncoder().encode(secret))

/** Compares in constant time; lengths may differ. */
export const sameText = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(hashAccessSecret(a)), Buffer.from(hashAccessSecret(b)))

/** The second half of a double submit: follows from the cookie, which no script can read. */
export const csrfTokenOf = (sessionSecret: string): string =>
  createHmac('sha256', sessionSecret).update('fleetcast csrf').digest('base64url')
