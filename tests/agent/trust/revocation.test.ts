import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { answerLocal } from '@fleetcast/agent/local-api/answer-local.ts'
import type { AgentSettings } from '@fleetcast/agent/config/agent-settings.ts'
import { address, hour, makeBundle, recipe, weather } from '../fixtures/station-fixtures.ts'
import {
  createHarness,
  eventually,
  feed,
  type Harness,
  type RunningStation,
} from '../fixtures/station-harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const good = makeBundle({ version: 1, offset: 2 })
const better = makeBundle({ version: 2, offset: 1 })
const bad = makeBundle({ version: 3, offset: 1, range: { min: -80, max: 11 } })

const state = ({ agent }: RunningStation) => [agent.status().servingState, agent.status().serving]
const alarms = () => harness.hub.events().filter(({ code }) => code === 'trust/revoked')

async function serving(settings: Partial<AgentSettings>): Promise<RunningStation> {
  const station = await harness.open({ settings: { trustCheckMs: 200, ...settings } })
  harness.hub.offer(good, better)
  harness.hub.order({ generation: 1, champion: good.digest, prefetch: [better.digest] })
  await eventually(
    () => state(station),
    ([kind]) => kind === 'trial',
  )
  await feed(station.agent, 0, 3)
  expect(state(station)).toEqual(['committed', good.digest])
  return station
}

async function revoke(): Promise<void> {
  harness.hub.world.revoke(good.digest, 'it freezes at night')
  harness.broker.cut(address)
  await eventually(alarms, (events) => events.some(({ severity }) => severity === 'error'))
}

const observe = async ({ agent }: RunningStation, n: number) =>
  await agent.observe({ at: hour(n), values: weather(n) })

describe('a revoked model that serves', () => {
  test('keep: goes on serving, also after a restart, and the alarm is given once', async () => {
    const before = await serving({ revokedModel: 'keep' })
    await revoke()
    await eventually(
      () => before.agent.metrics().ordersRefused,
      (n) => n >= 3,
    )
    expect(await observe(before, 3)).toMatchObject({ value: { model: good.digest } })
    before.kill()
    const station = await harness.open()
    expect(state(station)).toEqual(['committed', good.digest])
    await station.agent.stop()
    // One of the model that serves, one of the order that names it.
    expect(
      alarms()
        .map(({ severity }) => severity)
        .sort(),
    ).toEqual(['error', 'warning'])
  })

  test('fallback: the baseline serves until another order', async () => {
    const before = await serving({ revokedModel: 'fallback' })
    await revoke()
    await eventually(
      () => state(before),
      ([kind]) => kind === 'baseline',
    )
    expect(await observe(before, 3)).toMatchObject({ value: { model: null } })
    before.kill()
    const station = await harness.open({ settings: { revokedModel: 'fallback' } })
    expect(await observe(station, 4)).toMatchObject({ value: { model: null } })
    expect(station.agent.status().bundles).toMatchObject([
      { digest: good.digest, state: 'rejected', code: 'trust/revoked' },
      { digest: better.digest, state: 'installed' },
    ])
    harness.hub.order({ generation: 2, champion: better.digest })
    await eventually(
      () => state(station),
      ([, digest]) => digest === better.digest,
    )
  })

  test('stop: nothing is forecast until another order, and the local API says why', async () => {
    const before = await serving({ revokedModel: 'stop' })
    await revoke()
    await eventually(
      () => before.agent.halt(),
      (halt) => halt !== null,
    )
    expect(await observe(before, 3)).toEqual({ ok: true, value: null })
    before.kill()
    const station = await harness.open({ settings: { revokedModel: 'stop' } })
    const ask = async (method: string, path: string, body: unknown = null) =>
      await answerLocal(station.agent, { method, path, body: Buffer.from(JSON.stringify(body)) })
    const reading = { at: new Date(hour(4)).toISOString(), values: weather(4) }
    expect(JSON.parse((await ask('POST', '/v1/readings', reading)).body)).toMatchObject({
      forecast: null,
      withheld: { code: 'trust/revoked', message: expect.stringContaining('it freezes at night') as string },
    })
    for (const [method, path] of [
      ['GET', `/v2/models/${recipe.name}/ready`],
      ['POST', `/v2/models/${recipe.name}/infer`],
    ] as const)
      expect(await ask(method, path)).toMatchObject({
        status: 503,
        body: expect.stringContaining('trust/revoked') as string,
      })
    harness.hub.order({ generation: 2, champion: null })
    await eventually(
      () => station.agent.halt(),
      (halt) => halt === null,
    )
    expect(await observe(station, 5)).toMatchObject({ value: { model: null } })
  })

  test('absent is not revoked: a pruned model goes on', async () => {
    const station = await serving({ revokedModel: 'stop' })
    harness.hub.world.prune(good.digest)
    harness.broker.cut(address)
    await eventually(
      () => harness.hub.events(),
      (events) => events.some(({ code }) => code === 'trust/notReleased'),
    )
    expect(await observe(station, 3)).toMatchObject({ value: { model: good.digest } })
    expect(alarms()).toEqual([])
  })
})

describe('a revoked model that does not serve', () => {
  test('is not fallen back to when a trial fails', async () => {
    const station = await serving({ revokedModel: 'keep' })
    harness.hub.offer(bad)
    harness.hub.order({ generation: 2, champion: bad.digest })
    await eventually(
      () => state(station),
      ([, digest]) => digest === bad.digest,
    )
    harness.hub.world.revoke(good.digest, 'it freezes at night')
    harness.broker.cut(address)
    await eventually(alarms, (events) => events.length > 0)
    await station.agent.observe({ at: hour(3), values: { temperature: 12, windSpeed: 1 } })
    expect(state(station)).toEqual(['baseline', null])
  })

  test('is rejected and never becomes the champion by itself', async () => {
    const station = await serving({ revokedModel: 'keep' })
    harness.hub.world.revoke(better.digest, 'wrong units')
    harness.broker.cut(address)
    const status = await eventually(
      () => station.agent.status().bundles.find(({ digest }) => digest === better.digest),
      (bundle) => bundle?.state === 'rejected',
    )
    expect(status).toMatchObject({ code: 'trust/revoked', message: 'wrong units' })
    expect(state(station)).toEqual(['committed', good.digest])
  })
})
