/** Names that point to versions, every move they made, and requests for the next one. */
import * as z from 'zod'
import { ALIAS_CHANGES, REQUEST_STATES } from '../../store/tables/alias-tables.ts'

/** What an alias points to. */
const Pointed = z.strictObject({ version: z.number(), digest: z.string() }).nullable()

export const AliasResource = z.strictObject({
  recipe: z.string(),
  name: z.string(),
  version: z.number(),
  digest: z.string(),
  /** To be sent with the next change, which is refused when somebody else was faster. */
  revision: z.number(),
  isProtected: z.boolean(),
  updatedAt: z.number(),
})
export type AliasResource = z.infer<typeof AliasResource>

export const AliasEntryResource = z.strictObject({
  recipe: z.string(),
  name: z.string(),
  revision: z.number(),
  kind: z.enum([...ALIAS_CHANGES, 'approved']),
  from: Pointed,
  to: Pointed,
  by: z.string(),
  reason: z.string(),
  at: z.number(),
  /** The rollout whose evidence moved it. */
  rollout: z.string().nullable(),
  /** The request that was approved. */
  request: z.number().nullable(),
})
export type AliasEntryResource = z.infer<typeof AliasEntryResource>

export const AliasRequestResource = z.strictObject({
  id: z.number(),
  recipe: z.string(),
  name: z.string(),
  kind: z.enum(ALIAS_CHANGES),
  to: Pointed,
  expectedRevision: z.number(),
  reason: z.string(),
  requestedBy: z.string(),
  requestedAt: z.number(),
  state: z.enum(REQUEST_STATES),
  decidedBy: z.string().nullable(),
  decidedAt: z.number().nullable(),
  decisionReason: z.string().nullable(),
})
export type AliasRequestResource = z.infer<typeof AliasRequestResource>

/** `alias`: as it is now, null when it points to nothing. `request`: what waits for a second person, null when it is done. */
export const AliasOutcomeResource = z.strictObject({
  alias: AliasResource.nullable(),
  request: AliasRequestResource.nullable(),
})
export type AliasOutcomeResource = z.infer<typeof AliasOutcomeResource>

export const DeletedVersionResource = z.strictObject({
  recipe: z.string(),
  version: z.number(),
  /** Files that no other version has; they are gone. */
  files: z.number(),
})
export type DeletedVersionResource = z.infer<typeof DeletedVersionResource>

export const RemovedOrphansResource = z.strictObject({ files: z.number(), bytes: z.number() })
export type RemovedOrphansResource = z.infer<typeof RemovedOrphansResource>
