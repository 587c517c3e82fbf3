import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AGENT_BUILT_AT } from '@fleetcast/agent/config/agent-version.ts'
import type { AgentPorts } from '@fleetcast/agent/ports/agent-ports.ts'
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import { address, hour, makeBundle, weather } from '../fixtures/station-fixtures.ts'
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
const DAY_MS = 86_400_000

const showing =
  (now: () => number) =>
  (ports: AgentPorts): AgentPorts => ({
    ...ports,
    clock: { ...ports.clock, now: () => epochMs(now()) },
  })

async function follows(station: RunningStation, generation: number): Promise<void> {
  harness.hub.offer(good)
  harness.hub.order({ generation, champion: good.digest })
  await eventually(
    () => station.agent.status().serving,
    (serving) => serving === good.digest,
  )
}

/** From now on the broker answers with what the director has once answered to another question. */
function replayTimestamp(): void {
  const { world } = harness.hub
  const get = world.get.bind(world)
  const old = get('director', 'timestamp.json', 'a'.repeat(32))
  world.get = (repository, file, nonce) =>
    repository === 'director' && file === 'timestamp.json' ? old : get(repository, file, nonce)
}

const codes = (): readonly string[] => harness.hub.events().map(({ code }) => code)

describe('a clock that is wrong', () => {
  test.each([
    ['1970', 0],
    ['2099', Date.UTC(2099, 5, 1)],
  ])('%s: fresh orders are followed all the same', async (_, at) => {
    const station = await harness.open({ ports: showing(() => at) })
    await follows(station, 1)
    expect(station.agent.metrics().ordersRefused).toBe(0)
  })

  test('1970: the time that the director attests is kept, also by a station that is killed', async () => {
    const { world } = harness.hub
    const attested = world.now() + 40 * DAY_MS
    world.now = () => attested
    world.renew({ generation: 2 })
    const before = await harness.open({ ports: showing(() => 0) })
    await follows(before, 3)
    before.kill()
    const { store } = await harness.open({ ports: showing(() => 0) })
    expect(store.readDocument<EpochMs>('trust/timeFloor')).toBe(attested)
  })
})

describe('without a clock', () => {
  test('trust/notFresh: a replayed timestamp is refused, the model goes on, and a fresh one is taken again', async () => {
    const station = await harness.open({ settings: { clock: 'none' } })
    await follows(station, 1)
    await feed(station.agent, 0, 3)
    const { world } = harness.hub
    const get = world.get
    replayTimestamp()
    harness.broker.cut(address)
    await eventually(codes, (all) => all.includes('trust/notFresh'))
    expect(await station.agent.observe({ at: hour(3), values: weather(3) })).toMatchObject({
      value: { model: good.digest },
    })
    world.get = get
    harness.hub.order({ generation: 2, champion: null })
    await eventually(
      () => station.agent.status().generation,
      (generation) => generation === 3,
    )
  })

  test('nothing is earlier than the day this program was built', async () => {
    harness.hub.world.now = () => AGENT_BUILT_AT - 60 * DAY_MS
    harness.hub.world.renew({ generation: 2 })
    replayTimestamp()
    await harness.open({ settings: { clock: 'system' }, ports: showing(() => 0) })
    await eventually(codes, (all) => all.includes('trust/expired'))
  })
})

describe('a station that was off for a year', () => {
  test('serves at once with what has expired on its disk, and takes fresh metadata', async () => {
    const before = await harness.open()
    await follows(before, 1)
    await feed(before.agent, 0, 3)
    await before.agent.stop()

    const later = Date.now() + 365 * DAY_MS
    harness.broker.setOpen(false)
    const station = await harness.open({ ports: showing(() => later) })
    expect(station.agent.status()).toMatchObject({ serving: good.digest, servingState: 'committed' })
    expect(await station.agent.observe({ at: hour(3), values: weather(3) })).toMatchObject({
      value: { model: good.digest },
    })

    const better = makeBundle({ version: 2, offset: 1 })
    harness.hub.serve(better)
    harness.hub.world.now = () => later
    harness.hub.world.release(better.model)
    harness.hub.order({ generation: 9, champion: better.digest })
    harness.broker.setOpen(true)
    await eventually(
      () => station.agent.status().serving,
      (serving) => serving === better.digest,
    )
    expect(station.agent.metrics().ordersRefused).toBe(0)
  })

  test('goes on serving while the hub has nothing but expired metadata', async () => {
    const station = await harness.open({ ports: showing(() => Date.now() + 365 * DAY_MS) })
    await follows(station, 1)
    await feed(station.agent, 0, 3)
    harness.hub.world.now = () => Date.now() + 365 * DAY_MS
    harness.broker.cut(address)
    await eventually(codes, (all) => all.includes('trust/expired'))
    expect(await station.agent.observe({ at: hour(3), values: weather(3) })).toMatchObject({
      value: { model: good.digest },
    })
  })
})
