/** Error code -> HTTP problem (RFC 9457), in this one file. */
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { DurationMs } from '@fleetcast/shared/units.ts'
import type { Problem } from './resources/problem.ts'

/** `retryAfter` becomes the header of that name. */
export type RefusalWithWait = Refusal & { readonly retryAfter?: DurationMs }

/** A refusal on its way to the client; thrown inside handlers, caught once in the app. */
export class RefusedRequest extends Error {
  readonly refusal: RefusalWithWait
  constructor(refusal: RefusalWithWait) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** The value, or the refusal as a problem answer. */
export function orProblem<T>(result: Result<T, Refusal>): T {
  if (result.ok) return result.value
  throw new RefusedRequest(result.error)
}

const STATUS: Record<string, number> = {
  'access/notSignedIn': 401,
  'access/badToken': 401,
  'access/expiredToken': 401,
  'access/revokedToken': 401,
  'access/wrongPassword': 401,
  'access/forbidden': 403,
  'access/needsSession': 403,
  'access/csrf': 403,
  'access/badInvitation': 403,
  'access/unknownUser': 404,
  'access/tooManyAttempts': 429,
  'user/exists': 409,
  'user/lastAdmin': 409,
  'token/tooMany': 409,
  'token/roleTooHigh': 403,
  'enrolment/refused': 403,
  'enrolment/expired': 403,
  'enrolment/otherKey': 403,
  'identity/refused': 403,
  'identity/revoked': 403,
  'request/foreignHost': 403,
  'request/foreignOrigin': 403,
  'device/exists': 409,
  'device/revoked': 409,
  'trust/notInitialised': 409,
  'trust/notDemo': 409,
  'trust/exists': 409,
  'trust/conflict': 409,
  'version/notReleased': 409,
  'version/inUse': 409,
  'version/deleted': 410,
  'alias/changed': 409,
  'alias/noPrevious': 409,
  'alias/requestClosed': 409,
  'alias/secondPersonNeeded': 403,
  'gates/failed': 409,
  'gates/notFailed': 409,
  'gates/overrideExists': 409,
  'gates/overrideDecided': 409,
  'gates/overrideNotFound': 404,
  'gates/secondPersonNeeded': 403,
  'score/notAttested': 409,
  'rollout/conflict': 409,
  'rollout/openRollout': 409,
  'rollout/notRunning': 409,
  'run/ended': 409,
  'run/noVersion': 409,
  'run/notTrained': 409,
  'run/recipeChanged': 409,
  'training/unavailable': 500,
  'request/tooLarge': 413,
  'dataset/tooLarge': 413,
  'dataset/busy': 429,
  'dataset/crashed': 500,
  'request/notJson': 415,
  'hub/internal': 500,
}

function statusOf(code: string): number {
  if (STATUS[code] !== undefined) return STATUS[code]
  if (code.endsWith('/notFound') || code.startsWith('unknown/')) return 404
  if (code.startsWith('rollout/')) return 409
  return 422
}

/** The headers that go with a refusal. */
export function headersOf({ code, retryAfter }: RefusalWithWait): Record<string, string> {
  return {
    'content-type': 'application/problem+json',
    ...(statusOf(code) === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfter / 1_000)) }),
  }
}

export function problemOf(refusal: Refusal): Problem {
  const { code, message, at } = refusal
  const problem = {
    type: `https://fleetcast.dev/problems/${code}`,
    title: code,
    status: statusOf(code),
    code,
    detail: message,
  }
  return at === undefined ? problem : { ...problem, at }
}
