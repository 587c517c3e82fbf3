/**
 * The planner: a snapshot of the fleet and its evidence in, the next rollout and every device's order out. Pure, run at
 * every tick; the same snapshot gives the same plan. What it may and may not do is checked again by `check-plan.ts`.
 *
 * P1 a device gets the version as champion only after the evidence of its own stage passed.
 * P2 at most one stage is open, and stages open in order.
 * P3 unreachable devices hold nothing up: they follow when they return.
 * P4 one device that refuses or gives up the version ends the rollout; nobody waits for a sample.
 */
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import { closeStages, withStage, withState } from './change-rollout.ts'
import { findDeviceFailures, noteServing } from './find-device-failures.ts'
import { joinLate } from './join-late.ts'
import { ordersOfRollout } from './orders-of-rollout.ts'
import type { DeviceView, Plan, PlanInput } from './plan.ts'
import { event, failStage, judgeStage, promoteStage, type Step } from './plan-stage.ts'
import { isBack, reportRollout } from './report-rollout.ts'
import type { Rollout } from './rollout.ts'
import { counted } from './words.ts'

type Views = ReadonlyMap<DeviceId, DeviceView>

/** Plans one tick. */
export function planRollout(input: PlanInput): Plan {
  const { rollout, devices, now } = input
  const viewByDevice: Views = new Map(devices.map((view) => [view.device, view]))
  const step = advance(input, viewByDevice)
  const isChanged = JSON.stringify(step.rollout) !== JSON.stringify(rollout)
  const next = isChanged ? { ...step.rollout, updatedAt: now } : rollout
  return {
    rollout: next,
    desired: ordersOfRollout(next, devices),
    events: step.events,
    report: reportRollout(next, viewByDevice),
  }
}

function advance(input: PlanInput, viewByDevice: Views): Step {
  const { rollout, devices } = input
  if (rollout.state === 'rollingBack') return confirmRollback(rollout, viewByDevice)
  if (rollout.state !== 'running' && rollout.state !== 'soaking') return { rollout, events: [] }
  const joined = noteServing(joinLate(rollout, devices), viewByDevice)
  const failed = failOnDevices(input, joined, viewByDevice)
  if (failed !== null) return failed
  const isAllPassed = joined.stages.every((stage) => stage.state === 'passed')
  if (rollout.state === 'soaking' && isAllPassed) return soak(joined, viewByDevice)
  const running =
    rollout.state === 'running'
      ? joined
      : withState(joined, 'running', 'a device joined late and has to be shown fit')
  return advanceStages(input, running, viewByDevice)
}

/** Steps the open stage; one that has passed makes room for the next in the same tick. */
function advanceStages({ evidence, now }: PlanInput, rollout: Rollout, viewByDevice: Views): Step {
  const index = rollout.stages.findIndex(
    (stage) => stage.state === 'gathering' || stage.state === 'promoting',
  )
  if (index < 0) return openNext(rollout)
  const stageInput = { rollout, index, viewByDevice, evidence, now }
  if (rollout.stages[index]!.state === 'gathering') return judgeStage(stageInput)
  const promoted = promoteStage(stageInput)
  if (promoted.rollout.stages[index]!.state !== 'passed') return promoted
  const opened = openNext(promoted.rollout)
  return { rollout: opened.rollout, events: [...promoted.events, ...opened.events] }
}

function openNext(rollout: Rollout): Step {
  const index = rollout.stages.findIndex((stage) => stage.state !== 'passed')
  if (index < 0) {
    const why = `every stage serves version ${rollout.version}; soaking for ${counted(rollout.policy.soakDays, 'day')}`
    return { rollout: withState(rollout, 'soaking', why), events: [event('soaking', 'info', why)] }
  }
  const stage = rollout.stages[index]!
  if (stage.state !== 'waiting') return { rollout, events: [] }
  const message = `stage ${stage.name} opens on ${stage.devices.join(', ')}: version ${rollout.version} runs beside what serves`
  const waitsFor = [`the first verified forecasts of ${counted(stage.devices.length, 'device')}`]
  return {
    rollout: withStage(rollout, index, { state: 'gathering', waitsFor }),
    events: [event('stageOpened', 'info', message)],
  }
}

/** Ends the rollout on a hard failure: of the open stage, or of a device that served the version already. */
function failOnDevices({ now }: PlanInput, rollout: Rollout, viewByDevice: Views): Step | null {
  const failures = findDeviceFailures(rollout, viewByDevice)
  const first = failures[0]
  if (first === undefined) return null
  const reasons = failures.map(({ reason }) => reason)
  const isOpen = (name: string): boolean =>
    rollout.stages.some(({ name: of, state }) => of === name && state !== 'passed')
  const open = failures.find(({ stage }) => isOpen(stage))
  if (open !== undefined) {
    const index = rollout.stages.findIndex(({ name }) => name === open.stage)
    return failStage(rollout, { index, reasons, now })
  }
  const why = `a device of a passed stage gave up: ${reasons.join('; ')}`
  return {
    rollout: withState(closeStages(rollout, why, now), 'aborted', why),
    events: [event('deviceFailed', 'error', why)],
  }
}

function soak(rollout: Rollout, viewByDevice: Views): Step {
  const reachable = [...viewByDevice.values()].filter((view) => view.isReachable)
  const isSoaked =
    reachable.length > 0 &&
    reachable.every(
      (view) => view.serving === rollout.digest && view.servedDaysOfVersion >= rollout.policy.soakDays,
    )
  if (!isSoaked) return { rollout, events: [] }
  const why = `${counted(reachable.length, 'reachable device')} served version ${rollout.version} for at least ${counted(rollout.policy.soakDays, 'day')}`
  return { rollout: withState(rollout, 'completed', why), events: [event('completed', 'info', why)] }
}

/** Rolled back once every reachable device serves what it did before; one that refuses that is off the version all the same. */
function confirmRollback(rollout: Rollout, viewByDevice: Views): Step {
  const members = rollout.stages
    .flatMap((stage) => stage.devices)
    .flatMap((device) => viewByDevice.get(device) ?? [])
  const reachable = members.filter((view) => view.isReachable)
  if (reachable.length === 0 || !reachable.every((view) => isBack(rollout, view)))
    return { rollout, events: [] }
  const why = `${counted(reachable.length, 'reachable device')} serve again what they served before version ${rollout.version}`
  return { rollout: withState(rollout, 'rolledBack', why), events: [event('rolledBack', 'warning', why)] }
}
