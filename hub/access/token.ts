/** API tokens, `fct_<id>_<secret>`: the id finds the row, the secret proves it; the hub keeps the secret's hash. */
import { randomBytes } from 'node:crypto'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { addMs, days, epochMs, minutes, type EpochMs } from '@fleetcast/shared/units.ts'
import {
  findToken,
  findUser,
  insertToken,
  listTokens,
  revokeTokenRow,
  touchToken,
  type TokenRow,
} from '../store/queries/access.ts'
import type { AccessPorts, Actor } from './access-ports.ts'
import { hashSecret, newSecret, secretMatches } from './one-time-secret.ts'
import { mayDo, weakerRole, type Role } from './role.ts'

export const TOKEN_DAYS_DEFAULT = 90
export const TOKEN_DAYS_MAX = 366
/** Unrevoked and unexpired ones of one user. */
const TOKENS_MAX = 100
const TOUCH_EVERY = minutes(1)
const TOKEN = /^fct_([0-9a-f]{12})_([\w-]{43})$/

type Ports = Pick<AccessPorts, 'store' | 'clock'>

export type NewToken = {
  readonly user: string
  readonly name: string
  readonly role: Role
  readonly days: number
  /** Who makes it; null for the hub itself and for a person who just proved a password. */
  readonly maker: Actor | null
}

export type MadeToken = { readonly id: string; readonly token: string; readonly expiresAt: EpochMs }

export type CreateTokenCode =
  | 'token/roleTooHigh'
  | 'token/outlivesMaker'
  | 'token/tooMany'
  | 'access/unknownUser'

/** Makes a token that may do no more than its user and its maker, and that does not outlive the token that made it. */
export async function createToken(
  { store, clock }: Ports,
  wanted: NewToken,
): Promise<Result<MadeToken, Refusal<CreateTokenCode>>> {
  const { maker } = wanted
  const user = await findUser(store.db, store, wanted.user)
  if (user === undefined || user.disabledAt !== null)
    return refuse('access/unknownUser', `no user who may enter is named ${wanted.user}`)
  const limit = maker === null || maker.user !== user.name ? user.role : weakerRole(user.role, maker.role)
  if (!mayDo(limit, wanted.role))
    return refuse('token/roleTooHigh', `the role of this token may be ${limit} at most`, 'role')
  const now = clock.now()
  const expiresAt = addMs(now, days(wanted.days))
  if (maker?.kind === 'token' && expiresAt > maker.expiresAt)
    return refuse(
      'token/outlivesMaker',
      `a token may not outlive the one that makes it (${new Date(maker.expiresAt).toISOString().slice(0, 10)}); ask for fewer days or make it in the dashboard`,
      'days',
    )
  const living = await listTokens(store.db, store, user.name)
  if (living.filter((row) => row.revokedAt === null && row.expiresAt > now).length >= TOKENS_MAX)
    return refuse('token/tooMany', `${user.name} has ${TOKENS_MAX} tokens; revoke some first`)
  const id = randomBytes(6).toString('hex')
  const secret = newSecret()
  await insertToken(store.db, store, {
    id,
    user: user.name,
    name: wanted.name,
    role: wanted.role,
    hash: hashSecret(secret),
    createdAt: now,
    expiresAt,
  })
  return ok({ id, token: `fct_${id}_${secret}`, expiresAt })
}

export type TokenCode = 'access/badToken' | 'access/expiredToken' | 'access/revokedToken'

/** Whose token this is; only who knows its secret hears that it is expired or revoked. */
export async function findTokenActor(
  { store, clock }: Ports,
  text: string,
): Promise<Result<Actor, Refusal<TokenCode>>> {
  const bad = refuse('access/badToken', 'this token is unknown; "fleetcast login" makes a new one')
  const [, id = '', secret = ''] = TOKEN.exec(text) ?? []
  const row = id === '' ? undefined : await findToken(store.db, store, id)
  if (row === undefined || !secretMatches(secret, row.hash)) return bad
  const now = clock.now()
  if (row.revokedAt !== null)
    return refuse('access/revokedToken', 'this token was revoked; "fleetcast login" makes a new one')
  if (now >= row.expiresAt)
    return refuse('access/expiredToken', 'this token has expired; "fleetcast login" makes a new one')
  const user = await findUser(store.db, store, row.user)
  if (user === undefined || user.disabledAt !== null) return bad
  if (now - (row.usedAt ?? 0) >= TOUCH_EVERY) await touchToken(store.db, store, id, now)
  return ok({
    kind: 'token',
    user: user.name,
    role: weakerRole(row.role, user.role),
    tokenId: id,
    expiresAt: epochMs(row.expiresAt),
  })
}

/** The tokens this actor may see: an administrator everybody's, else one's own. */
export const visibleTokens = ({ store }: Pick<Ports, 'store'>, actor: Actor): Promise<TokenRow[]> =>
  listTokens(store.db, store, actor.role === 'admin' ? null : actor.user)

/** Revokes a token; of another user's only an administrator. A second time changes nothing. */
export async function revokeToken(
  { store, clock }: Ports,
  actor: Actor,
  id: string,
): Promise<Result<void, Refusal<'token/notFound'>>> {
  const row = await findToken(store.db, store, id)
  if (row === undefined || (row.user !== actor.user && actor.role !== 'admin'))
    return refuse('token/notFound', `no token of yours has the id ${id}`)
  await revokeTokenRow(store.db, store, id, clock.now())
  return ok(undefined)
}
