/** The gates of a version, and who let it go on in spite of them. */
import * as z from 'zod'
import { GateEntry, GateName } from '../../gates/gate-report.ts'

export const GateOverrideResource = z.strictObject({
  id: z.string(),
  recipe: z.string(),
  version: z.number(),
  digest: z.string(),
  gate: z.string(),
  reason: z.string(),
  requestedBy: z.string(),
  requestedAt: z.number(),
  state: z.enum(['open', 'approved', 'rejected']),
  decidedBy: z.string().nullable(),
  decidedAt: z.number().nullable(),
  decisionReason: z.string().nullable(),
})
export type GateOverrideResource = z.infer<typeof GateOverrideResource>

export const GatesResource = z.strictObject({
  passed: z.boolean(),
  policyDigest: z.string(),
  gates: z.array(GateEntry),
  /** Failed gates that are not overridden: while there are any, the version is neither released nor rolled out. */
  blocking: z.array(GateName),
  /** Limits of the version's policy that let more through than the defaults: `missingShareMax 0.2 instead of 0.05`. */
  weaker: z.array(z.string()),
})
export type GatesResource = z.infer<typeof GatesResource>
