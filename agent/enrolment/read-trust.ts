/** The trust file, read from whoever answers and believed only when its bytes are those that the join string vouches for. */
import type { JoinTicket } from '@fleetcast/shared/protocol/join-string.ts'
import { pinOf, TrustFile } from '@fleetcast/shared/protocol/trust-file.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { HubHttp } from '../ports/hub-http.ts'
import { hubUnreachable, problemDetailOf } from './hub-answer.ts'

export type TrustCode = 'enrolment/hubUnreachable' | 'enrolment/refused' | 'enrolment/wrongHub'

export async function readTrust(
  http: HubHttp,
  { hub, pin }: JoinTicket,
): Promise<Result<TrustFile, Refusal<TrustCode>>> {
  const url = new URL('/api/v1/trust', hub).href
  const answer = await http.readUnverified(url).catch((cause: unknown) => String(cause))
  if (typeof answer === 'string') return hubUnreachable(url, answer)
  const { status, bytes } = answer
  if (status !== 200)
    return refuse('enrolment/refused', `the hub refused with ${status}: ${problemDetailOf(bytes)}`)
  if (pinOf(bytes) !== pin)
    return refuse(
      'enrolment/wrongHub',
      `what answers at ${hub} is not the hub that made this join string, or its trust has changed since; ask for a new join string, and look for who stands between`,
    )
  const file = TrustFile.safeParse(JSON.parse(new TextDecoder().decode(bytes)))
  return file.success
    ? ok(file.data)
    : refuse('enrolment/refused', 'the hub has a newer trust file; update this agent')
}
