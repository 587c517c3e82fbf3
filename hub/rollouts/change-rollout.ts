/** Small changes of a rollout, shared by the planner and the operator's commands: each returns a new document. */
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { Rollout, RolloutState, Stage } from './rollout.ts'

/** Replaces fields of one stage. */
export const withStage = (rollout: Rollout, index: number, change: Partial<Stage>): Rollout => ({
  ...rollout,
  stages: rollout.stages.map((stage, i) => (i === index ? { ...stage, ...change } : stage)),
})

export const withState = (rollout: Rollout, state: RolloutState, reason: string): Rollout => ({
  ...rollout,
  state,
  reason,
})

/**
 * Ends the rollout where it stands: a stage that was still gathering has no answer, one that was being promoted did not
 * make it. Passed stages stay passed: their own evidence carried the version.
 */
export function closeStages(rollout: Rollout, reason: string, now: EpochMs): Rollout {
  const close = (stage: Stage): Stage => {
    if (stage.state === 'gathering')
      return {
        ...stage,
        state: 'inconclusive',
        verdict: 'inconclusive',
        reasons: [...stage.reasons, reason],
        waitsFor: [],
        decidedAt: now,
      }
    if (stage.state === 'promoting')
      return {
        ...stage,
        state: 'failed',
        verdict: 'fail',
        reasons: [...stage.reasons, reason],
        waitsFor: [],
        decidedAt: now,
      }
    return { ...stage, waitsFor: [] }
  }
  return { ...rollout, stages: rollout.stages.map(close) }
}
