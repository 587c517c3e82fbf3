/** The hub's trust as people see it: who holds which key, what expires when, what is released. */
import * as z from 'zod'

const TrustStateName = z.enum(['none', 'demo', 'production'])

const KeyHolder = z.strictObject({
  repository: z.enum(['director', 'image']),
  role: z.string(),
  threshold: z.number(),
  keys: z.array(z.strictObject({ id: z.string(), name: z.string() })),
})

export const ExpiryResource = z.strictObject({
  name: z.string(),
  version: z.number(),
  expiresAt: z.number(),
  /** Days of the warning that it is in; null while there is time. */
  warning: z.number().nullable(),
})

export const TrustStatus = z.strictObject({
  state: TrustStateName,
  holders: z.array(KeyHolder),
  expiries: z.array(ExpiryResource),
})
export type TrustStatus = z.infer<typeof TrustStatus>

/** What the first page says of it. */
export const TrustSummary = z.strictObject({
  state: TrustStateName,
  /** Only what people have to renew soon. */
  expiring: z.array(ExpiryResource),
})

export const ModelRelease = z.strictObject({
  state: z.enum(['released', 'notReleased', 'revoked']),
  epoch: z.number().nullable(),
  hardware: z.array(z.string()),
  reason: z.string().nullable(),
})

export const ReleaseResource = ModelRelease.extend({
  recipe: z.string(),
  version: z.number(),
  digest: z.string(),
})
export type ReleaseResource = z.infer<typeof ReleaseResource>

export const PublishedResource = z.strictObject({
  imageRoot: z.string().nullable(),
  directorRoot: z.string().nullable(),
  targets: z.string().nullable(),
})
