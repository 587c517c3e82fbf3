/** Users: added by an administrator, entering by a one-time invitation that sets their password. */
import * as z from 'zod'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { addMs, hours } from '@fleetcast/shared/units.ts'
import {
  deleteSessionsOf,
  findInvited,
  findUser,
  insertUser,
  listUsers,
  takeInvitation,
  updateUser,
  type UserRow,
} from '../store/queries/access.ts'
import type { Db } from '../store/store.ts'
import type { AccessPorts } from './access-ports.ts'
import { hashSecret, newSecret } from './one-time-secret.ts'
import { checkPassword, hashPassword } from './password.ts'
import type { Role } from './role.ts'
import { openSession } from './session.ts'

export const UserName = z
  .string()
  .regex(/^[a-z][a-z0-9._-]{0,62}$/, 'a user name is 1 to 63 of a-z, 0-9, . _ - and begins with a letter')

export const INVITATION_LIFE = hours(24)

type Ports = Pick<AccessPorts, 'store' | 'clock'>

export type UserCode = 'user/exists' | 'user/notFound' | 'user/lastAdmin'

/** Adds a user; the secret of the invitation is returned once and only its hash is kept. */
export async function addUser(
  { store, clock }: Ports,
  { name, role }: { readonly name: string; readonly role: Role },
): Promise<Result<string, Refusal<'user/exists'>>> {
  const { secret, columns } = newInvitation(clock)
  const row = { name, role, createdAt: clock.now(), ...columns }
  if (await insertUser(store.db, store, row)) return ok(secret)
  return refuse(
    'user/exists',
    `${name} is a user already; "fleetcast users invite ${name}" makes a new link`,
    'name',
  )
}

/** A new invitation, for a new user or a forgotten password; the one before it is void. */
export async function inviteUser(
  { store, clock }: Ports,
  name: string,
): Promise<Result<string, Refusal<'user/notFound'>>> {
  const { secret, columns } = newInvitation(clock)
  return (await updateUser(store.db, store, name, columns)) ? ok(secret) : unknownUser(name)
}

function newInvitation(clock: Ports['clock']) {
  const secret = newSecret()
  return {
    secret,
    columns: { inviteHash: hashSecret(secret), inviteUntil: addMs(clock.now(), INVITATION_LIFE) },
  }
}

export type InvitationCode = 'access/badInvitation' | 'access/weakPassword'

/** Whom the invitation is for; unknown, used and old ones answer alike. */
export async function findInvitation(
  { store, clock }: Ports,
  secret: string,
): Promise<Result<UserRow, Refusal<'access/badInvitation'>>> {
  const user = await findInvited(store.db, store, hashSecret(secret))
  if (user === undefined || user.disabledAt !== null || clock.now() >= (user.inviteUntil ?? 0))
    return refuse(
      'access/badInvitation',
      'this link was used before, is older than 24 hours, or was replaced by a newer one; ask an administrator for a new one',
    )
  return ok(user)
}

export type Entered = { readonly user: UserRow; readonly sessionSecret: string }

/** Sets the password and signs in; every other session of the user ends. A link works once. */
export async function acceptInvitation(
  ports: Ports,
  { secret, password }: { readonly secret: string; readonly password: string },
): Promise<Result<Entered, Refusal<InvitationCode>>> {
  const invited = await findInvitation(ports, secret)
  if (!invited.ok) return invited
  const checked = checkPassword(password, invited.value.name)
  if (!checked.ok) return checked
  const passwordHash = await hashPassword(checked.value)
  return enterByInvitation(ports, secret, { passwordHash })
}

/** Takes the invitation and opens a session, as one: of two at the same time one enters. */
export async function enterByInvitation(
  ports: Ports,
  secret: string,
  set: Partial<UserRow>,
): Promise<Result<Entered, Refusal<'access/badInvitation'>>> {
  const { store } = ports
  return store.tx(async (db) => {
    const user = await takeInvitation(db, store, hashSecret(secret))
    if (user === undefined) return refuse('access/badInvitation', 'this link was used a moment ago')
    if (set.passwordHash !== undefined) {
      await updateUser(db, store, user.name, set)
      await deleteSessionsOf(db, store, user.name)
    }
    return ok({ user, sessionSecret: await openSession(db, ports, user.name) })
  })
}

/** Gives another role; the user's sessions end, tokens keep the weaker of both roles. */
export const changeRole = (
  ports: Ports,
  name: string,
  role: Role,
): Promise<Result<UserRow, Refusal<UserCode>>> => changeUser(ports, name, { role })

/** Disabled: no session, no token and no invitation of this user works. */
export const setDisabled = (
  ports: Ports,
  name: string,
  isDisabled: boolean,
): Promise<Result<UserRow, Refusal<UserCode>>> =>
  changeUser(ports, name, {
    disabledAt: isDisabled ? ports.clock.now() : null,
    ...(isDisabled ? { inviteHash: null, inviteUntil: null } : {}),
  })

function changeUser(
  { store }: Ports,
  name: string,
  set: Partial<UserRow>,
): Promise<Result<UserRow, Refusal<UserCode>>> {
  return store.tx(async (db) => {
    const user = await findUser(db, store, name)
    if (user === undefined) return unknownUser(name)
    const changed = { ...user, ...set }
    if (isAdmin(user) && !isAdmin(changed) && !(await hasOtherAdmin(db, store, name)))
      return refuse(
        'user/lastAdmin',
        `${name} is the only administrator who can sign in; make another one first`,
      )
    await updateUser(db, store, name, set)
    await deleteSessionsOf(db, store, name)
    return ok(changed)
  })
}

/** Can sign in and may do everything. */
export const isAdmin = (user: UserRow): boolean =>
  user.role === 'admin' && user.disabledAt === null && user.passwordHash !== null

async function hasOtherAdmin(db: Db, store: Ports['store'], name: string): Promise<boolean> {
  return (await listUsers(db, store)).some((user) => user.name !== name && isAdmin(user))
}

const unknownUser = (name: string): Result<never, Refusal<'user/notFound'>> =>
  refuse('user/notFound', `no user is named ${name}; "fleetcast users list" names them`)
