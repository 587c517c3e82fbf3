import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '@fleetcast/agent/adapters/pino-log.ts'
import { BundleDigest, DeviceId } from '@fleetcast/shared/ids.ts'
import { BLOCK_BYTES } from '@fleetcast/shared/protocol/limits.ts'
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { signRoot } from '../../trust/keys.ts'
import { address, makeBundle, trustKeys, type FakeBundle } from '../fixtures/station-fixtures.ts'
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

const committed = async ({ agent }: RunningStation, bundle: FakeBundle, from: number): Promise<void> => {
  await eventually(
    () => agent.status(),
    ({ serving }) => serving === bundle.digest,
  )
  await feed(agent, from, from + 3)
  expect(agent.status()).toMatchObject({ serving: bundle.digest, servingState: 'committed' })
}
const codes = (): readonly string[] => harness.hub.events().map(({ code }) => code)
const timestamps = (): number =>
  harness.hub.world.asked.filter((file) => file === 'director/timestamp.json').length

describe('an order', () => {
  test('of both repositories becomes the champion, and a newer one brings the model before it back', async () => {
    const station = await harness.open()
    harness.hub.offer(good, better)
    harness.hub.order({ generation: 1, champion: good.digest })
    await committed(station, good, 0)
    harness.hub.order({ generation: 2, champion: better.digest })
    await committed(station, better, 3)
    harness.hub.order({ generation: 3, champion: good.digest })
    await committed(station, good, 6)
    expect(station.agent.status().generation).toBe(4)
    expect(station.agent.metrics().ordersRefused).toBe(0)
  })

  test('is found without any hint, at the next look', async () => {
    const station = await harness.open({ settings: { trustCheckMs: 100 } })
    harness.hub.offer(good)
    harness.hub.world.order({ generation: 5, champion: good.digest })
    await committed(station, good, 0)
  })

  test('is found at the next connection when its hint was lost', async () => {
    const station = await harness.open()
    await eventually(
      () => station.agent.status().generation,
      (generation) => generation === 1,
    )
    harness.hub.offer(good)
    harness.hub.world.order({ generation: 5, champion: good.digest })
    harness.broker.cut(address)
    await committed(station, good, 0)
  })

  test('is found in a repository of so many models that its list comes in several blocks', async () => {
    const others = Array.from({ length: 500 }, (_, n) => ({
      ...good.model,
      digest: BundleDigest.parse(n.toString(16).padStart(64, '0')),
      version: String(1_000 + n),
    }))
    harness.hub.world.release(...others)
    harness.hub.offer(good)
    const offsets: number[] = []
    harness.hub.onMetadata = ({ file, offset }) => {
      if (file.endsWith('targets.json')) offsets.push(offset)
      return true
    }
    const station = await harness.open()
    harness.hub.order({ generation: 1, champion: good.digest })
    await committed(station, good, 0)
    expect(Math.max(...offsets)).toBeGreaterThanOrEqual(BLOCK_BYTES)
  })

  test('is found over a connection that loses and repeats half of what is sent', async () => {
    let n = 0
    harness.hub.onMetadata = (request) => {
      n++
      if (n % 2 === 0) harness.hub.answerMetadata(request)
      return n % 3 !== 0
    }
    const station = await harness.open({ settings: { requestTimeoutMs: 30 } })
    harness.hub.offer(good)
    harness.hub.order({ generation: 1, champion: good.digest })
    await committed(station, good, 0)
  })

  test('is found after a restart in the middle of the check', async () => {
    const before = await harness.open()
    harness.hub.onMetadata = ({ repository }) => repository === 'director'
    harness.hub.offer(good)
    harness.hub.order({ generation: 1, champion: good.digest })
    await eventually(() => harness.hub.world.asked.includes('director/2.targets.json'), Boolean)
    before.kill()
    harness.hub.onMetadata = () => true
    const station = await harness.open()
    await committed(station, good, 0)
  })
})

describe('a connection that is lost', () => {
  test('during a check and a download lets both go on when it is back', async () => {
    const station = await harness.open({
      settings: { requestTimeoutMs: 20 },
    })
    harness.hub.offer(good, better)
    harness.hub.onRequest = () => false
    harness.hub.order({ generation: 1, champion: good.digest })
    await eventually(() => harness.hub.requests.length > 0, Boolean)
    harness.hub.onMetadata = () => false
    harness.hub.order({ generation: 2, champion: good.digest, prefetch: [better.digest] })
    await new Promise((resolve) => setTimeout(resolve, 30))
    // Away for longer than any request is waited for: both wait for the next connection.
    harness.broker.setOpen(false)
    await new Promise((resolve) => setTimeout(resolve, 400))
    harness.broker.setOpen(true)
    harness.hub.onRequest = () => true
    harness.hub.onMetadata = () => true
    await committed(station, good, 0)
    await eventually(
      () => station.agent.status().bundles.filter(({ state }) => state === 'installed').length,
      (n) => n === 2,
    )
  })
})

describe('a hint', () => {
  test('that names the order in force causes no check', async () => {
    const station = await harness.open()
    harness.hub.order({ generation: 1 })
    await eventually(
      () => station.agent.status().generation,
      (generation) => generation === 2,
    )
    await new Promise((resolve) => setTimeout(resolve, 30))
    const asked = timestamps()
    for (let i = 0; i < 20; i++) harness.hub.want('{"generation":2}')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(timestamps()).toBe(asked)
  })

  test('that comes a thousand times during a check causes one more', async () => {
    const station = await harness.open()
    await eventually(
      () => station.agent.status().generation,
      (generation) => generation === 1,
    )
    await new Promise((resolve) => setTimeout(resolve, 30))
    const asked = timestamps()
    let isStorm = true
    harness.hub.onMetadata = ({ file }) => {
      if (!isStorm || file !== 'timestamp.json') return true
      isStorm = false
      for (let n = 0; n < 1_000; n++) harness.hub.want(`{"generation":${n + 100}}`)
      return true
    }
    harness.hub.want('{"generation":99}')
    await eventually(timestamps, (n) => n >= asked + 2)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(timestamps()).toBe(asked + 2)
  })

  test.each(['no json', '{"generation":"7"}', `{"generation":7}${' '.repeat(500)}`])(
    'that is malformed causes no check (%s)',
    async (hint) => {
      const station = await harness.open()
      await eventually(
        () => station.agent.status().generation,
        (generation) => generation === 1,
      )
      await new Promise((resolve) => setTimeout(resolve, 30))
      const asked = timestamps()
      harness.hub.want(hint)
      await new Promise((resolve) => setTimeout(resolve, 40))
      expect(timestamps()).toBe(asked)
    },
  )
})

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

describe('demonstration keys', () => {
  const demoOf = async (station: RunningStation): Promise<StatusRecord['demoTrust']> => {
    await eventually(
      () => station.agent.status().generation,
      (generation) => generation > 0,
    )
    return station.agent.status().demoTrust
  }
  test('are told by the status, from the root that says so on', async () => {
    const { world } = harness.hub
    expect(await demoOf(await harness.open())).toBeUndefined()
    world.put('image', '2.root.json', signRoot(trustKeys.image, { version: 2, demo: true }))
    harness.broker.cut(address)
    await eventually(
      () => harness.hub.status()?.demoTrust,
      (isDemo) => isDemo === true,
    )
  })

  test('are warned of at every start', async () => {
    harness.hub.world.put('image', '2.root.json', signRoot(trustKeys.image, { version: 2, demo: true }))
    for (const _ of [1, 2]) {
      const warnings: string[] = []
      const log = { ...silentLog, warn: (__: unknown, message: string) => void warnings.push(message) }
      const station = await harness.open({ ports: (ports) => ({ ...ports, log }) })
      await eventually(
        () => warnings.filter((message) => message.includes('demonstration keys')).length,
        (n) => n === 1,
      )
      station.kill()
    }
  })
})
