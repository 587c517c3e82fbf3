/**
 * Checks every plan before it is stored, with no code of the planner's: written from what must never happen, not from
 * how plans are made. Each rule has a number that its violations carry.
 *
 * C1 every device of the fleet has exactly one order.
 * C2 nobody has the version as champion outside a promoting or passed stage, or while it is being rolled back.
 * C3 at most one stage is open, and every stage before it has passed.
 * C4 a stage is promoted only on a stored verdict `pass` whose numbers hold against the policy.
 * C5 states of rollout and stages move along allowed edges only.
 * C6 rolled back means: every device is ordered what it served before, and nothing else.
 * C7 nothing changes in a terminal state or while paused.
 * C8 what was decided at the start stays: name, digest, policy, way back, and who stands in which stage.
 * C9 only devices of an open stage run the version as candidate, only waiting ones fetch it ahead, and nobody once it ended.
 * C10 a stage has passed only when every reachable device of it serves the version and has committed to it.
 */
import type { DeviceView, Plan } from './plan.ts'
import type { Measurement, Rollout, Stage } from './rollout.ts'

export type CheckInput = {
  readonly before: Rollout
  readonly plan: Pick<Plan, 'rollout' | 'desired'>
  readonly devices: readonly DeviceView[]
}

/** Violations, one sentence each; an empty list is a plan that may be carried out. */
export function checkPlan(input: CheckInput): readonly string[] {
  return RULES.flatMap(([rule, violations]) => violations(input).map((violation) => `${rule}: ${violation}`))
}

type Rule = (input: CheckInput) => string[]

const RULES: readonly (readonly [string, Rule])[] = [
  ['C1', oneOrderEach],
  ['C2', championsEarnedIt],
  ['C3', stagesOpenInOrder],
  ['C4', promotedOnNumbers],
  ['C5', edgesAreAllowed],
  ['C6', rollbackGoesBack],
  ['C7', restIsRest],
  ['C8', foundationsStay],
  ['C9', candidatesAreOpen],
  ['C10', passedMeansServing],
]

function oneOrderEach({ plan, devices }: CheckInput): string[] {
  const ordered = plan.desired.map(({ device }) => device).sort()
  const fleet = devices.map(({ device }) => device).sort()
  return ordered.join() === fleet.join()
    ? []
    : [`orders for [${ordered.join()}], but the fleet is [${fleet.join()}]`]
}

function championsEarnedIt({ plan: { rollout, desired } }: CheckInput): string[] {
  const stateOf = stateByDevice(rollout)
  const isGoingBack = rollout.state === 'rollingBack' || rollout.state === 'rolledBack'
  return desired
    .filter((order) => order.champion === rollout.digest && order.device in rollout.previous)
    .filter((order) => rollout.previous[order.device] !== rollout.digest)
    .filter((order) => isGoingBack || !['promoting', 'passed'].includes(stateOf(order.device)))
    .map((order) => `${order.device} would serve the version, its stage is ${stateOf(order.device)}`)
}

function stagesOpenInOrder({ plan: { rollout } }: CheckInput): string[] {
  let isBlocked = false
  const violations: string[] = []
  for (const { name, state } of rollout.stages) {
    if (isBlocked && state !== 'waiting')
      violations.push(`stage ${name} is ${state} though one before it has not passed`)
    if (state !== 'passed') isBlocked = true
  }
  return violations
}

function promotedOnNumbers({ plan: { rollout } }: CheckInput): string[] {
  return rollout.stages
    .filter(({ state }) => state === 'promoting' || state === 'passed')
    .filter((stage) => !standsOnNumbers(stage, rollout.policy))
    .map(
      ({ name, verdict }) =>
        `stage ${name} is promoted on verdict ${verdict} and numbers that do not carry it`,
    )
}

function standsOnNumbers(stage: Stage, policy: Rollout['policy']): boolean {
  if (stage.verdict !== 'pass') return false
  const persistence = stage.measurements.find(({ reference }) => reference === 'persistence')
  if (persistence === undefined || persistence.mae >= persistence.referenceMae) return false
  if (persistence.pairs < policy.verifiedForecastsMin) return false
  const isWithin = ({ reference, upper, days }: Measurement): boolean =>
    days >= policy.daysMin &&
    upper < (reference === 'persistence' ? policy.marginToPersistence : policy.marginToChampion)
  return stage.measurements.every(isWithin)
}

const ROLLOUT_EDGES = new Set([
  'running>soaking',
  'running>paused',
  'running>aborted',
  'soaking>running',
  'soaking>completed',
  'soaking>aborted',
  'rollingBack>rolledBack',
])

const STAGE_EDGES = new Set([
  'waiting>gathering',
  'gathering>promoting',
  'gathering>failed',
  'gathering>inconclusive',
  'promoting>passed',
  'promoting>failed',
])

function edgesAreAllowed({ before, plan: { rollout } }: CheckInput): string[] {
  const moved = `${before.state}>${rollout.state}`
  const wrong =
    before.state === rollout.state || ROLLOUT_EDGES.has(moved) ? [] : [`the rollout goes ${moved}`]
  const wrongStages = rollout.stages.flatMap((stage, i) => {
    const from = before.stages[i]?.state ?? 'waiting'
    const edge = `${from}>${stage.state}`
    return from === stage.state || STAGE_EDGES.has(edge) ? [] : [`stage ${stage.name} goes ${edge}`]
  })
  return [...wrong, ...wrongStages]
}

function rollbackGoesBack({ plan: { rollout, desired } }: CheckInput): string[] {
  if (rollout.state !== 'rollingBack' && rollout.state !== 'rolledBack') return []
  return desired
    .filter(({ device }) => device in rollout.previous)
    .filter(
      ({ device, champion, candidate, prefetch }) =>
        champion !== rollout.previous[device] || candidate !== null || prefetch.length > 0,
    )
    .map(({ device }) => `${device} is not ordered exactly what it served before`)
}

const RESTING: readonly Rollout['state'][] = ['paused', 'completed', 'aborted', 'rolledBack']

function restIsRest({ before, plan }: CheckInput): string[] {
  const isChanged = JSON.stringify(before) !== JSON.stringify(plan.rollout)
  return RESTING.includes(before.state) && isChanged ? [`a ${before.state} rollout was changed`] : []
}

const foundation = ({ id, recipe, version, digest, policyDigest, policy, createdAt }: Rollout): string =>
  JSON.stringify({ id, recipe, version, digest, policyDigest, policy, createdAt })

function foundationsStay({ before, plan: { rollout } }: CheckInput): string[] {
  const named = foundation(before) === foundation(rollout) ? [] : ['name, digest or policy changed']
  const back = Object.entries(before.previous)
    .filter(([device, champion]) => (rollout.previous as Record<string, unknown>)[device] !== champion)
    .map(([device]) => `the way back of ${device} changed`)
  const moved = before.stages
    .filter((stage, i) => stage.devices.some((device, k) => rollout.stages[i]?.devices[k] !== device))
    .map(({ name }) => `devices left stage ${name}`)
  const members = rollout.stages.flatMap(({ devices }) => devices)
  const twice = new Set(members).size === members.length ? [] : ['a device stands in two stages']
  return [...named, ...back, ...moved, ...twice]
}

function candidatesAreOpen({ plan: { rollout, desired } }: CheckInput): string[] {
  const isOver = ['aborted', 'completed', 'rollingBack', 'rolledBack'].includes(rollout.state)
  const stateOf = stateByDevice(rollout)
  return desired.flatMap((order) => {
    const state = stateOf(order.device)
    const isTried = order.candidate !== null || order.prefetch.length > 0
    const wrong: string[] = []
    if (isOver && isTried)
      wrong.push(`${order.device} still tries a version of a rollout that is ${rollout.state}`)
    if (order.candidate !== null && !['gathering', 'inconclusive'].includes(state))
      wrong.push(`${order.device} has a candidate in stage state ${state}`)
    if (order.prefetch.length > 0 && state !== 'waiting')
      wrong.push(`${order.device} fetches ahead in stage state ${state}`)
    if (order.candidate !== null && order.candidate === order.champion)
      wrong.push(`${order.device} has its champion as candidate`)
    return wrong
  })
}

function passedMeansServing({ before, plan: { rollout }, devices }: CheckInput): string[] {
  const isServing = (view: DeviceView): boolean =>
    view.serving === rollout.digest && view.servingState === 'committed'
  return rollout.stages.flatMap((stage, i) => {
    if (stage.state !== 'passed' || before.stages[i]?.state === 'passed') return []
    const members = new Set(stage.devices)
    const reachable = devices.filter((view) => view.isReachable && members.has(view.device))
    return reachable.length > 0 && reachable.every(isServing)
      ? []
      : [`stage ${stage.name} has passed, but not every reachable device of it serves the version`]
  })
}

function stateByDevice({ stages }: Rollout): (device: string) => Stage['state'] | 'none' {
  const states = new Map<string, Stage['state']>()
  for (const { devices, state } of stages) for (const device of devices) states.set(device, state)
  return (device) => states.get(device) ?? 'none'
}
