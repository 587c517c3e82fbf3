/** Seeded fleets through whole rollouts: the checker never complains of the planner, and always of a broken one. */
import { describe, expect, test } from 'vitest'
import { createRandom } from '@fleetcast/shared/random.ts'
import { checkPlan } from '@fleetcast/hub/rollouts/check-plan.ts'
import { commandRollout, type RolloutOperation } from '@fleetcast/hub/rollouts/command-rollout.ts'
import { planRollout } from '@fleetcast/hub/rollouts/plan-rollout.ts'
import type { Plan, PlanInput } from '@fleetcast/hub/rollouts/plan.ts'
import type { Rollout } from '@fleetcast/hub/rollouts/rollout.ts'
import { CHAMPION, id, newRollout, NOW, placed, SITES, VERSION, type Site } from './rollout-fixtures.ts'
import { runRollout, simulateFleet, type Habits } from './simulated-fleet.ts'

const sites = Object.keys(SITES) as Site[]
const EVERYWHERE = (habits: Habits): Record<Site, Habits> =>
  Object.fromEntries(sites.map((site) => [site, habits])) as Record<Site, Habits>
const QUIET: Habits = { mean: -0.14, sd: 0.3, silence: 0, fault: 0 }

type World = { readonly seed: number; readonly habits: Record<Site, Habits>; readonly isEventful?: boolean }
type Outcome = { readonly rollout: Rollout; readonly violations: readonly string[] }

const command = (rollout: Rollout, operation: RolloutOperation): Rollout => {
  const result = commandRollout(operation, { rollout, reason: 'a test', now: NOW })
  return result.ok ? result.value : rollout
}

/** One whole rollout; an eventful world has operators who pause and resume, and a station that joins late. */
function rollOut(
  { seed, habits, isEventful = false }: World,
  plan: (input: PlanInput) => Plan = planRollout,
): Outcome {
  const random = createRandom(seed).fork('world')
  const championByDevice = { jfk: CHAMPION, lga: CHAMPION }
  const fleet = simulateFleet(seed, habits, championByDevice)
  const first = newRollout({
    devices: sites.map((site) => ({
      ...placed(site),
      wantedChampion: site === 'jfk' || site === 'lga' ? CHAMPION : null,
    })),
  })
  const violations: string[] = []
  const joinsAt = random.integer(300)
  const intervene = (rollout: Rollout, day: number): Rollout => {
    if (day === joinsAt) fleet.join('bos', habits.jfk)
    const chance = random.next()
    if (chance < 0.01) return command(rollout, 'pause')
    if (chance < 0.012) return command(rollout, 'rollback')
    if (chance < 0.013) return command(rollout, 'abort')
    return chance < 0.2 ? command(rollout, 'resume') : rollout
  }
  const rollout = runRollout(first, fleet, {
    plan,
    days: 1_500,
    onTick: ({ before, plan: planned, devices }) =>
      violations.push(...checkPlan({ before, plan: planned, devices })),
    ...(isEventful ? { intervene } : {}),
  })
  return { rollout, violations }
}

describe('the planner under a checker of its own', () => {
  test('breaks no rule in 60 eventful worlds of good, bad and useless versions, silent and broken devices', () => {
    const ends = new Map<string, number>()
    for (let seed = 1; seed <= 60; seed++) {
      const random = createRandom(seed)
      const habits = Object.fromEntries(
        sites.map((site) => [
          site,
          {
            mean: -0.25 + 0.3 * random.next(),
            sd: 0.2 + 0.3 * random.next(),
            silence: 0.05 * random.next(),
            fault: random.next() < 0.1 ? 0.01 : 0,
          },
        ]),
      ) as Record<Site, Habits>
      const { rollout, violations } = rollOut({ seed, habits, isEventful: true })
      expect([seed, violations]).toEqual([seed, []])
      ends.set(rollout.state, (ends.get(rollout.state) ?? 0) + 1)
    }
    // Every way to end is met, so the rules were tried on all of them.
    expect([...ends.keys()].sort()).toEqual(expect.arrayContaining(['aborted', 'completed', 'rolledBack']))
  })
  test('comes to an end whenever evidence is plentiful', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const silence = { ...QUIET, silence: 0.03 }
      expect([seed, rollOut({ seed, habits: EVERYWHERE(silence) }).rollout.state]).toEqual([
        seed,
        'completed',
      ])
      const worse = rollOut({ seed, habits: EVERYWHERE({ ...silence, mean: 0.13 }) })
      expect([seed, worse.rollout.state, worse.rollout.stages[0]!.verdict]).toEqual([seed, 'aborted', 'fail'])
    }
  })
  test('carries a version as far as its evidence does: New York keeps it, the west never serves it', () => {
    const west = { ...QUIET, mean: 0.13, sd: 0.4 }
    const { rollout, violations } = rollOut({
      seed: 7,
      habits: { ...EVERYWHERE(QUIET), sea: west, pdx: west },
    })
    expect(violations).toEqual([])
    expect(rollout.stages.map(({ state }) => state)).toEqual(['passed', 'passed', 'failed', 'waiting'])
  })
  test('gives the same plans for the same seed', () => {
    const world = { seed: 5, habits: EVERYWHERE({ ...QUIET, silence: 0.05 }), isEventful: true }
    expect(rollOut(world)).toEqual(rollOut(world))
  })
})

const withOrder = (
  plan: Plan,
  change: (order: Plan['desired'][number]) => Plan['desired'][number],
): Plan => ({
  ...plan,
  desired: plan.desired.map(change),
})
const withStages = (
  plan: Plan,
  change: (stage: Rollout['stages'][number], i: number) => Rollout['stages'][number],
): Plan => ({
  ...plan,
  rollout: { ...plan.rollout, stages: plan.rollout.stages.map(change) },
})

/** Planners with one bug each, and the rule that must catch it somewhere in a whole rollout. */
const BUGS: readonly (readonly [string, string, (plan: Plan, input: PlanInput) => Plan])[] = [
  ['forgets a device', 'C1', (plan) => ({ ...plan, desired: plan.desired.slice(1) })],
  [
    'promotes a device that still gathers',
    'C2',
    (plan) =>
      withOrder(plan, (order) =>
        order.candidate === VERSION ? { ...order, champion: VERSION, candidate: null } : order,
      ),
  ],
  [
    'opens two stages',
    'C3',
    (plan) =>
      withStages(plan, (stage, i) =>
        i < 2 && stage.state === 'waiting' ? { ...stage, state: 'gathering' } : stage,
      ),
  ],
  [
    'promotes without a verdict',
    'C4',
    (plan) =>
      withStages(plan, (stage) => (stage.state === 'gathering' ? { ...stage, state: 'promoting' } : stage)),
  ],
  [
    'passes a stage without promoting it',
    'C5',
    (plan) =>
      withStages(plan, (stage) => (stage.state === 'promoting' ? { ...stage, state: 'passed' } : stage)),
  ],
  [
    'goes on with a rollout that is over',
    'C7',
    (plan) =>
      plan.rollout.state === 'paused' ? { ...plan, rollout: { ...plan.rollout, reason: 'moved' } } : plan,
  ],
  [
    'loses the way back',
    'C8',
    (plan) => ({
      ...plan,
      rollout: { ...plan.rollout, previous: { ...plan.rollout.previous, [id('jfk')]: null } },
    }),
  ],
  [
    'tries the version everywhere at once',
    'C9',
    (plan) =>
      withOrder(plan, (order) =>
        order.prefetch.length > 0 ? { ...order, candidate: VERSION, prefetch: [] } : order,
      ),
  ],
  [
    'calls a stage passed before its devices serve',
    'C10',
    (plan, { rollout }) =>
      withStages(plan, (stage, i) =>
        rollout.stages[i]?.state === 'promoting' ? { ...stage, state: 'passed' } : stage,
      ),
  ],
  [
    'keeps the version on some devices while rolling back',
    'C6',
    (plan) =>
      plan.rollout.state === 'rollingBack'
        ? withOrder(plan, (order) => (order.device === 'ewr' ? { ...order, champion: VERSION } : order))
        : plan,
  ],
]

describe('the checker catches a planner that', () => {
  for (const [bug, rule, broken] of BUGS)
    test(`${bug} (${rule})`, () => {
      const caught = new Set<string>()
      for (let seed = 1; seed <= 8 && !caught.has(rule); seed++) {
        const world = { seed, habits: EVERYWHERE({ ...QUIET, sd: 0.2 }), isEventful: true }
        for (const violation of rollOut(world, (input) => broken(planRollout(input), input)).violations)
          caught.add(violation.slice(0, violation.indexOf(':')))
      }
      expect([...caught]).toContain(rule)
    })
})
