/** Names and passwords, judged slowly: by user name and by network, wrong ones wait longer and longer. */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { DurationMs } from '@fleetcast/shared/units.ts'
import { deleteSessionsOf, findUser, updateUser, type UserRow } from '../store/queries/access.ts'
import type { AccessPorts } from './access-ports.ts'
import { networkOf } from './attempt-limit.ts'
import { checkPassword, hashPassword, passwordMatches } from './password.ts'
import { openSession } from './session.ts'

export type Credentials = { readonly user: string; readonly password: string; readonly address: string }

export type SignInCode = 'access/wrongPassword' | 'access/tooManyAttempts'
/** `retryAfter` stands with `access/tooManyAttempts` only. */
export type SignInRefusal = Refusal<SignInCode> & { readonly retryAfter?: DurationMs }

/** The user whose password this is. Unknown, disabled and invited users cost the same time and answer alike. */
export async function provePassword(
  { store, clock, limits }: AccessPorts,
  { user: name, password, address }: Credentials,
): Promise<Result<UserRow, SignInRefusal>> {
  const network = networkOf(address)
  const now = clock.monotonic()
  const wait = limits.byNetwork.take(network, now) || limits.byUser.take(name, now)
  if (wait > 0) return tooMany(wait)
  const user = await findUser(store.db, store, name)
  const isRight = await passwordMatches(password, user?.passwordHash ?? null)
  if (!isRight || user === undefined || user.disabledAt !== null)
    return refuse('access/wrongPassword', 'the user name or the password is wrong')
  limits.byUser.reset(name)
  limits.byNetwork.giveBack(network)
  return ok(user)
}

const tooMany = (wait: DurationMs): Result<never, SignInRefusal> => ({
  ok: false,
  error: {
    code: 'access/tooManyAttempts',
    message: `too many attempts; try again in ${Math.ceil(wait / 1_000)} s`,
    retryAfter: wait,
  },
})

/** Counts a refused request without a password (a guessed link, a change without sign-in) against its network. */
export function countRefused({ limits, clock }: AccessPorts, address: string): void {
  limits.byNetwork.take(networkOf(address), clock.monotonic())
}

/** How long requests of this network without credentials have to wait; 0 most of the time. */
export const waitOf = ({ limits, clock }: AccessPorts, address: string): DurationMs =>
  limits.byNetwork.waitOf(networkOf(address), clock.monotonic())

/** A new password for who knows the old one; every session of the user ends, and the new secret is one that goes on. */
export async function changePassword(
  ports: AccessPorts,
  { next, ...credentials }: Credentials & { readonly next: string },
): Promise<Result<string, SignInRefusal | Refusal<'access/weakPassword'>>> {
  const user = await provePassword(ports, credentials)
  if (!user.ok) return user
  const checked = checkPassword(next, user.value.name)
  if (!checked.ok) return checked
  const passwordHash = await hashPassword(checked.value)
  const { store } = ports
  return store.tx(async (db) => {
    await updateUser(db, store, user.value.name, { passwordHash, inviteHash: null, inviteUntil: null })
    await deleteSessionsOf(db, store, user.value.name)
    return ok(await openSession(db, ports, user.value.name))
  })
}
