/** One step of the open stage: judge what it gathered, or watch its devices take the version over. */
import type { BundleDigest, DeviceId } from '@fleetcast/shared/ids.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { closeStages, withStage, withState } from './change-rollout.ts'
import { judgeEvidence, type Judgement } from './judge-evidence.ts'
import type { DeviceView, PlanInput, RolloutEvent } from './plan.ts'
import type { Rollout, Stage } from './rollout.ts'
import { counted } from './words.ts'

export type Step = { readonly rollout: Rollout; readonly events: readonly RolloutEvent[] }

type StageInput = Pick<PlanInput, 'evidence' | 'now'> & {
  readonly rollout: Rollout
  readonly index: number
  readonly viewByDevice: ReadonlyMap<DeviceId, DeviceView>
}

/** Judges a gathering stage: it goes on, is promoted, or ends the rollout (fail) or pauses it (inconclusive). */
export function judgeStage(input: StageInput): Step {
  const { rollout, index, now } = input
  const stage = rollout.stages[index]!
  const judged = judge(input, stage)
  const { verdict } = judged
  const shown = {
    verdict,
    reasons: [...judged.reasons],
    waitsFor: [...judged.waitsFor],
    measurements: [...judged.measurements],
    bySite: [...judged.bySite],
  }
  if (verdict === null || verdict === 'noData')
    return { rollout: withStage(rollout, index, shown), events: [] }
  if (verdict === 'fail')
    return failStage(withStage(rollout, index, shown), { index, reasons: judged.reasons, now })
  const decided = { ...shown, decidedAt: now }
  if (verdict === 'inconclusive') {
    const why = `stage ${stage.name} is undecided: ${judged.reasons.join('; ')}`
    const paused = withState(withStage(rollout, index, { ...decided, state: 'inconclusive' }), 'paused', why)
    return { rollout: paused, events: [event('paused', 'warning', `${why}; resume to gather on, or abort`)] }
  }
  return {
    rollout: withStage(rollout, index, { ...decided, state: 'promoting' }),
    events: [
      event('stagePassed', 'info', `stage ${stage.name} passed its gate: ${judged.reasons.join('; ')}`),
    ],
  }
}

/** Fails the stage at `index` and with it the rollout; passed stages keep the version. */
export function failStage(
  rollout: Rollout,
  { index, reasons, now }: { index: number; reasons: readonly string[]; now: EpochMs },
): Step {
  const stage = rollout.stages[index]!
  const failed: Partial<Stage> = {
    state: 'failed',
    verdict: 'fail',
    reasons: [...reasons],
    waitsFor: [],
    decidedAt: now,
  }
  const why = `stage ${stage.name} failed: ${reasons.join('; ')}`
  const aborted = withState(closeStages(withStage(rollout, index, failed), why, now), 'aborted', why)
  return { rollout: aborted, events: [event('stageFailed', 'error', why)] }
}

/** Watches a promoting stage: passed once every reachable device serves the version and has committed to it. */
export function promoteStage({ rollout, index, viewByDevice }: StageInput): Step {
  const stage = rollout.stages[index]!
  const views = stage.devices.flatMap((device) => viewByDevice.get(device) ?? [])
  const reachable = views.filter((view) => view.isReachable)
  const missing = reachable.filter(
    (view) => view.serving !== rollout.digest || view.servingState !== 'committed',
  )
  if (reachable.length === 0)
    return {
      rollout: withStage(rollout, index, { waitsFor: ['a device of the stage to be reachable'] }),
      events: [],
    }
  if (missing.length > 0)
    return {
      rollout: withStage(rollout, index, { waitsFor: missing.map((view) => takeOverText(view, rollout)) }),
      events: [],
    }
  const stragglers = stage.devices.length - reachable.length
  const tail = stragglers === 0 ? '' : `; ${counted(stragglers, 'unreachable device')} will follow`
  return {
    rollout: withStage(rollout, index, { state: 'passed', waitsFor: [] }),
    events: [event('stageServes', 'info', `stage ${stage.name} serves version ${rollout.version}${tail}`)],
  }
}

/** An event of the rollout as an operator reads it. */
export const event = (name: string, severity: RolloutEvent['severity'], message: string): RolloutEvent => ({
  code: `rollout/${name}`,
  severity,
  message,
})

function judge({ rollout, evidence, viewByDevice }: StageInput, stage: Stage): Judgement {
  const members = new Set<string>(stage.devices)
  return judgeEvidence({
    evidence: evidence.filter((row) => members.has(row.device)),
    champions: runningChampions(rollout, stage, viewByDevice),
    policy: rollout.policy,
    pairsPerDay: rollout.memory.pairsPerDay,
    daysMax: rollout.memory.daysAllowed[stage.name] ?? rollout.policy.daysMax,
  })
}

/** Bundles the stage's devices serve and would go back to; one that fell back to its baseline has no champion to compare with. */
function runningChampions(
  rollout: Rollout,
  stage: Stage,
  viewByDevice: StageInput['viewByDevice'],
): readonly BundleDigest[] {
  const serving = stage.devices.flatMap((device) => {
    const champion = rollout.previous[device] ?? null
    return champion !== null && champion !== rollout.digest && viewByDevice.get(device)?.serving === champion
      ? [champion]
      : []
  })
  return [...new Set(serving)].sort()
}

function takeOverText({ device, serving, bundles }: DeviceView, { digest }: Rollout): string {
  if (serving === digest) return `${device} to finish its trial`
  const bundle = bundles.find((status) => status.digest === digest)
  const standing =
    bundle === undefined ? 'has not begun' : `is ${bundle.state} at ${Math.round(bundle.progress * 100)} %`
  return `${device} to serve the version (it ${standing})`
}
