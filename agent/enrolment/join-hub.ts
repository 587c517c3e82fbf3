/** Enrolment: a one-time join string becomes credentials and trusted keys, once; what is there already is used again. */
import {
  decodeJoinString,
  Enrolment,
  type EnrolRequest,
  type JoinTicket,
} from '@fleetcast/shared/protocol/enrolment.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { EnrolmentFile, HubHttp } from '../ports/hub-http.ts'

export type JoinCode =
  | 'enrolment/badJoinString'
  | 'enrolment/none'
  | 'enrolment/otherDevice'
  | 'enrolment/hubUnreachable'
  | 'enrolment/refused'
  | 'enrolment/badAnswer'

export type JoinPorts = { readonly http: HubHttp; readonly enrolmentFile: EnrolmentFile }

/** Returns the stored enrolment, or trades the join string for one and stores it before it returns. */
export async function joinHub(
  ports: JoinPorts,
  joinString: string | null,
): Promise<Result<Enrolment, Refusal<JoinCode>>> {
  const stored = await ports.enrolmentFile.read()
  if (joinString === null)
    return stored
      ? ok(stored)
      : refuse(
          'enrolment/none',
          'this station is not enrolled; give --join with the line that "fleetcast devices add" printed',
        )
  const ticket = decodeJoinString(joinString)
  if (!ticket.ok) return ticket
  if (stored === null) return await enrol(ports, ticket.value)
  if (stored.device === ticket.value.device) return ok(stored)
  return refuse(
    'enrolment/otherDevice',
    `this state folder belongs to ${stored.device}, the join string to ${ticket.value.device}; use another --state folder`,
  )
}

async function enrol(ports: JoinPorts, ticket: JoinTicket): Promise<Result<Enrolment, Refusal<JoinCode>>> {
  const request: EnrolRequest = { device: ticket.device, secret: ticket.secret }
  const url = new URL('/api/v1/enrol', ticket.hub).href
  const answer = await ports.http.postJson(url, request).catch((cause: unknown) => String(cause))
  if (typeof answer === 'string')
    return refuse('enrolment/hubUnreachable', `${url} does not answer (${answer}); is the hub running?`)
  if (answer.status !== 200 && answer.status !== 201)
    return refuse('enrolment/refused', `the hub refused with ${answer.status}: ${detailOf(answer.body)}`)
  const parsed = Enrolment.safeParse(answer.body)
  if (!parsed.success || parsed.data.device !== ticket.device)
    return refuse(
      'enrolment/badAnswer',
      'the hub answered with something else than an enrolment; are both of one version?',
    )
  await ports.enrolmentFile.write(parsed.data)
  return ok(parsed.data)
}

/** The sentence of an RFC 9457 problem, when there is one. */
const detailOf = (body: unknown): string =>
  typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : 'no reason given'
