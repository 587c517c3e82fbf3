/** Who sent a request: found by a bearer token or the session cookie, kept with the request for its handler. */
import type { Context } from 'hono'
import { getCookie } from 'hono/cookie'
import { assert } from '@fleetcast/shared/assert.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { AccessPorts, Actor } from '../access/access-ports.ts'
import { findSessionActor } from '../access/session.ts'
import { findTokenActor } from '../access/token.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** Null where nobody has to be signed in. */
    actor: Actor | null
    /** Asks again during a long answer. */
    isStillAllowed: () => Promise<boolean>
  }
}

/** With TLS the browser itself guards the cookie's origin (`__Host-`). */
export const cookieName = (isSecure: boolean): string =>
  isSecure ? '__Host-fleetcast_session' : 'fleetcast_session'

const BEARER = /^Bearer +(\S+)$/i

/** A wrong bearer token is refused even when a cookie would do. */
export async function findAsker(
  c: Context,
  access: AccessPorts,
  isSecure: boolean,
): Promise<Result<Actor | null, Refusal>> {
  const authorization = c.req.header('authorization')
  if (authorization !== undefined) return findTokenActor(access, BEARER.exec(authorization)?.[1] ?? '')
  const cookie = getCookie(c, cookieName(isSecure))
  return ok(cookie === undefined ? null : await findSessionActor(access, cookie))
}

/** The one who asks, in a handler whose role is not `public`. */
export function actorOf(c: Context): Actor {
  const actor = c.get('actor')
  assert(actor !== null && actor !== undefined, 'this route needs a role, so somebody is signed in')
  return actor
}

/** Address of the other end of the connection; a proxy in between hides the real one. */
export function addressOf(c: Context): string {
  const { incoming } = (c.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } }
  return incoming?.socket?.remoteAddress ?? 'unknown'
}
