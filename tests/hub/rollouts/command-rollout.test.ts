import { describe, expect, test } from 'vitest'
import { checkPlan } from '@fleetcast/hub/rollouts/check-plan.ts'
import { commandRollout, supersede, type RolloutOperation } from '@fleetcast/hub/rollouts/command-rollout.ts'
import { planRollout } from '@fleetcast/hub/rollouts/plan-rollout.ts'
import type { DeviceView } from '@fleetcast/hub/rollouts/plan.ts'
import { Rollout, RolloutState } from '@fleetcast/hub/rollouts/rollout.ts'
import { CHAMPION, evidenceOf, fleet, id, newRollout, NOW, value, VERSION, view } from './rollout-fixtures.ts'

const command = (operation: RolloutOperation, rollout: Rollout): Rollout =>
  value(commandRollout(operation, { rollout, reason: 'because', now: NOW }))
const inState = (state: Rollout['state']): Rollout => ({ ...newRollout(), state })

const ALLOWED: Record<RolloutOperation, Record<Rollout['state'], Rollout['state'] | string>> = {
  pause: {
    running: 'paused',
    soaking: 'paused',
    paused: 'rollout/notRunning',
    completed: 'rollout/notRunning',
    aborted: 'rollout/notRunning',
    rollingBack: 'rollout/notRunning',
    rolledBack: 'rollout/notRunning',
  },
  resume: {
    running: 'rollout/notPaused',
    soaking: 'rollout/notPaused',
    paused: 'running',
    completed: 'rollout/notPaused',
    aborted: 'rollout/notPaused',
    rollingBack: 'rollout/notPaused',
    rolledBack: 'rollout/notPaused',
  },
  abort: {
    running: 'aborted',
    soaking: 'aborted',
    paused: 'aborted',
    completed: 'rollout/isOver',
    aborted: 'rollout/isOver',
    rollingBack: 'rollout/isOver',
    rolledBack: 'rollout/isOver',
  },
  rollback: {
    running: 'rollingBack',
    soaking: 'rollingBack',
    paused: 'rollingBack',
    completed: 'rollingBack',
    aborted: 'rollingBack',
    rollingBack: 'rollout/isRollingBack',
    rolledBack: 'rollout/isRollingBack',
  },
}

describe('commands', () => {
  for (const [operation, byState] of Object.entries(ALLOWED) as [RolloutOperation, Record<string, string>][])
    test(`${operation} goes where the table says from every state, or is refused`, () => {
      for (const state of RolloutState.options) {
        const result = commandRollout(operation, { rollout: inState(state), reason: 'because', now: NOW })
        expect([state, result.ok ? result.value.state : result.error.code]).toEqual([state, byState[state]])
        if (result.ok) expect(Rollout.parse(result.value).reason).toContain('because')
      }
    })
  test('resuming an undecided stage gives it another span of days', () => {
    const evidence = evidenceOf('ewr', { mean: -0.03, sd: 0.6, days: 150, seed: 3 })
    const opened = planRollout({ rollout: newRollout(), devices: fleet(), evidence: [], now: NOW }).rollout
    const paused = planRollout({ rollout: opened, devices: fleet(), evidence, now: NOW }).rollout
    expect(paused.state).toBe('paused')
    const resumed = command('resume', paused)
    expect(resumed.stages[0]).toMatchObject({ state: 'gathering', verdict: null })
    expect(resumed.memory.daysAllowed).toEqual({ canary: 300 })
    const planned = planRollout({ rollout: resumed, devices: fleet(), evidence, now: NOW })
    expect(planned.rollout).toMatchObject({ state: 'running' })
    expect(planned.rollout.stages[0]!.waitsFor[0]).toContain('to fall from')
  })
  test('aborting closes the open stage without an answer and clears its orders', () => {
    const opened = planRollout({ rollout: newRollout(), devices: fleet(), evidence: [], now: NOW }).rollout
    const aborted = command('abort', opened)
    expect(aborted.stages.map(({ state }) => state)).toEqual([
      'inconclusive',
      'waiting',
      'waiting',
      'waiting',
    ])
    const { desired } = planRollout({ rollout: aborted, devices: fleet(), evidence: [], now: NOW })
    expect(
      desired.every(({ champion, candidate, prefetch }) => !champion && !candidate && prefetch.length === 0),
    ).toBe(true)
  })
})

const serving = (device: string, change: Partial<DeviceView> = {}) =>
  view(device, { serving: VERSION, servingState: 'committed', wantedChampion: VERSION, ...change })

const plan = (rollout: Rollout, devices: readonly DeviceView[]) => {
  const planned = planRollout({ rollout, devices, evidence: [], now: NOW })
  expect(checkPlan({ before: rollout, plan: planned, devices })).toEqual([])
  return planned
}

describe('rolling back', () => {
  const completed: Rollout = {
    ...newRollout(),
    state: 'completed',
    previous: { ...newRollout().previous, [id('ewr')]: CHAMPION },
  }
  test('orders every device what it served before, and is done when the reachable ones report it', () => {
    const rolling = command('rollback', completed)
    const ordered = plan(
      rolling,
      fleet().map(({ device }) => serving(device)),
    )
    expect(ordered.rollout.state).toBe('rollingBack')
    expect(ordered.desired.map(({ champion }) => champion)).toEqual([CHAMPION, null, null, null, null])
    const back = fleet().map(({ device }, i) =>
      device === 'ewr'
        ? view(device, { serving: CHAMPION })
        : i === 4
          ? serving(device, { isReachable: false })
          : view(device),
    )
    expect(plan(ordered.rollout, back).rollout.state).toBe('rolledBack')
  })
  test('is not done while nobody can be heard', () => {
    const silent = fleet({ isReachable: false })
    expect(plan(command('rollback', completed), silent).rollout.state).toBe('rollingBack')
  })
  test('does not hang on a device that refuses what it served before', () => {
    const bundles = [{ digest: CHAMPION, state: 'rejected' as const, progress: 1, code: null, message: null }]
    const devices = fleet().map(({ device }) => (device === 'ewr' ? view(device, { bundles }) : view(device)))
    expect(plan(command('rollback', completed), devices).rollout.state).toBe('rolledBack')
  })
})

describe('a newer rollout', () => {
  const by = { id: 'r2', version: 3, digest: CHAMPION }
  test('ends a paused one, leaves ended ones alone and waits for one that moves', () => {
    expect(value(supersede(inState('paused'), { by, now: NOW }))).toMatchObject({
      state: 'aborted',
      reason: 'superseded by rollout r2 of version 3 (cccccccccccc)',
    })
    const aborted = inState('aborted')
    expect(value(supersede(aborted, { by, now: NOW }))).toBe(aborted)
    for (const state of ['running', 'soaking', 'rollingBack'] as const)
      expect(supersede(inState(state), { by, now: NOW })).toMatchObject({
        error: { code: 'rollout/stillRuns' },
      })
  })
})
