/** Enrolment over HTTP: a one-time join string becomes the device's credentials and the keys it trusts. */
import * as z from 'zod'
import { DeviceId, SiteId } from '../ids.ts'
import { Recipe } from '../recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '../result.ts'

const ROOT_BYTES_MAX = 128 * 1024

export const JoinTicket = z.strictObject({
  hub: z.url({ protocol: /^https?$/ }),
  device: DeviceId,
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})
export type JoinTicket = z.infer<typeof JoinTicket>

export const EnrolRequest = z.strictObject({ device: DeviceId, secret: z.string().max(64) })
export type EnrolRequest = z.infer<typeof EnrolRequest>

/** What the device keeps (mode 0600): its password is 256 random bits; the hub stores only a hash of it. */
export const Enrolment = z.strictObject({
  device: DeviceId,
  site: SiteId,
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  mqttUrl: z.url({ protocol: /^mqtts?$/ }),
  password: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** Base64 SPKI of the hub's Ed25519 signing keys. */
  trustedKeys: z.array(z.string().max(200)).min(1).max(8),
  /** Texts of the first root of each repository: what signed metadata are traced back to. */
  directorRoot: z.string().max(ROOT_BYTES_MAX),
  imageRoot: z.string().max(ROOT_BYTES_MAX),
  recipe: Recipe,
})
export type Enrolment = z.infer<typeof Enrolment>

/** `fleetcast-join:` + base64url(JSON): one string to paste at a station. */
const PREFIX = 'fleetcast-join:'

export const encodeJoinString = (ticket: JoinTicket): string =>
  PREFIX + Buffer.from(JSON.stringify(ticket)).toString('base64url')

export function decodeJoinString(text: string): Result<JoinTicket, Refusal<'enrolment/badJoinString'>> {
  const bad = (why: string) =>
    refuse('enrolment/badJoinString', `${why}; copy the whole line that "fleetcast devices add" printed`)
  if (!text.startsWith(PREFIX)) return bad(`a join string starts with ${PREFIX}`)
  try {
    const ticket = JoinTicket.safeParse(
      JSON.parse(Buffer.from(text.slice(PREFIX.length), 'base64url').toString()),
    )
    return ticket.success ? ok(ticket.data) : bad('the join string is damaged')
  } catch (cause) {
    return bad(`the join string is damaged (${cause instanceof Error ? cause.message : 'unreadable'})`)
  }
}
