import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import { BLOCK_BYTES } from '@fleetcast/shared/protocol/limits.ts'
import { address, makeBundle } from '../fixtures/station-fixtures.ts'
import { committed, createHarness, eventually, type Harness } from '../fixtures/station-harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const good = makeBundle({ version: 1, offset: 2 })
const better = makeBundle({ version: 2, offset: 1 })

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
