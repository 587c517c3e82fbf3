/** Sessions of the dashboard: the cookie holds a secret, the database its hash; idle ones end after 12 hours, all after 7 days. */
import { addMs, days, epochMs, hours, minutes } from '@fleetcast/shared/units.ts'
import {
  deleteOverSessions,
  deleteSession,
  findSession,
  findUser,
  insertSession,
  touchSession,
} from '../store/queries/access.ts'
import type { Db } from '../store/store.ts'
import type { AccessPorts, Actor } from './access-ports.ts'
import { csrfTokenOf, hashSecret, newSecret } from './one-time-secret.ts'

export const SESSION_IDLE_MAX = hours(12)
export const SESSION_AGE_MAX = days(7)
/** One write a minute is precise enough for 12 hours. */
const TOUCH_EVERY = minutes(1)
const SECRET_LENGTH_MAX = 100

type Ports = Pick<AccessPorts, 'store' | 'clock'>

/** A new session with a secret of its own: whatever cookie the browser came with is never taken over (session fixation). */
export async function openSession(db: Db, { store, clock }: Ports, user: string): Promise<string> {
  const now = clock.now()
  const secret = newSecret()
  await deleteOverSessions(db, store, { now, seenBefore: addMs(now, -SESSION_IDLE_MAX) })
  await insertSession(db, store, {
    hash: hashSecret(secret),
    user,
    createdAt: now,
    seenAt: now,
    expiresAt: addMs(now, SESSION_AGE_MAX),
  })
  return secret
}

/** Whose session this is; null when it is over, unknown, or its user may not enter any more. */
export async function findSessionActor({ store, clock }: Ports, secret: string): Promise<Actor | null> {
  if (secret.length > SECRET_LENGTH_MAX) return null
  const hash = hashSecret(secret)
  const session = await findSession(store.db, store, hash)
  const now = clock.now()
  if (session === undefined || now >= session.expiresAt || now - session.seenAt >= SESSION_IDLE_MAX)
    return null
  const user = await findUser(store.db, store, session.user)
  if (user === undefined || user.disabledAt !== null) return null
  if (now - session.seenAt >= TOUCH_EVERY) await touchSession(store.db, store, hash, epochMs(now))
  return { kind: 'session', user: user.name, role: user.role, csrf: csrfTokenOf(secret) }
}

/** Ends the session of this cookie, if there is one. */
export async function endSession({ store }: Pick<Ports, 'store'>, secret: string): Promise<void> {
  if (secret.length <= SECRET_LENGTH_MAX) await deleteSession(store.db, store, hashSecret(secret))
}
