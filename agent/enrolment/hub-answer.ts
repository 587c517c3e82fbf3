/** What the hub's API says when it refuses (RFC 9457), and what is said when it does not answer. */
import * as z from 'zod'
import { refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

const Problem = z.object({ code: z.string().max(100), detail: z.string().max(1_000) })
export type Problem = z.infer<typeof Problem>

export const problemOf = (body: unknown): Problem => {
  const problem = Problem.safeParse(body)
  return problem.success ? problem.data : { code: 'hub/unknown', detail: 'no reason given' }
}

/** The sentence of a problem that has not been parsed yet. */
export function problemDetailOf(bytes: Uint8Array): string {
  try {
    return problemOf(JSON.parse(new TextDecoder().decode(bytes))).detail
  } catch (cause) {
    return `no reason given (${cause instanceof Error ? cause.name : 'unreadable'})`
  }
}

export const hubUnreachable = (
  url: string,
  cause: string,
): Result<never, Refusal<'enrolment/hubUnreachable'>> =>
  refuse('enrolment/hubUnreachable', `${url} does not answer (${cause}); is the hub running?`)
