/** Error code -> HTTP problem (RFC 9457), in this one file. */
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { Problem } from './resources/problem.ts'

/** A refusal on its way to the client; thrown inside handlers, caught once in the app. */
export class RefusedRequest extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
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
  'enrolment/refused': 403,
  'request/foreignHost': 403,
  'request/foreignOrigin': 403,
  'device/exists': 409,
  'rollout/conflict': 409,
  'rollout/openRollout': 409,
  'rollout/notRunning': 409,
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
