/** Rollouts with their verdicts and the numbers behind them. */
import * as z from 'zod'
import { Measurement, RolloutState, SiteEvidence, StageState, Verdict } from '../../rollouts/rollout.ts'

/** As the planner stores it. */
export { Measurement }

export const StageResource = z.strictObject({
  name: z.string(),
  devices: z.array(z.string()),
  state: StageState,
  verdict: Verdict.nullable(),
  reasons: z.array(z.string()),
  /** What the stage waits for, in words with numbers; empty when it waits for nothing. */
  waitsFor: z.array(z.string()),
  measurements: z.array(Measurement),
  bySite: z.array(SiteEvidence),
})
export type StageResource = z.infer<typeof StageResource>

export const RolloutResource = z.strictObject({
  id: z.string(),
  recipe: z.string(),
  version: z.number(),
  digest: z.string(),
  state: RolloutState,
  reason: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  policyDigest: z.string(),
  stages: z.array(StageResource),
})
export type RolloutResource = z.infer<typeof RolloutResource>
