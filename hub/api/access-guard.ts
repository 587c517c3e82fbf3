/**
 * Default deny for everything under /api: the operation must be in the table of roles, the asker must have the role, a change
 * with a cookie must carry the session's CSRF token, and every change is in the audit log before it is made.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ms, type DurationMs } from '@fleetcast/shared/units.ts'
import type { Actor } from '../access/access-ports.ts'
import { sameText } from '../access/one-time-secret.ts'
import { mayDo } from '../access/role.ts'
import { countRefused, waitOf } from '../access/sign-in.ts'
import { isHttps } from '../config/public-url.ts'
import type { ApiPorts } from './api-ports.ts'
import { addressOf, findAsker } from './asker.ts'
import { auditChange, auditRefusal } from './audit-changes.ts'
import { isChange } from './guards.ts'
import { RefusedRequest } from './problems.ts'
import { OPERATION_BY_ROUTE, REQUIRED_ROLE, type OperationId } from './required-roles.ts'

export type GuardPorts = Pick<ApiPorts, 'access' | 'config' | 'store' | 'clock'>

export function guardAccess(ports: GuardPorts): MiddlewareHandler {
  const { access } = ports
  const isSecure = isHttps(ports.config)
  return async (c, next) => {
    const operation = operationOf(c)
    const asker = await findAsker(c, access, isSecure)
    const actor = asker.ok ? asker.value : null
    const changes = isChange(c.req.method)
    // A renewal is signed by the key on record: there is nothing to guess, and nobody may keep a station from it.
    const isGuess = actor === null && operation !== 'renewDevice'
    const wait = changes && isGuess ? waitOf(access, addressOf(c)) : ms(0)
    if (wait > 0) throw tooMany(wait)
    const allowed = judge({ c, operation, asker })
    if (!allowed.ok) {
      if (changes && actor === null) countRefused(access, addressOf(c))
      if (changes) await auditRefusal(ports, { c, operation, actor, refusal: allowed.error })
      throw new RefusedRequest(allowed.error)
    }
    c.set('actor', actor)
    c.set('isStillAllowed', async () => {
      const now = await findAsker(c, access, isSecure)
      return judge({ c, operation, asker: now }).ok
    })
    if (!changes) return next()
    await auditChange(ports, { c, operation: allowed.value, actor }, next)
    // A guessed link or join secret; wrong passwords are counted where they are judged.
    if (isGuess && c.res.status === 403) countRefused(access, addressOf(c))
  }
}

/** The operation that would answer; null when nothing under /api has this method and path. */
function operationOf(c: Context): OperationId | null {
  for (const { method, path } of matchedRoutes(c)) {
    const operation = OPERATION_BY_ROUTE.get(`${method} ${path}`)
    if (operation !== undefined) return operation
  }
  return null
}

type Question = {
  readonly c: Context
  readonly operation: OperationId | null
  readonly asker: Result<Actor | null, Refusal>
}

function judge({ c, operation, asker }: Question): Result<OperationId, Refusal> {
  const required = operation === null ? 'viewer' : REQUIRED_ROLE[operation]
  if (operation !== null && required === 'public') return ok(operation)
  if (!asker.ok) return asker
  const actor = asker.value
  if (actor === null)
    return refuse(
      'access/notSignedIn',
      'sign in first: in the dashboard, or with "fleetcast login"; programs send "authorization: Bearer <token>"',
    )
  if (operation === null) return refuse('request/notFound', `nothing is at ${c.req.path}`)
  if (required !== 'public' && !mayDo(actor.role, required))
    return refuse('access/forbidden', `this needs the role ${required}; yours is ${actor.role}`)
  const given = c.req.header('x-csrf-token') ?? ''
  if (isChange(c.req.method) && actor.kind === 'session' && !sameText(given, actor.csrf))
    return refuse(
      'access/csrf',
      'a change with a session cookie needs the header x-csrf-token (from GET /api/v1/session)',
    )
  return ok(operation)
}

const tooMany = (wait: DurationMs): RefusedRequest =>
  new RefusedRequest({
    code: 'access/tooManyAttempts',
    message: `too many refused attempts from this address; try again in ${Math.ceil(wait / 1_000)} s`,
    retryAfter: wait,
  })
