/** What the two repositories say of a model, in the `custom` field of its target. */
import type { TargetFile } from '@tufjs/models'
import * as z from 'zod'
import { BundleDigest, Sha256 } from '../ids.ts'
import { TrustError } from './trust-error.ts'

/** Signed by a release key; the only statement about a model that counts. */
export const ReleasedModel = z.object({
  /** Models that replace each other: the recipe. */
  line: z.string().min(1).max(63),
  version: z.string().min(1).max(20),
  /** Rises when an older model must never run again; a device never goes below the highest it has committed to. */
  epoch: z.int().min(1),
  /** Kinds of device that may run it; `*` for every kind. */
  hardware: z.array(z.string().min(1).max(63)).min(1).max(64),
  /** Why it must not be installed any more. */
  revoked: z.string().min(1).max(400).optional(),
})
export type ReleasedModel = z.infer<typeof ReleasedModel>

export const ORDER_ROLES = ['champion', 'candidate', 'prefetch'] as const
export type OrderRole = (typeof ORDER_ROLES)[number]

/** Signed by the director: what a device shall do with the model. */
export const OrderedModel = z.object({ role: z.enum(ORDER_ROLES) })

/** `<line>/<version>` in both repositories. */
export const targetPath = (line: string, version: string | number): string => `${line}/${version}`

/** Reads the custom field of a target; throws `trust/badTarget`. */
export function customOf<T>(target: TargetFile, schema: z.ZodType<T>): T {
  const custom = schema.safeParse(target.custom)
  if (custom.success) return custom.data
  throw new TrustError('trust/badTarget', target.path, {
    message: z.prettifyError(custom.error).slice(0, 200),
  })
}

/** A bundle is named by the SHA-256 of its manifest, which is the target; throws `trust/badTarget`. */
export function digestOf(target: TargetFile): BundleDigest {
  const digest = Sha256.safeParse(target.hashes['sha256'])
  if (!digest.success)
    throw new TrustError('trust/badTarget', target.path, { message: 'it names no SHA-256' })
  return BundleDigest.parse(digest.data)
}
