import { describe, expect, test } from 'vitest'
import { checkPlan } from '@fleetcast/hub/rollouts/check-plan.ts'
import type { EvidenceDay } from '@fleetcast/hub/rollouts/evidence-day.ts'
import type { DeviceView, Plan } from '@fleetcast/hub/rollouts/plan.ts'
import { planRollout } from '@fleetcast/hub/rollouts/plan-rollout.ts'
import type { Rollout } from '@fleetcast/hub/rollouts/rollout.ts'
import { CHAMPION, evidenceOf, fleet, newRollout, NOW, VERSION, view } from './rollout-fixtures.ts'

function plan(
  rollout: Rollout,
  devices: readonly DeviceView[] = fleet(),
  evidence: readonly EvidenceDay[] = [],
): Plan {
  const planned = planRollout({ rollout, devices, evidence, now: NOW })
  expect(checkPlan({ before: rollout, plan: planned, devices })).toEqual([])
  return planned
}

const GOOD = { mean: -0.2, sd: 0.1, days: 30 }
const BAD = { mean: 0.2, sd: 0.1, days: 30 }
const served = (device: string, { days = 0, isReachable = true } = {}): DeviceView =>
  view(device, { serving: VERSION, servingState: 'committed', servedDaysOfVersion: days, isReachable })
const others = (...without: string[]): DeviceView[] =>
  fleet().filter(({ device }) => !without.includes(device))
const orderOf = ({ desired }: Plan, device: string) => desired.find((order) => order.device === device)
const statesOf = ({ rollout }: Plan) => rollout.stages.map(({ state }) => state)

const opened = (): Rollout => plan(newRollout()).rollout
const promoting = (): Rollout => plan(opened(), fleet(), evidenceOf('ewr', GOOD)).rollout
const secondOpen = (): Rollout => plan(promoting(), [served('ewr'), ...others('ewr')]).rollout

describe('a running rollout', () => {
  test('opens its first stage: the version runs beside what serves there, the others fetch it ahead', () => {
    const planned = plan(newRollout())
    expect(statesOf(planned)).toEqual(['gathering', 'waiting', 'waiting', 'waiting'])
    expect(orderOf(planned, 'ewr')).toEqual({
      device: 'ewr',
      champion: null,
      candidate: VERSION,
      prefetch: [],
    })
    expect(orderOf(planned, 'sea')).toEqual({
      device: 'sea',
      champion: null,
      candidate: null,
      prefetch: [VERSION],
    })
    expect(planned.events.map(({ code }) => code)).toEqual(['rollout/stageOpened'])
  })
  test('says what it waits for and changes nothing when nothing is new', () => {
    const first = plan(opened())
    const again = plan(first.rollout)
    expect(again.rollout).toBe(first.rollout)
    expect(again.events).toEqual([])
    expect(again.report).toContain(
      'stage canary waits for verified forecasts: 0 of at least 400, over 0 whole days',
    )
  })
  test('promotes a stage whose evidence passed, with the numbers stored', () => {
    const planned = plan(opened(), fleet(), evidenceOf('ewr', GOOD))
    expect(statesOf(planned)).toEqual(['promoting', 'waiting', 'waiting', 'waiting'])
    expect(orderOf(planned, 'ewr')).toEqual({
      device: 'ewr',
      champion: VERSION,
      candidate: null,
      prefetch: [],
    })
    expect(planned.rollout.stages[0]).toMatchObject({ verdict: 'pass', decidedAt: NOW })
  })
  test('keeps the champion of a station until the version earned its place', () => {
    const devices = [{ ...served('ewr'), wantedChampion: CHAMPION, serving: CHAMPION }, ...others('ewr')]
    const rollout = { ...newRollout(), previous: { ...newRollout().previous, ewr: CHAMPION } } as Rollout
    expect(orderOf(plan(rollout, devices), 'ewr')).toMatchObject({ champion: CHAMPION, candidate: VERSION })
  })
  test('counts only evidence of the open stage', () => {
    const planned = plan(opened(), fleet(), evidenceOf('sea', GOOD))
    expect(planned.rollout.stages[0]!.verdict).toBe('noData')
  })
  test('waits for a promoted device that is still on trial, then opens the next stage', () => {
    const trial = { ...served('ewr'), servingState: 'trial' as const }
    const waiting = plan(promoting(), [trial, ...others('ewr')])
    expect(waiting.rollout.stages[0]).toMatchObject({
      state: 'promoting',
      waitsFor: ['ewr to finish its trial'],
    })
    const next = plan(promoting(), [served('ewr'), ...others('ewr')])
    expect(statesOf(next)).toEqual(['passed', 'gathering', 'waiting', 'waiting'])
  })
  test('is not held up by an unreachable device of a stage', () => {
    const gathered = plan(secondOpen(), [served('ewr'), ...others('ewr')], evidenceOf('jfk', GOOD)).rollout
    const silent = view('lga', { isReachable: false })
    const planned = plan(gathered, [served('ewr'), served('jfk'), silent, ...others('ewr', 'jfk', 'lga')])
    expect(statesOf(planned)).toEqual(['passed', 'passed', 'gathering', 'waiting'])
    expect(orderOf(planned, 'lga')).toMatchObject({ champion: VERSION })
    expect(planned.report).toContain('lga is unreachable and will follow')
  })
  test('does not call a stage passed that nobody can be heard from', () => {
    const planned = plan(promoting(), [view('ewr', { isReachable: false }), ...others('ewr')])
    expect(statesOf(planned)[0]).toBe('promoting')
  })
})

describe('a rollout stops', () => {
  test('on a failed verdict: passed stages keep the version, the others go back to what served', () => {
    const planned = plan(secondOpen(), [served('ewr'), ...others('ewr')], evidenceOf('jfk', BAD))
    expect(planned.rollout.state).toBe('aborted')
    expect(planned.rollout.reason).toMatch(/^stage familiar failed: against persistence \+/)
    expect(statesOf(planned)).toEqual(['passed', 'failed', 'waiting', 'waiting'])
    expect(orderOf(planned, 'ewr')).toMatchObject({ champion: VERSION })
    for (const device of ['jfk', 'lga', 'pdx', 'sea'])
      expect(orderOf(planned, device)).toEqual({ device, champion: null, candidate: null, prefetch: [] })
  })
  test('at once when one device rejects the version, without waiting for a sample', () => {
    const bundles = [
      {
        digest: VERSION,
        state: 'rejected' as const,
        progress: 1,
        code: 'golden/mismatch',
        message: 'off by 2',
      },
    ]
    const planned = plan(opened(), [view('ewr', { bundles }), ...others('ewr')])
    expect(planned.rollout.state).toBe('aborted')
    expect(planned.rollout.stages[0]!.reasons).toEqual(['ewr rejected version 2: golden/mismatch (off by 2)'])
  })
  test('at once when a device gives the version up after serving it', () => {
    const serving = plan(promoting(), [{ ...served('ewr'), servingState: 'trial' }, ...others('ewr')]).rollout
    const planned = plan(serving, fleet())
    expect(planned.rollout.reason).toContain(
      'ewr rolled version 2 back: it served it and now serves the baseline',
    )
    expect(statesOf(planned)[0]).toBe('failed')
  })
  test('not when a promoted device has not heard of its order yet', () => {
    const serving = plan(promoting(), [{ ...served('ewr'), servingState: 'trial' }, ...others('ewr')]).rollout
    const planned = plan(serving, [view('ewr', { generation: 1, wantedGeneration: 2 }), ...others('ewr')])
    expect(planned.rollout.state).toBe('running')
  })
  test('when a device of a passed stage gives up later; the stage under way gets no answer', () => {
    const planned = plan(secondOpen(), fleet())
    expect(planned.rollout.state).toBe('aborted')
    expect(statesOf(planned)).toEqual(['passed', 'inconclusive', 'waiting', 'waiting'])
  })
  test('for a person when the days are used up without an answer', () => {
    const undecided = evidenceOf('ewr', { mean: -0.03, sd: 0.6, days: 150, seed: 3 })
    const planned = plan(opened(), fleet(), undecided)
    expect(planned.rollout.state).toBe('paused')
    expect(statesOf(planned)[0]).toBe('inconclusive')
    expect(orderOf(planned, 'ewr')).toMatchObject({ candidate: VERSION })
    expect(plan(planned.rollout, fleet(), undecided).rollout).toBe(planned.rollout)
  })
})

const soaking = (): Rollout => {
  const all = fleet().map(({ device }) => served(device))
  const { measurements } = promoting().stages[0]!
  const passed = newRollout().stages.map((stage) =>
    Object.assign(stage, { state: 'passed', verdict: 'pass', measurements }),
  )
  const planned = plan({ ...newRollout(), stages: passed }, all)
  expect(planned.rollout.state).toBe('soaking')
  return planned.rollout
}

describe('the end of a rollout', () => {
  test('comes when every reachable device has served the version for the soak', () => {
    const almost = fleet().map(({ device }, i) => served(device, { days: i === 0 ? 6 : 7 }))
    expect(plan(soaking(), almost).rollout.state).toBe('soaking')
    expect(plan(soaking(), almost).report).toContain('waits for ewr: it served the version on 6 of 7 days')
    const done = fleet().map(({ device }) => served(device, { days: 7 }))
    expect(plan(soaking(), done).rollout.state).toBe('completed')
  })
  test('does not wait for a silent device', () => {
    const devices = fleet().map(({ device }, i) =>
      served(device, { days: i === 0 ? 3 : 7, isReachable: i > 0 }),
    )
    expect(plan(soaking(), devices).rollout.state).toBe('completed')
  })
  test('is put off by a device that joins late: it gets a stage of its own', () => {
    const devices = [
      ...fleet().map(({ device }) => served(device, { days: 7 })),
      view('bos', { wantedChampion: CHAMPION }),
    ]
    const planned = plan(soaking(), devices)
    expect(planned.rollout.state).toBe('running')
    expect(planned.rollout.stages.at(-1)).toMatchObject({
      name: 'late',
      devices: ['bos'],
      state: 'gathering',
    })
    expect(orderOf(planned, 'bos')).toMatchObject({ champion: CHAMPION, candidate: VERSION })
  })
  test('before the last stage has passed, a late device stands in line with it', () => {
    const planned = plan(opened(), [...fleet(), view('bos')])
    expect(planned.rollout.stages.at(-1)).toMatchObject({ name: 'everyone', devices: ['pdx', 'bos'] })
    expect(orderOf(planned, 'bos')).toMatchObject({ champion: null, prefetch: [VERSION] })
  })
  test('leaves a device alone that joins a rollout that is over', () => {
    const over: Rollout = { ...newRollout(), state: 'completed' }
    const planned = plan(over, [...fleet(), view('bos', { wantedChampion: CHAMPION })])
    expect(planned.rollout).toBe(over)
    expect(orderOf(planned, 'bos')).toEqual({
      device: 'bos',
      champion: CHAMPION,
      candidate: null,
      prefetch: [],
    })
  })
})
