import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AgentPorts } from '@fleetcast/agent/ports/agent-ports.ts'
import { createHarness, eventually, feed, type Harness } from '../fixtures/station-harness.ts'
import { hour, makeBundle, weather, type FakeBundle } from '../fixtures/station-fixtures.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

type Agent = Awaited<ReturnType<Harness['open']>>['agent']
const serving = (agent: Agent) => [agent.status().servingState, agent.status().serving]

async function commit(agent: Agent, bundle: FakeBundle, from: number): Promise<void> {
  harness.hub.offer(bundle)
  harness.hub.order({ generation: from + 1, champion: bundle.digest })
  await eventually(
    () => serving(agent),
    ([state]) => state === 'trial',
  )
  await feed(agent, from, from + 3)
  expect(serving(agent)).toEqual(['committed', bundle.digest])
}

const good = makeBundle({ version: 1, offset: 2 })
/** Good by its golden vectors, out of its own range on real readings. */
const bad = makeBundle({ version: 2, offset: 1, range: { min: -80, max: 11 } })

describe('a trial', () => {
  test('that leaves its range answers with the model before, rolls back and says so', async () => {
    const { agent } = await harness.open()
    await commit(agent, good, 0)
    harness.hub.offer(bad)
    harness.hub.order({ generation: 10, champion: bad.digest })
    await eventually(
      () => serving(agent),
      ([state]) => state === 'trial',
    )
    const served = await agent.observe({ at: hour(3), values: { temperature: 12, windSpeed: 1 } })
    expect(served).toMatchObject({ ok: true, value: { value: 14, model: good.digest } })
    expect(serving(agent)).toEqual(['committed', good.digest])
    expect(agent.status().bundles).toMatchObject([
      { digest: bad.digest, state: 'rejected', code: 'inference/outOfRange' },
    ])
    const codes = await eventually(
      () => harness.hub.events().map((event) => event.code),
      (all) => all.includes('update/rolledBack'),
    )
    expect(codes).toContain('inference/outOfRange')
    await feed(agent, 4, 10)
    expect(serving(agent)).toEqual(['committed', good.digest])
  })

  test('that was begun goes on where it was after a restart', async () => {
    const before = await harness.open()
    harness.hub.offer(good)
    harness.hub.order({ generation: 1, champion: good.digest })
    await eventually(
      () => serving(before.agent),
      ([state]) => state === 'trial',
    )
    await feed(before.agent, 0, 2)
    before.kill()
    const { agent } = await harness.open()
    expect(serving(agent)).toEqual(['trial', good.digest])
    await feed(agent, 2, 3)
    expect(serving(agent)).toEqual(['committed', good.digest])
  })

  test('forgives a few slow forecasts, not more', async () => {
    let isSlow = false
    let now = 0
    const slowClock = (ports: AgentPorts): AgentPorts => ({
      ...ports,
      clock: { ...ports.clock, monotonic: () => (now += isSlow ? 5_000 : 0) as never },
    })
    const { agent } = await harness.open({
      ports: slowClock,
      settings: { trialSlowMax: 1, trialForecasts: 10 },
    })
    harness.hub.offer(good)
    harness.hub.order({ generation: 1, champion: good.digest })
    await eventually(
      () => serving(agent),
      ([state]) => state === 'trial',
    )
    isSlow = true
    await feed(agent, 0, 1)
    expect(serving(agent)).toEqual(['trial', good.digest])
    await feed(agent, 1, 2)
    isSlow = false
    expect(serving(agent)).toEqual(['baseline', null])
    expect(agent.status().bundles).toMatchObject([{ code: 'inference/tooSlow' }])
  })
})

describe('what serves', () => {
  test('returns to the version before without any download', async () => {
    const { agent } = await harness.open()
    await commit(agent, good, 0)
    await commit(agent, makeBundle({ version: 3, offset: 3 }), 3)
    harness.hub.requests.length = 0
    harness.hub.order({ generation: 20, champion: good.digest })
    await eventually(
      () => serving(agent),
      ([, digest]) => digest === good.digest,
    )
    expect(harness.hub.requests).toEqual([])
  })

  test('is the baseline as soon as an order says so', async () => {
    const { agent } = await harness.open()
    await commit(agent, good, 0)
    harness.hub.order({ generation: 20, champion: null })
    await eventually(
      () => serving(agent),
      ([state]) => state === 'baseline',
    )
    expect(await agent.observe({ at: hour(3), values: weather(3) })).toMatchObject({ value: { model: null } })
  })

  test('once committed, a fault costs its own forecast and not the model', async () => {
    const { agent } = await harness.open()
    await commit(agent, good, 0)
    const answer = await agent.observe({ at: hour(3), values: { temperature: null, windSpeed: 2 } })
    expect(answer).toEqual({ ok: true, value: null })
    expect(serving(agent)).toEqual(['committed', good.digest])
    await feed(agent, 4, 5)
    await eventually(
      () => harness.hub.events(),
      (events) => events.some((event) => event.code === 'inference/nonFinite'),
    )
  })
})

describe('an order that is refused', () => {
  test('changes nothing, is counted and told to the hub', async () => {
    const { agent } = await harness.open()
    await commit(agent, good, 5)
    harness.hub.order({ generation: 2, champion: null })
    await eventually(
      () => agent.metrics().ordersRefused,
      (refused) => refused > 0,
    )
    await eventually(
      () => harness.hub.events(),
      (events) => events.some((event) => event.code === 'trust/rollback'),
    )
    expect(serving(agent)).toEqual(['committed', good.digest])
    expect(agent.status().generation).toBe(7)
  })
})
