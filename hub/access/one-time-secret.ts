/** Secrets that the hub makes itself: 256 random bits, of which it keeps only the SHA-256 (nothing to guess, so no slow hash). */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'

/** 43 characters of base64url. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

export const hashSecret = (secret: string): string => sha256(new TextEncoder().encode(secret))

/** Compares in constant time. */
export const secretMatches = (secret: string, hash: string): boolean =>
  timingSafeEqual(Buffer.from(hashSecret(secret), 'hex'), Buffer.from(hash, 'hex'))

/** Compares in constant time; lengths may differ. */
export const sameText = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(hashSecret(a)), Buffer.from(hashSecret(b)))

/** The second half of a double submit: follows from the cookie, which no script can read. */
export const csrfTokenOf = (sessionSecret: string): string =>
  createHmac('sha256', sessionSecret).update('fleetcast csrf').digest('base64url')
