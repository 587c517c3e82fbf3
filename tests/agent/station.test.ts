import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHarness, eventually, feed, type Harness } from './fixtures/station-harness.ts'
import { hour, makeBundle, weather } from './fixtures/station-fixtures.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

describe('a station', () => {
  test('answers with persistence before any model', async () => {
    const { agent } = await harness.open()
    const served = await agent.observe({ at: hour(0), values: weather(0) })
    expect(served).toEqual({
      ok: true,
      value: {
        issuedAt: hour(0),
        targetAt: hour(3),
        value: weather(0)['temperature'],
        unit: 'C',
        model: null,
      },
    })
  })

  test('pulls, tests, tries and keeps a champion', async () => {
    const { agent } = await harness.open()
    const bundle = makeBundle({ version: 1, offset: 2 })
    harness.hub.offer(bundle)
    await feed(agent, 0, 10)
    harness.hub.order({ generation: 1, champion: bundle.digest })
    await eventually(
      () => agent.status().servingState,
      (state) => state === 'trial',
    )
    await feed(agent, 10, 13)
    expect(agent.status()).toMatchObject({ serving: bundle.digest, servingState: 'committed', generation: 2 })
    const served = await agent.observe({ at: hour(13), values: weather(13) })
    expect(served).toMatchObject({ ok: true, value: { model: bundle.digest } })
    expect(served.ok && served.value?.value).toBeCloseTo(weather(13)['temperature']! + 2, 4)
  })

  test('backtests a candidate on stored readings, then runs it in shadow', async () => {
    const { agent } = await harness.open()
    const [first, second] = [makeBundle({ version: 1, offset: 2 }), makeBundle({ version: 2, offset: 1 })]
    harness.hub.offer(first, second)
    await feed(agent, 0, 40)
    harness.hub.order({ generation: 1, champion: first.digest, candidate: second.digest })
    await eventually(
      () => agent.status(),
      (status) => status.servingState === 'trial' && status.candidateState === 'shadowing',
    )
    await feed(agent, 40, 60)
    const sums = await eventually(
      () => [...harness.hub.sums().values()].filter((record) => record.kind === 'evidence'),
      (records) => records.some((record) => record.source === 'shadow' && record.reference === first.digest),
    )
    const backtest = sums.filter(
      (record) => record.source === 'backtest' && record.reference === 'persistence',
    )
    expect(backtest.reduce((n, record) => n + record.n, 0)).toBe(40 - 3 - 5)
  })
})
