import { afterEach, describe, expect, test } from 'vitest'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { decodeBlock, type Block } from '@fleetcast/shared/protocol/blocks.ts'
import { BLOCK_BYTES } from '@fleetcast/shared/protocol/limits.ts'
import { ms, type DurationMs } from '@fleetcast/shared/units.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { createBlockQueue, QUEUE_MAX, WAITING_PER_DEVICE_MAX } from '../../../hub/broker/block-queue.ts'
import { createBlockServer, type BlockServerPorts } from '../../../hub/broker/block-server.ts'
import { createTokenBucket } from '../../../hub/broker/token-bucket.ts'
import { addressOf, pause, until } from './broker-harness.ts'

const file = Buffer.alloc(3 * BLOCK_BYTES + 100, 'weather')
const digest = sha256(file)
const [one, two] = [addressOf('sea-1'), addressOf('sea-2')]
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

type Sent = { readonly device: string; readonly block: Block }

let stopping = new AbortController()
let running: Promise<void> = Promise.resolve()
afterEach(async () => {
  stopping.abort()
  await running
})

function start(bytesPerSecond: number, over: Partial<BlockServerPorts> = {}) {
  const sent: Sent[] = []
  const refused: string[] = []
  const failures: string[] = []
  const server = createBlockServer(
    {
      clock: systemClock,
      log: { info: () => {}, warn: () => {}, error: (_fields, message) => failures.push(message) },
      source: {
        read: async (wanted, offset, length) =>
          wanted === digest
            ? { fileBytes: file.length, bytes: file.subarray(offset, offset + length) }
            : null,
      },
      send: ({ device }, payload) => sent.push({ device, block: decodeBlock(payload)! }) > 0,
      refused: (_from, code) => refused.push(code),
      ...over,
    },
    bytesPerSecond,
  )
  stopping = new AbortController()
  running = server.loop(stopping.signal)
  return { server, sent, refused, failures }
}

describe('a request', () => {
  test('is answered with the blocks it names; the last one is short', async () => {
    const { server, sent } = start(50e6)
    server.request(one, encode({ digest, from: 1, count: 3 }))
    await until(() => sent.length === 3)
    expect(sent.map(({ block }) => [block.index, block.bytes.length])).toEqual([
      [1, BLOCK_BYTES],
      [2, BLOCK_BYTES],
      [3, 100],
    ])
    expect(Buffer.concat(sent.map(({ block }) => block.bytes)).equals(file.subarray(BLOCK_BYTES))).toBe(true)
    expect(sent.every(({ block }) => block.fileBytes === file.length && block.digest === digest)).toBe(true)
  })

  test('for an unknown file is answered with size 0', async () => {
    const { server, sent } = start(50e6)
    const unknown = sha256(Buffer.from('nothing'))
    server.request(one, encode({ digest: unknown, from: 0, count: 1 }))
    await until(() => sent.length === 1)
    expect(sent[0]!.block).toMatchObject({ digest: unknown, index: 0, fileBytes: 0 })
  })

  test('that is none is refused', () => {
    const { server, refused } = start(50e6)
    server.request(one, Buffer.from('{'))
    server.request(one, encode({ digest, from: 0, count: 1_000 }))
    server.request(one, encode({ digest: 'x', from: 0, count: 1 }))
    server.request(one, Buffer.alloc(10_000))
    expect(refused).toEqual(Array.from({ length: 4 }, () => 'mqtt/badRequest'))
  })

  test('that cannot be read leaves the others answered', async () => {
    let isBroken = true
    const { server, sent, failures } = start(50e6, {
      source: {
        read: async (_digest, offset, length) => {
          if (isBroken) throw new Error('bad sector')
          return { fileBytes: file.length, bytes: file.subarray(offset, offset + length) }
        },
      },
    })
    server.request(one, encode({ digest, from: 0, count: 1 }))
    await until(() => failures.length === 1)
    isBroken = false
    server.request(two, encode({ digest, from: 0, count: 1 }))
    await until(() => sent.length === 1)
    expect(sent[0]!.device).toBe('sea-2')
  })
})

describe('the byte budget', () => {
  test('holds blocks back, first come first served', async () => {
    const { server, sent } = start(BLOCK_BYTES)
    server.request(one, encode({ digest, from: 0, count: 3 }))
    server.request(two, encode({ digest, from: 0, count: 1 }))
    await until(() => sent.length === 2)
    await pause(100)
    expect(sent.map(({ device, block }) => `${device} ${block.index}`)).toEqual(['sea-1 0', 'sea-1 1'])
  })

  test('is refilled by time alone and never beyond its capacity', () => {
    let now: DurationMs = ms(0)
    const bucket = createTokenBucket({ monotonic: () => now }, 1_000, 500)
    expect([bucket.take(500), bucket.take(1)]).toEqual([true, false])
    now = ms(100)
    expect([bucket.take(101), bucket.take(100)]).toEqual([false, true])
    now = ms(100_000)
    expect([bucket.take(501), bucket.take(500), bucket.take(1)]).toEqual([false, true, false])
  })
})

const block = (device: string, index: number) => ({ to: addressOf(device), digest, index })

describe('the queue', () => {
  test('holds a device to its windows and a block to one place', () => {
    const queue = createBlockQueue()
    for (let i = 0; i < WAITING_PER_DEVICE_MAX; i++) expect(queue.push(block('sea-1', i))).toBe(true)
    expect(queue.push(block('sea-1', 0))).toBe(true)
    expect(queue.push(block('sea-1', 99))).toBe(false)
    expect(queue.push(block('sea-2', 99))).toBe(true)
    expect(queue.size()).toBe(WAITING_PER_DEVICE_MAX + 1)
    queue.shift()
    expect(queue.push(block('sea-1', 99))).toBe(true)
  })

  test('is bounded in all', () => {
    const queue = createBlockQueue()
    let pushed = 0
    for (let i = 0; i < QUEUE_MAX + 50; i++) if (queue.push(block(`d${i}`, 0))) pushed++
    expect(pushed).toBe(QUEUE_MAX)
  })
})
