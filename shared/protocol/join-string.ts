/** `fleetcast-join:` + base64url(JSON [hub, device, secret, pin]): one string to paste at a station. */
import * as z from 'zod'
import { DeviceId } from '../ids.ts'
import { ok, refuse, type Refusal, type Result } from '../result.ts'
import { JoinSecret } from './enrolment.ts'

const PREFIX = 'fleetcast-join:'
const CHARACTERS_MAX = 4_096

export type JoinTicket = {
  readonly hub: string
  readonly device: DeviceId
  readonly secret: string
  /** Of the trust file, see `pinOf`. */
  readonly pin: string
}

const TicketFields = z.tuple([
  z.url({ protocol: /^https?$/ }),
  DeviceId,
  JoinSecret,
  z.string().regex(/^[A-Za-z0-9_-]{43}$/),
])

export const encodeJoinString = ({ hub, device, secret, pin }: JoinTicket): string =>
  PREFIX + Buffer.from(JSON.stringify([hub, device, secret, pin])).toString('base64url')

export function decodeJoinString(text: string): Result<JoinTicket, Refusal<'enrolment/badJoinString'>> {
  const bad = (why: string) =>
    refuse('enrolment/badJoinString', `${why}; copy the whole line that "fleetcast devices add" printed`)
  if (!text.startsWith(PREFIX)) return bad(`a join string starts with ${PREFIX}`)
  if (text.length > CHARACTERS_MAX) return bad('the join string is too long')
  try {
    const fields = TicketFields.safeParse(
      JSON.parse(Buffer.from(text.slice(PREFIX.length), 'base64url').toString()),
    )
    if (!fields.success) return bad('the join string is damaged')
    const [hub, device, secret, pin] = fields.data
    return ok({ hub, device, secret, pin })
  } catch (cause) {
    return bad(`the join string is damaged (${cause instanceof Error ? cause.message : 'unreadable'})`)
  }
}
