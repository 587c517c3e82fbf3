import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRandom } from '@fleetcast/shared/random.ts'
import { PUBLISH_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { upTopic } from '@fleetcast/shared/protocol/topics.ts'
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
import { connectBytes, lengthBytes, publishBytes } from './mqtt-bytes.ts'

const one = addressOf('sea-1')
let harness: Harness
beforeEach(async () => {
  harness = await openHarness()
})
afterEach(() => harness.close())

const stillServes = async (): Promise<void> => {
  const client = await connectDevice(harness, 'sea-1')
  await client.publishAsync(upTopic(one, 'telemetry'), 'x', { qos: 1 })
  expect(harness.telemetry.at(-1)).toEqual({ from: 'sea-1', payload: 'x' })
}

describe('bytes that are not MQTT', () => {
  test('random ones, before and after a CONNECT, end their connection and nothing else', async () => {
    const random = createRandom(7)
    for (let round = 0; round < 20; round++) {
      const socket = await openSocket(harness, 'sea-2')
      const ended = closing(socket)
      if (round % 2 === 1) {
        socket.write(connectBytes('sea-2'))
        await new Promise((resolve) => socket.once('data', resolve))
      }
      socket.write(Buffer.from(Array.from({ length: 10_000 }, () => random.integer(256))))
      socket.end()
      await ended
    }
    await stillServes()
  })

  test('a request of another protocol is named as such', async () => {
    const socket = await openSocket(harness, 'sea-1')
    const ended = closing(socket)
    socket.write('GET / HTTP/1.1\r\nHost: hub\r\n\r\n')
    await ended
    expect(harness.refused.map(({ code }) => code)).toEqual(['mqtt/notConnect'])
  })
})

describe('sizes', () => {
  test('a CONNECT that announces 256 MB is cut off before its content is kept', async () => {
    const before = process.memoryUsage().rss
    for (let i = 0; i < 10; i++) {
      const socket = await openSocket(harness, 'sea-1')
      const ended = closing(socket)
      socket.write(Buffer.of(0x10, 0xff, 0xff, 0xff, 0x7f))
      socket.write(Buffer.alloc(1 << 20))
      await ended
    }
    expect(harness.refused.map(({ code }) => code)).toEqual(Array.from({ length: 10 }, () => 'mqtt/tooLarge'))
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6)
    await stillServes()
  })

  test('a header that comes byte by byte is understood all the same', async () => {
    const socket = await openSocket(harness, 'sea-1')
    const ended = closing(socket)
    for (const byte of [0x10, 0xff, 0xff, 0xff, 0x7f]) {
      socket.write(Buffer.of(byte))
      await pause(5)
    }
    await ended
    expect(harness.refused.map(({ code }) => code)).toEqual(['mqtt/tooLarge'])
  })

  test('the largest PUBLISH is taken, a larger one is not', async () => {
    const largest = await connectDevice(harness, 'sea-1')
    await largest.publishAsync(upTopic(one, 'telemetry'), Buffer.alloc(PUBLISH_BYTES_MAX), { qos: 1 })
    expect(harness.telemetry.length).toBe(1)
    const ended = closing(largest)
    largest.publish(upTopic(one, 'telemetry'), Buffer.alloc(PUBLISH_BYTES_MAX + 1_000), { qos: 1 })
    await ended
    expect(harness.telemetry.length).toBe(1)
    expect(harness.refused.map(({ code }) => code)).toEqual(['mqtt/tooLarge'])
  })

  test('a PUBLISH of 200 MB is cut off at its header, before anything of it is kept', async () => {
    const socket = await openSocket(harness, 'sea-2')
    socket.write(connectBytes('sea-2'))
    await until(() => harness.broker.isConnected('sea-2'))
    const before = process.memoryUsage().rss
    const ended = closing(socket)
    const length = 200 * (1 << 20)
    socket.write(Buffer.concat([Buffer.of(0x32), lengthBytes(length)]))
    const piece = Buffer.alloc(1 << 20)
    for (let sent = 0; sent < length && !socket.destroyed; sent += piece.length)
      await Promise.race([new Promise((resolve) => socket.write(piece, resolve)), ended])
    await ended
    expect(harness.refused.map(({ code, client }) => `${code} ${client}`)).toEqual([
      expect.stringMatching(/^mqtt\/tooLarge stranger at/),
    ])
    expect(socket.bytesWritten).toBeLessThan(20e6)
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6)
    await stillServes()
  })

  test('a SUBSCRIBE of more than 8 kB is not', async () => {
    const socket = await openSocket(harness, 'sea-1')
    socket.write(connectBytes('sea-1'))
    await until(() => harness.broker.isConnected('sea-1'))
    const ended = closing(socket)
    socket.write(Buffer.concat([Buffer.of(0x82, 0x81, 0x80, 0x01), Buffer.alloc(100)]))
    await ended
    expect(harness.refused.map(({ code }) => code)).toEqual(['mqtt/tooLarge'])
  })

  test('several packets in one chunk are each measured', async () => {
    const socket = await openSocket(harness, 'sea-1')
    socket.write(
      Buffer.concat([
        connectBytes('sea-1'),
        ...Array.from({ length: 20 }, (_, i) =>
          publishBytes(upTopic(one, 'telemetry'), Buffer.from(`m${i}`), i + 1),
        ),
      ]),
    )
    await until(() => harness.telemetry.length === 20)
    expect(harness.telemetry.map(({ payload }) => payload)).toEqual(
      Array.from({ length: 20 }, (_, i) => `m${i}`),
    )
  })
})
