/** Ten thousand malformed packets, at every depth a stranger or a thief can reach; another device works on meanwhile. */
import { createRandom } from '@fleetcast/shared/random.ts'
import { upTopic } from '@fleetcast/shared/protocol/topics.ts'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  addressOf,
  closing,
  connectDevice,
  keysOf,
  openHarness,
  openTcp,
  openTls,
  shown,
  until,
  type Harness,
} from './broker-harness.ts'
import { malformedPacket } from './malformed-packets.ts'
import { connectBytes } from './mqtt-bytes.ts'

const SEED = 20_260_501
const AT_ONCE = 12
const GROWTH_BYTES_MAX = 400e6

const one = addressOf('sea-1')
let harness: Harness
beforeEach(async () => {
  harness = await openHarness()
})
afterEach(() => harness.close())

/** One connection for every packet: what is malformed ends it. A packet that waits for more is cut off by the client. */
async function attack(count: number, open: (attacker: number) => Promise<Socket>): Promise<void> {
  let left = count
  const attacker = async (number: number): Promise<void> => {
    const random = createRandom(SEED + number)
    while (left-- > 0) {
      const socket = await open(number)
      if (socket.destroyed) continue
      const ended = closing(socket)
      socket.end(malformedPacket(random))
      await ended
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => attacker(i)))
  harness.sockets.length = 0
}

/** Publishes all the time; returns how many were acknowledged. */
async function workOn(signal: AbortSignal): Promise<number> {
  const client = await connectDevice(harness, 'sea-1')
  for (let done = 0; ; done++) {
    if (signal.aborted) return done
    await client.publishAsync(upTopic(one, 'telemetry'), 'x', { qos: 1 })
  }
}

/** With session tickets, as a thief in a hurry would. */
async function authenticated(device: string): Promise<() => Promise<Socket>> {
  const keys = shown(await keysOf(harness, device))
  let session: Buffer | undefined
  return async () => {
    const socket = await openTls(harness, { ...keys, session })
    socket.on('session', (ticket: Buffer) => (session = ticket))
    return socket
  }
}

describe('malformed packets end their own connection and nothing else', () => {
  test.each<[string, number, () => Promise<(attacker: number) => Promise<Socket>>]>([
    ['over bare TCP', 2_500, async () => () => openTcp(harness)],
    ['over TLS without a certificate', 1_500, async () => () => openTls(harness, {})],
    [
      'with a certificate, before CONNECT',
      3_000,
      async () => {
        const opens = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => authenticated(`bad-${i}`)))
        return async (attacker) => await opens[attacker]!()
      },
    ],
    [
      'with a certificate, after CONNECT',
      3_000,
      async () => {
        const opens = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => authenticated(`bad-${i}`)))
        return async (attacker) => {
          const socket = await opens[attacker]!()
          socket.write(connectBytes(`bad-${attacker}`))
          await new Promise((resolve) => socket.once('data', resolve).once('close', resolve))
          return socket
        }
      },
    ],
  ])('%s: %d of them', { timeout: 240_000 }, async (_where, count, prepare) => {
    const open = await prepare()
    await attack(50, open) // what the first connections load is not growth
    const before = process.memoryUsage().rss
    const over = new AbortController()
    const working = workOn(over.signal)
    await attack(count, open)
    over.abort()
    expect(await working).toBeGreaterThan(100)
    await until(() => harness.connections.filter((line) => line.startsWith('bad')).length % 2 === 0)
    expect(harness.broker.isConnected('sea-1')).toBe(true)
    expect(harness.connections.filter((line) => line.startsWith('sea-1'))).toEqual(['sea-1 on'])
    expect(process.memoryUsage().rss - before).toBeLessThan(GROWTH_BYTES_MAX)
  })
})
