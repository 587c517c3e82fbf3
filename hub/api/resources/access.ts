/** Who asks, who may ask, and what was done. */
import * as z from 'zod'
import { ROLES } from '../../store/tables/access-tables.ts'

export const RoleName = z.enum(ROLES)

export const SessionResource = z.strictObject({
  user: z.string(),
  role: RoleName,
  /** Goes into the header `x-csrf-token` of every change made with the cookie; null for a bearer token. */
  csrfToken: z.string().nullable(),
  /** The demo's own user, who needs no password. */
  isDemoUser: z.boolean(),
})
export type SessionResource = z.infer<typeof SessionResource>

export const InvitationResource = z.strictObject({ user: z.string(), role: RoleName })
export type InvitationResource = z.infer<typeof InvitationResource>

export const UserResource = z.strictObject({
  name: z.string(),
  role: RoleName,
  createdAt: z.number(),
  hasPassword: z.boolean(),
  isDisabled: z.boolean(),
  /** Until when an open invitation works. */
  invitedUntil: z.number().nullable(),
})
export type UserResource = z.infer<typeof UserResource>

/** The link works once; it is shown this one time and stored nowhere. */
export const InvitedUser = z.strictObject({ user: UserResource, link: z.string() })
export type InvitedUser = z.infer<typeof InvitedUser>

export const TokenResource = z.strictObject({
  id: z.string(),
  user: z.string(),
  name: z.string(),
  role: RoleName,
  createdAt: z.number(),
  expiresAt: z.number(),
  revokedAt: z.number().nullable(),
  usedAt: z.number().nullable(),
})
export type TokenResource = z.infer<typeof TokenResource>

/** The token is shown this one time. */
export const MadeTokenResource = z.strictObject({
  id: z.string(),
  user: z.string(),
  token: z.string(),
  expiresAt: z.number(),
})
export type MadeTokenResource = z.infer<typeof MadeTokenResource>

export const AuditResource = z.strictObject({
  sequence: z.number(),
  at: z.number(),
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  details: z.unknown(),
  previous: z.string(),
  hash: z.string(),
})
export type AuditResource = z.infer<typeof AuditResource>
