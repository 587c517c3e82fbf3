/** Enrolment: a one-time join string becomes a certificate for a key made here, once; what is there already is used again. */
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import { EnrolAnswer, type Enrolment, type EnrolRequest } from '@fleetcast/shared/protocol/enrolment.ts'
import { decodeJoinString, type JoinTicket } from '@fleetcast/shared/protocol/join-string.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { DeviceKeys, EnrolmentFile, HubHttp } from '../ports/hub-http.ts'
import { isOurs } from './certificate.ts'
import { hubUnreachable, problemOf } from './hub-answer.ts'
import { readTrust, type TrustCode } from './read-trust.ts'

export type JoinCode =
  | TrustCode
  | 'enrolment/badJoinString'
  | 'enrolment/none'
  | 'enrolment/otherDevice'
  | 'enrolment/insecure'
  | 'enrolment/badAnswer'

export type JoinPorts = {
  readonly http: HubHttp
  readonly keys: DeviceKeys
  readonly enrolmentFile: EnrolmentFile
}

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
  if (!keepsSecrets(ticket.hub))
    return refuse(
      'enrolment/insecure',
      `${ticket.hub} is plain http to another machine, which everybody on the way could read; let the hub speak https`,
    )
  const trust = await readTrust(ports.http, ticket)
  if (!trust.ok) return trust
  const { certificateAuthorities, directorRoot, imageRoot } = trust.value
  const privateKey = await keyFor(ports, ticket.device)
  const { device, secret } = ticket
  const request: EnrolRequest = { device, secret, csr: await ports.keys.request(device, privateKey) }
  const url = new URL('/api/v1/enrol', ticket.hub).href
  const answer = await ports.http
    .postJson(url, request, certificateAuthorities)
    .catch((cause: unknown) => String(cause))
  if (typeof answer === 'string') return hubUnreachable(url, answer)
  if (answer.status !== 200)
    return refuse(
      'enrolment/refused',
      `the hub refused with ${answer.status}: ${problemOf(answer.body).detail}`,
    )
  const parsed = EnrolAnswer.safeParse(answer.body)
  const isGood =
    parsed.success &&
    parsed.data.device === device &&
    isOurs(parsed.data.certificate, { device, privateKey, certificateAuthorities })
  if (!isGood)
    return refuse(
      'enrolment/badAnswer',
      'the hub answered with something else than an enrolment; are both of one version?',
    )
  const granted = { certificateAuthorities, directorRoot, imageRoot, privateKey, hubUrl: ticket.hub }
  const enrolment: Enrolment = { ...parsed.data, ...granted }
  await ports.enrolmentFile.write(enrolment)
  return ok(enrolment)
}

/** Kept before it is used: when the answer is lost, the same key has to ask again. */
async function keyFor({ keys, enrolmentFile }: JoinPorts, device: DeviceId): Promise<string> {
  const pending = await enrolmentFile.readPendingKey(device)
  if (pending !== null) return pending
  const privateKey = keys.create()
  await enrolmentFile.writePendingKey(device, privateKey)
  return privateKey
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

const keepsSecrets = (hub: string): boolean => {
  const { protocol, hostname } = new URL(hub)
  return protocol === 'https:' || LOOPBACK.includes(hostname)
}
