/** `reference-profile.json`: per channel the edges every device counts between, and the training data's own counts. */
import * as z from 'zod'
import { canonicalJson } from '../crypto/canonical-json.ts'
import { sha256 } from '../crypto/digest.ts'
import type { Sha256 } from '../ids.ts'

export const ChannelReference = z
  .strictObject({
    channel: z.string().max(40),
    unit: z.string().max(16),
    /** Inner edges, strictly increasing: quantiles of the training data; value x falls into bin i when edges[i-1] < x <= edges[i]. */
    edges: z.array(z.number()).min(1).max(63),
    /** Training counts, one more than edges: the first and the last bin are open. */
    counts: z.array(z.int().min(0)).min(2).max(64),
    /** Sum of the training values of each bin: makes bin means, and so W1, exact for the reference. */
    sums: z.array(z.number()).min(2).max(64),
    n: z.int().min(1),
    mean: z.number(),
    standardDeviation: z.number().min(0),
    min: z.number(),
    max: z.number(),
  })
  .refine(
    (reference) => reference.counts.length === reference.edges.length + 1,
    'counts are one more than edges',
  )
  .refine(
    (reference) => reference.edges.every((edge, i) => i === 0 || edge > reference.edges[i - 1]!),
    'edges grow',
  )
export type ChannelReference = z.infer<typeof ChannelReference>

export const ReferenceProfile = z.strictObject({
  schema: z.literal('fleetcast/reference-profile/1'),
  channels: z.array(ChannelReference).min(1).max(32),
})
export type ReferenceProfile = z.infer<typeof ReferenceProfile>

/** Names a channel's edges, so that counts of other edges are never added. */
export const edgesDigest = (reference: Pick<ChannelReference, 'channel' | 'edges'>): Sha256 =>
  sha256(canonicalJson({ channel: reference.channel, edges: reference.edges }))
