import type { MqttClient } from 'mqtt'
import { afterEach, describe, expect, test } from 'vitest'
import { BLOCK_BYTES } from '@fleetcast/shared/protocol/limits.ts'
import { downTopic, upTopic } from '@fleetcast/shared/protocol/topics.ts'
import { ms } from '@fleetcast/shared/units.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { HEARD_WITHIN } from '../../../hub/broker/presence.ts'
import { UNDER_WAY_MAX } from '../../../hub/broker/receive-reports.ts'
import { one, openExternalHub, reportOf, two, type ExternalHub } from './external-harness.ts'
import { connectWith, until, type DevicePapers } from './mosquitto-harness.ts'

let hub: ExternalHub
const clients: MqttClient[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true)
  await hub.stop()
})

/** A device with its subscriptions, and what arrives there, as `kind payload`. */
async function openDevice(papers: DevicePapers): Promise<{ client: MqttClient; came: string[] }> {
  const client = await connectWith(hub.mosquitto.url, papers)
  clients.push(client)
  const came: string[] = []
  client.on('message', (topic, payload) =>
    came.push(`${topic.split('/').at(-1)} ${payload.subarray(0, 20).toString()}`),
  )
  const address = papers === hub.papers.one ? one : two
  await client.subscribeAsync({
    [downTopic(address, 'want')]: { qos: 1 },
    [downTopic(address, 'block')]: { qos: 0 },
    [downTopic(address, 'ack')]: { qos: 0 },
  })
  return { client, came }
}
const arrives = (came: readonly string[], text: string): Promise<void> =>
  until(
    async () => came.includes(text),
    () => came.join('; '),
  )

describe('the hub on mosquitto', () => {
  test('keeps the newest order there for a device that comes later', async () => {
    hub = await openExternalHub()
    hub.broker.publishWant(one, Buffer.from('old'))
    hub.broker.publishWant(two, Buffer.from('other'))
    hub.broker.publishWant(one, Buffer.from('new'))
    await hub.whenConnected()
    const { came } = await openDevice(hub.papers.one)
    await arrives(came, 'want new')
    expect(came).toEqual(['want new'])
  })

  test('connects again by itself, and the orders are there again: a restarted broker has forgotten them', async () => {
    hub = await openExternalHub()
    await hub.whenConnected()
    for (let i = 0; i < 200; i++) hub.broker.publishWant(one, Buffer.from(`${i}`))
    await hub.mosquitto.restart()
    const { came, client } = await openDevice(hub.papers.one)
    await until(
      async () => came.includes('want 199'),
      () => came.join('; '),
      20,
    )
    await client.publishAsync(upTopic(one, 'telemetry'), reportOf(one, 1, hub.papers.one), { qos: 1 })
    await until(
      async () => (await hub.stored()).length === 1,
      () => hub.mosquitto.log(),
    )
  })

  test('sends blocks and acknowledgements, and takes requests', async () => {
    hub = await openExternalHub()
    await hub.whenConnected()
    const { client, came } = await openDevice(hub.papers.one)
    await client.publishAsync(upTopic(one, 'request'), '{"digest":1}')
    await until(
      async () => hub.requests.length === 1,
      () => hub.mosquitto.log(),
    )
    expect(hub.requests).toEqual(['sea-1 {"digest":1}'])
    expect(hub.broker.publishBlock(one, Buffer.from('a block'))).toBe(true)
    await arrives(came, 'block a block')
    await client.publishAsync(upTopic(one, 'telemetry'), reportOf(one, 1, hub.papers.one), { qos: 1 })
    await arrives(came, 'ack {"watermark":1}')
  })

  test('sends no block without a connection, and no more than the broker takes', async () => {
    hub = await openExternalHub()
    expect(hub.broker.publishBlock(one, Buffer.from('x'))).toBe(false)
    await hub.whenConnected()
    const block = Buffer.alloc(BLOCK_BYTES)
    let sent = 0
    while (sent < 10_000 && hub.broker.publishBlock(one, block)) sent++
    expect(sent).toBeGreaterThan(10)
    expect(sent).toBeLessThan(200)
  })

  test('a device is there while it reports', async () => {
    const passed = { ms: 0 }
    const looks: (() => void)[] = []
    hub = await openExternalHub({
      clock: {
        ...systemClock,
        monotonic: () => ms(systemClock.monotonic() + passed.ms),
        sleep: (duration, signal) =>
          duration === 5_000
            ? new Promise((resolve) => {
                looks.push(resolve)
                signal?.addEventListener('abort', () => resolve())
              })
            : systemClock.sleep(duration, signal),
      },
    })
    await hub.whenConnected()
    const { client } = await openDevice(hub.papers.one)
    expect(hub.broker.isConnected('sea-1')).toBe(false)
    const report = (sequence: number) =>
      client.publishAsync(upTopic(one, 'telemetry'), reportOf(one, sequence, hub.papers.one), { qos: 1 })
    await report(1)
    await until(
      async () => hub.broker.isConnected('sea-1'),
      () => hub.mosquitto.log(),
    )
    passed.ms += HEARD_WITHIN - 1_000
    await report(2)
    await until(
      async () => (await hub.stored()).length === 2,
      () => hub.mosquitto.log(),
    )
    passed.ms += HEARD_WITHIN - 1_000
    looks.shift()!()
    expect(hub.broker.isConnected('sea-1')).toBe(true)
    passed.ms += 2_000
    await until(
      async () => looks.length > 0,
      () => '',
    )
    looks.shift()!()
    await until(
      async () => hub.connections.length === 2,
      () => hub.connections.join(),
    )
    expect(hub.connections).toEqual(['sea-1 on', 'sea-1 off'])
  })

  test('reads no further while more than it may hold is under way, and loses nothing', async () => {
    const held: (() => void)[] = []
    hub = await openExternalHub({
      telemetry: async () => {
        await new Promise<void>((resolve) => held.push(resolve))
        return true
      },
    })
    await hub.whenConnected()
    const { client } = await openDevice(hub.papers.one)
    const count = UNDER_WAY_MAX + 50
    const report = reportOf(one, 1, hub.papers.one)
    await Promise.all(
      Array.from({ length: count }, () => client.publishAsync(upTopic(one, 'telemetry'), report, { qos: 1 })),
    )
    await until(
      async () => held.length >= UNDER_WAY_MAX,
      () => String(held.length),
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(held.length).toBe(UNDER_WAY_MAX)
    for (const release of held) release()
    await until(
      async () => held.length === count,
      () => String(held.length),
    )
    for (const release of held) release()
  })
})
