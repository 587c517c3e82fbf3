/**
 * Passwords: scrypt (RFC 7914), whose cost makes guessing from a stolen database slow. The parameters stand in the stored
 * string, so they can be raised later without locking anybody out.
 */
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

export const PASSWORD_LENGTH_MIN = 12
export const PASSWORD_LENGTH_MAX = 200

const COST = { log2N: 15, r: 8, p: 1 }
const HASH_BYTES = 32
/** 128 * N * r is what scrypt needs; Node's own limit is below that. */
const MEMORY_BYTES_MAX = 64 * 1024 * 1024
const STORED = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]+)\$([\w-]+)$/

/** Length only (NIST SP 800-63B): rules about characters make passwords worse. */
export function checkPassword(
  password: string,
  user: string,
): Result<string, Refusal<'access/weakPassword'>> {
  const length = [...password].length
  if (length < PASSWORD_LENGTH_MIN || length > PASSWORD_LENGTH_MAX)
    return refuse(
      'access/weakPassword',
      `a password has ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters; a few words in a row are fine`,
      'password',
    )
  const plain = password.toLowerCase()
  const rest = user.length < 4 ? plain : plain.replaceAll(user.toLowerCase(), '')
  if (new Set(plain).size < 5 || rest.length < PASSWORD_LENGTH_MIN / 2)
    return refuse(
      'access/weakPassword',
      'this password is the first that somebody would try; take one with more different characters and more than the user name',
      'password',
    )
  return ok(password)
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const { log2N, r, p } = COST
  const hash = await derive(password, salt, { N: 2 ** log2N, r, p })
  return ['scrypt', log2N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** Costs the same time for a user who does not exist (`stored` null), so that names cannot be probed. */
export async function passwordMatches(password: string, stored: string | null): Promise<boolean> {
  const [, log2N, r, p, salt = '', hash = ''] = STORED.exec(stored ?? NOBODY) ?? []
  const expected = Buffer.from(hash, 'base64url')
  const found = await derive(password, Buffer.from(salt, 'base64url'), {
    N: 2 ** Number(log2N),
    r: Number(r),
    p: Number(p),
  })
  return timingSafeEqual(found, expected) && stored !== null
}

const NOBODY = `scrypt$${COST.log2N}$${COST.r}$${COST.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`

const derive = (password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // One form of a character: what is typed on another keyboard is the same password.
    scrypt(
      password.normalize('NFC'),
      salt,
      HASH_BYTES,
      { ...cost, maxmem: MEMORY_BYTES_MAX },
      (cause, key) => (cause === null ? resolve(key) : reject(cause)),
    )
  })
