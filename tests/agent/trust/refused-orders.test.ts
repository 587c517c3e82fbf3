import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DeviceId } from '@fleetcast/shared/ids.ts'
import { makeBundle } from '../fixtures/station-fixtures.ts'
import { committed, createHarness, eventually, type Harness } from '../fixtures/station-harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const good = makeBundle({ version: 1, offset: 2 })
const better = makeBundle({ version: 2, offset: 1 })

const codes = (): readonly string[] => harness.hub.events().map(({ code }) => code)

describe('an order that must not be followed leaves the model that serves', () => {
  const refused: readonly (readonly [string, string, () => void])[] = [
    [
      'trust/notReleased',
      'a model that no release key has signed',
      () => {
        harness.hub.order({ generation: 2, champion: better.digest })
        harness.hub.world.prune(better.digest)
      },
    ],
    [
      'trust/differs',
      'another length than the release key names',
      () => harness.hub.order({ generation: 2, champion: better.digest, forge: { length: 77 } }),
    ],
    [
      'trust/differs',
      'other bytes under the name of a released model',
      () =>
        harness.hub.order({ generation: 2, champion: better.digest, forge: { path: 'temperature-3h/1' } }),
    ],
    [
      'trust/wrongHardware',
      'a model for another kind of device',
      () => {
        harness.hub.world.release({ ...better.model, hardware: ['jetson'] })
        harness.hub.order({ generation: 2, champion: better.digest })
      },
    ],
    [
      'trust/wrongDevice',
      'the authentic order of another device',
      () => harness.hub.order({ generation: 2, champion: better.digest, forge: { device: 'sea-2' } }),
    ],
    [
      'trust/revoked',
      'a model that was revoked before it came',
      () => {
        harness.hub.world.revoke(better.digest, 'it freezes at night')
        harness.hub.order({ generation: 2, champion: better.digest })
      },
    ],
    [
      'trust/rollback',
      'an older generation',
      () => harness.hub.order({ generation: 0, champion: better.digest }),
    ],
  ]
  test.each(refused)('%s: %s', async (code, _, attack) => {
    const station = await harness.open()
    harness.hub.offer(good, better)
    harness.hub.order({ generation: 1, champion: good.digest })
    await committed(station, good, 0)
    attack()
    await eventually(codes, (all) => all.includes(code))
    await eventually(
      () => station.agent.metrics().ordersRefused,
      (n) => n >= 3,
    )
    // Refused again and again, told once.
    expect(codes().filter((each) => each === code)).toEqual([code])
    expect(station.agent.status()).toMatchObject({ serving: good.digest, generation: 2 })
    const answer = await station.agent.observe({ at: 1_641_038_400_000 as never, values: { temperature: 9 } })
    expect(answer).toMatchObject({ ok: true, value: { model: good.digest, value: 11 } })

    // And a good order is followed again.
    harness.hub.world.release({ ...better.model, hardware: ['*'] })
    harness.hub.order({ generation: 7, champion: better.digest })
    await eventually(
      () => station.agent.status().serving,
      (serving) => serving === better.digest,
    )
  })

  test('the same reason is not told again after a restart', async () => {
    const before = await harness.open()
    harness.hub.offer(good)
    harness.hub.order({ generation: 1, champion: good.digest, forge: { device: DeviceId.parse('sea-2') } })
    await eventually(codes, (all) => all.includes('trust/wrongDevice'))
    before.kill()
    const station = await harness.open()
    await eventually(
      () => station.agent.metrics().ordersRefused,
      (n) => n >= 3,
    )
    await station.agent.stop()
    expect(codes().filter((code) => code === 'trust/wrongDevice').length).toBe(1)
  })

  test('a model for this kind of device is taken', async () => {
    harness.hub.offer(good)
    harness.hub.world.release({ ...good.model, hardware: ['jetson', 'rpi4'] })
    const station = await harness.open({ settings: { hardware: 'rpi4' } })
    harness.hub.order({ generation: 1, champion: good.digest })
    await committed(station, good, 0)
  })

  test('a check that takes too long is given up, however patient each request is', async () => {
    harness.hub.onMetadata = ({ repository }) => repository === 'director'
    const { agent } = await harness.open({ settings: { requestTimeoutMs: 60_000, trustDeadlineMs: 300 } })
    await eventually(
      () => agent.metrics().trustChecksFailed,
      (n) => n >= 2,
    )
    harness.hub.onMetadata = () => true
    await eventually(
      () => agent.status().generation,
      (generation) => generation === 1,
    )
  })

  test('no answer is no refusal', async () => {
    harness.hub.onMetadata = () => false
    const { agent } = await harness.open({ settings: { requestTimeoutMs: 10 } })
    await eventually(
      () => agent.metrics().trustChecksFailed,
      (n) => n >= 2,
    )
    expect(agent.metrics().ordersRefused).toBe(0)
    await agent.stop()
    expect(codes()).toEqual([])
  })
})
