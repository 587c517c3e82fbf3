/** One-time secrets: 256 random bits, of which the hub keeps only the SHA-256 (nothing to guess, so no slow hash). */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'

/** 43 characters of base64url. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

export const hashSecret = (secret: string): string => sha256(new TextEncoder().encode(secret))

/** Compares in constant time. */
export const secretMatches = (secret: string, hash: string): boolean =>
  timingSafeEqual(Buffer.from(hashSecret(secret), 'hex'), Buffer.from(hash, 'hex'))
