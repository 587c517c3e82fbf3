/**
 * A rollout as it is stored: one JSON document that the planner reads and writes back.
 *
 * running <-> paused · running -> soaking -> completed · running | soaking | paused -> aborted ·
 * any but rolledBack -> rollingBack -> rolledBack. Soaking goes back to running when a device joins late.
 * Stages: waiting -> gathering -> promoting -> passed; gathering -> failed | inconclusive; promoting -> failed;
 * inconclusive -> gathering when an operator resumes.
 */
import * as z from 'zod'
import { BundleDigest, DeviceId, Sha256 } from '@fleetcast/shared/ids.ts'
import { RolloutPolicy } from '@fleetcast/shared/recipe/recipe.ts'

export const RolloutState = z.enum([
  'running',
  'soaking',
  'paused',
  'completed',
  'aborted',
  'rollingBack',
  'rolledBack',
])
export type RolloutState = z.infer<typeof RolloutState>

export const StageState = z.enum(['waiting', 'gathering', 'promoting', 'passed', 'failed', 'inconclusive'])
export type StageState = z.infer<typeof StageState>

export const Verdict = z.enum(['pass', 'fail', 'inconclusive', 'noData'])
export type Verdict = z.infer<typeof Verdict>

/** A paired comparison with all that is needed to argue about it; differences are relative to the reference's MAE. */
export const Measurement = z.strictObject({
  /** `persistence` or the digest of a running champion. */
  reference: z.string(),
  relativeDifference: z.number(),
  /** One-sided bounds, each of error rate alpha at all looks together. */
  lower: z.number(),
  upper: z.number(),
  margin: z.number(),
  /** Fleet-averaged UTC days, and the forecasts in them. */
  days: z.int().min(0),
  pairs: z.int().min(0),
  /** Units of the target, days weighted equally. */
  mae: z.number(),
  referenceMae: z.number(),
})
export type Measurement = z.infer<typeof Measurement>

/** Evidence of one device of a stage against persistence. */
export const SiteEvidence = z.strictObject({
  site: z.string(),
  device: z.string(),
  pairs: z.int().min(0),
  mae: z.number(),
  persistenceMae: z.number(),
})
export type SiteEvidence = z.infer<typeof SiteEvidence>

export const Stage = z.strictObject({
  name: z.string(),
  devices: z.array(DeviceId),
  state: StageState,
  verdict: Verdict.nullable(),
  reasons: z.array(z.string()),
  /** What the stage waits for, in words with numbers; empty when it waits for nothing. */
  waitsFor: z.array(z.string()),
  measurements: z.array(Measurement),
  bySite: z.array(SiteEvidence),
  /** Wall time of the verdict that closed the question; null while it is open. */
  decidedAt: z.int().nullable(),
})
export type Stage = z.infer<typeof Stage>

/** Stages of the policy and of late joiners together. */
export const STAGES_MAX = 64

export const Rollout = z.strictObject({
  id: z.string(),
  recipe: z.string(),
  version: z.int().min(1),
  digest: BundleDigest,
  state: RolloutState,
  /** One sentence: why it is in this state. */
  reason: z.string(),
  createdAt: z.int(),
  updatedAt: z.int(),
  policy: RolloutPolicy,
  policyDigest: Sha256,
  stages: z.array(Stage).min(1).max(STAGES_MAX),
  /** What each device was ordered to serve before (null: the baseline): the way back. */
  previous: z.record(DeviceId, BundleDigest.nullable()),
  /** What only the planner needs to remember between ticks. */
  memory: z.strictObject({
    /** Verified forecasts that a whole day of one device holds. */
    pairsPerDay: z.int().min(1),
    /** Promoted devices that have reported the version as serving: from then on another one means a roll-back. */
    seenServing: z.array(DeviceId),
    /** By stage name: days after which the open question is closed, when an operator gave it more than the policy's. */
    daysAllowed: z.record(z.string(), z.int().min(1)),
  }),
})
export type Rollout = z.infer<typeof Rollout>

/** What everybody may see of a rollout: the stored document less policy, way back and memory. */
export function rolloutResource(rollout: Rollout) {
  const { policy: _policy, previous: _previous, memory: _memory, stages, ...shown } = rollout
  return { ...shown, stages: stages.map(({ decidedAt: _decidedAt, ...stage }) => stage) }
}
