import { afterEach, describe, expect, test } from 'vitest'
import { downTopic, upTopic } from '@fleetcast/shared/protocol/topics.ts'
import { refuse } from '@fleetcast/shared/result.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { createBroker } from '../../../hub/broker/broker.ts'
import {
  addressOf,
  closing,
  connectDevice,
  openHarness,
  openSocket,
  pause,
  until,
  type Harness,
} from './broker-harness.ts'
import { connectBytes, subscribeBytes } from './mqtt-bytes.ts'

const one = addressOf('sea-1')
const two = addressOf('sea-2')

let harness: Harness
afterEach(() => harness.close())

describe('telemetry', () => {
  test('the acknowledgement follows the commit, not the arrival', async () => {
    const commit: { release: () => void } = { release: () => {} }
    const held = new Promise<void>((resolve) => (commit.release = resolve))
    const arrived: string[] = []
    harness = await openHarness({
      telemetry: async ({ device }) => {
        arrived.push(device)
        await held
      },
    })
    const client = await connectDevice(harness, 'sea-1')
    let isAcknowledged = false
    const published = client.publishAsync(upTopic(one, 'telemetry'), 'x', { qos: 1 }).then(() => {
      isAcknowledged = true
    })
    await until(() => arrived.length === 1)
    await pause(100)
    expect(isAcknowledged).toBe(false)
    commit.release()
    await published
    expect(isAcknowledged).toBe(true)
  })

  test('what could not be stored is not acknowledged: the connection is closed', async () => {
    harness = await openHarness({ telemetry: () => Promise.reject(new Error('disk full')) })
    const client = await connectDevice(harness, 'sea-1')
    let isAcknowledged = false
    client.publish(
      upTopic(one, 'telemetry'),
      'x',
      { qos: 1 },
      (error) => (isAcknowledged = error === undefined),
    )
    await closing(client)
    expect(isAcknowledged).toBe(false)
  })

  test('many messages of one packet burst wait for their commit together', async () => {
    harness = await openHarness()
    const client = await connectDevice(harness, 'sea-1')
    await Promise.all(
      Array.from({ length: 500 }, (_, i) =>
        client.publishAsync(upTopic(one, 'telemetry'), `m${i}`, { qos: 1 }),
      ),
    )
    expect(harness.telemetry.map(({ payload }) => payload)).toEqual(
      Array.from({ length: 500 }, (_, i) => `m${i}`),
    )
  })
})

describe('messages down', () => {
  test('of mixed quality and retention all arrive: 1,000 of 1,000 each', async () => {
    harness = await openHarness()
    const client = await connectDevice(harness, 'sea-1')
    const counts = { want: 0, block: 0, ack: 0 }
    client.on('message', (topic) => counts[topic.split('/').at(-1) as keyof typeof counts]++)
    await client.subscribeAsync({
      [downTopic(one, 'want')]: { qos: 1 },
      [downTopic(one, 'block')]: { qos: 0 },
      [downTopic(one, 'ack')]: { qos: 0 },
    })
    for (let i = 0; i < 1_000; i++) {
      harness.broker.publishWant(one, Buffer.from(`${i}`))
      harness.broker.publishBlock(one, Buffer.alloc(50))
      harness.broker.publishAck(one, Buffer.from('{}'))
      if (i % 20 === 19) await pause(1)
    }
    await until(() => counts.want >= 1_000 && counts.block >= 1_000 && counts.ack >= 1_000)
    await pause(50)
    expect(counts).toEqual({ want: 1_000, block: 1_000, ack: 1_000 })
  })

  test('the newest order waits for a device that connects later', async () => {
    harness = await openHarness()
    harness.broker.publishWant(one, Buffer.from('first'))
    harness.broker.publishWant(one, Buffer.from('second'))
    harness.broker.publishWant(two, Buffer.from('of another'))
    const client = await connectDevice(harness, 'sea-1')
    const orders: string[] = []
    client.on('message', (_topic, payload, packet) => orders.push(`${payload.toString()} ${packet.retain}`))
    await client.subscribeAsync(downTopic(one, 'want'), { qos: 1 })
    await until(() => orders.length > 0)
    await pause(50)
    expect(orders).toEqual(['second true'])
  })

  test('a block for a device that is not there says so', async () => {
    harness = await openHarness()
    expect(harness.broker.publishBlock(one, Buffer.alloc(10))).toBe(false)
  })

  test('a device that stops reading stalls nobody and is sent no more than a few blocks', async () => {
    harness = await openHarness()
    const frozen = await openSocket(harness, 'sea-2')
    frozen.write(Buffer.concat([connectBytes('sea-2'), subscribeBytes([downTopic(two, 'block')], 0)]))
    await until(() => harness.broker.isConnected('sea-2'))
    frozen.pause()
    const client = await connectDevice(harness, 'sea-1')
    const block = Buffer.alloc(65_536)
    let sent = 0
    for (let i = 0; i < 1_000; i++) {
      if (harness.broker.publishBlock(two, block)) sent++
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (let i = 0; i < 50; i++) await client.publishAsync(upTopic(one, 'telemetry'), 'x', { qos: 1 })
    expect(harness.telemetry.length).toBe(50)
    // The sockets' own buffers hold some; without a limit all 64 MB would be in memory.
    expect(sent).toBeLessThan(300)
  })
})

describe('who is who', () => {
  test('a device that the hub does not know is refused, and not counted against the one that has the name', async () => {
    harness = await openHarness({
      authenticate: async () => refuse('mqtt/otherKey', 'not the key on record'),
    })
    await expect(connectDevice(harness, 'sea-1')).rejects.toThrow('Not authorized')
    expect(harness.refused).toMatchObject([
      { code: 'mqtt/otherKey', client: expect.stringMatching(/^stranger at .* who says sea-1$/) },
    ])
  })

  test('a second connection of the same device takes over', async () => {
    harness = await openHarness()
    const first = await connectDevice(harness, 'sea-1')
    const ended = closing(first)
    await connectDevice(harness, 'sea-1')
    await ended
    await pause(50)
    expect(harness.broker.isConnected('sea-1')).toBe(true)
    expect(harness.connections.at(-1)).toBe('sea-1 on')
  })

  test('a session that would be kept is refused', async () => {
    harness = await openHarness()
    await expect(connectDevice(harness, 'sea-1', { clean: false })).rejects.toThrow('Not authorized')
    expect(harness.refused.map(({ code }) => code)).toEqual(['mqtt/persistentSession'])
  })

  test('the hub can end a connection and learns of every end', async () => {
    harness = await openHarness()
    const client = await connectDevice(harness, 'sea-1')
    await until(() => harness.broker.isConnected('sea-1'))
    const ended = closing(client)
    harness.broker.disconnect(one.device)
    await ended
    await until(() => harness.connections.length === 2)
    expect(harness.connections).toEqual(['sea-1 on', 'sea-1 off'])
    expect(harness.broker.isConnected('sea-1')).toBe(false)
  })
})

test('the hub ends the connection of a device that reads nothing, too', async () => {
  harness = await openHarness()
  const frozen = await openSocket(harness, 'sea-2')
  frozen.write(Buffer.concat([connectBytes('sea-2'), subscribeBytes([downTopic(two, 'block')], 0)]))
  await until(() => harness.broker.isConnected('sea-2'))
  frozen.pause()
  const block = Buffer.alloc(65_536)
  for (let i = 0; i < 500; i++) {
    harness.broker.publishBlock(two, block)
    await new Promise((resolve) => setImmediate(resolve))
  }
  harness.broker.disconnect(two.device)
  await until(() => !harness.broker.isConnected('sea-2'))
})

describe('what a device may not do closes its connection and is told', () => {
  test.each([
    ['publish as another device', upTopic(two, 'telemetry'), {}, 'mqtt/forgedTopic'],
    ['publish at another site', 'fleetcast/v1/pdx/sea-1/up/telemetry', {}, 'mqtt/forgedTopic'],
    ['publish an order', downTopic(one, 'want'), {}, 'mqtt/forgedTopic'],
    ['publish as the broker', '$SYS/broker/heartbeat', {}, 'mqtt/forgedTopic'],
    ['retain', upTopic(one, 'event'), { retain: true }, 'mqtt/retained'],
    ['publish with QoS 2', upTopic(one, 'telemetry'), { qos: 2 as const }, 'mqtt/qualityOfService'],
  ])('%s', async (_what, topic, options, code) => {
    harness = await openHarness()
    const client = await connectDevice(harness, 'sea-1')
    client.publish(topic, 'some content', { qos: 1, ...options })
    await closing(client)
    expect(harness.refused).toMatchObject([{ client: 'sea-1', topic, code }])
    expect(Buffer.from(harness.refused[0]!.sample).toString()).toBe('some content')
    expect(harness.telemetry).toEqual([])
  })

  test.each([
    ['another device', downTopic(two, 'want')],
    ['all devices', 'fleetcast/v1/sea/+/dn/want'],
    ['everything', '#'],
    ['everything of its own', 'fleetcast/v1/sea/sea-1/dn/#'],
    ['what others report', upTopic(two, 'telemetry')],
    ['the broker', '$SYS/#'],
  ])('subscribe to %s', async (_what, topic) => {
    harness = await openHarness()
    const client = await connectDevice(harness, 'sea-1')
    client.subscribe(topic, () => {})
    await closing(client)
    expect(harness.refused).toMatchObject([{ client: 'sea-1', topic, code: 'mqtt/foreignSubscription' }])
  })

  test.each([
    ['the topic of another device', { topic: upTopic(two, 'event') }],
    ['its own telemetry', { topic: upTopic(one, 'telemetry') }],
    ['a retained message', { topic: upTopic(one, 'event'), retain: true }],
  ])('a last will on %s', async (_what, will) => {
    harness = await openHarness()
    const options = { will: { payload: Buffer.from('gone'), qos: 1 as const, retain: false, ...will } }
    await expect(connectDevice(harness, 'sea-1', options)).rejects.toThrow('Not authorized')
    expect(harness.refused.map(({ code }) => code)).toEqual(['mqtt/foreignWill'])
  })

  test('its own last will is allowed', async () => {
    harness = await openHarness()
    const will = {
      topic: upTopic(one, 'event'),
      payload: Buffer.from('gone'),
      qos: 1 as const,
      retain: false,
    }
    const client = await connectDevice(harness, 'sea-1', { will })
    client.stream.destroy()
    await until(() => harness.connections.length === 2)
    expect(harness.refused).toEqual([])
  })
})

describe('the port', () => {
  test('a busy one is refused and named together with the flag that changes it', async () => {
    harness = await openHarness()
    const { port } = harness.broker
    const ports = {
      clock: systemClock,
      log: { info: () => {}, warn: () => {}, error: () => {} },
      authenticate: async () => refuse('x/y', ''),
      telemetry: async () => {},
      request: () => {},
      connection: () => {},
      refused: () => {},
    }
    const second = await createBroker(ports, { host: '127.0.0.1', port, authority: harness.authority })
    expect(second).toEqual(refuse('mqtt/portBusy', `port ${port} is in use; choose another with --mqtt-port`))
  })

  test('is free again after the end, whatever is still connected', async () => {
    harness = await openHarness()
    const idle = await openSocket(harness, 'sea-2')
    const client = await connectDevice(harness, 'sea-1')
    const ended = [closing(idle), closing(client)]
    await harness.broker.close()
    await Promise.all(ended)
  })
})

test('a device reaches no other device: what it publishes goes to the hub alone', async () => {
  harness = await openHarness()
  const client = await connectDevice(harness, 'sea-1')
  await client.publishAsync(upTopic(one, 'request'), 'a request', { qos: 0 })
  await client.publishAsync(upTopic(one, 'event'), 'an event', { qos: 1 })
  await until(() => harness.requests.length === 1)
  expect(harness.requests).toEqual(['a request'])
})
