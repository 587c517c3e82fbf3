import { afterEach, describe, expect, test } from 'vitest'
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import { BLOCK_BYTES } from '@fleetcast/shared/protocol/limits.ts'
import { decodeMetadataAnswer, type MetadataAnswer } from '@fleetcast/shared/protocol/metadata.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import {
  createMetadataServer,
  REQUESTS_PER_DEVICE_MAX,
  type MetadataServerPorts,
} from '../../../hub/broker/metadata-server.ts'
import { routeRequests } from '../../../hub/broker/route-request.ts'
import { addressOf, pause, until } from './broker-harness.ts'

const [one, two] = [addressOf('sea-1'), addressOf('sea-2')]
const list = Buffer.alloc(BLOCK_BYTES + 100, 'list of releases ')
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const ask = (request: number, over = {}): Uint8Array =>
  encode({ request, repository: 'image', file: '3.targets.json', offset: 0, ...over })

let stopping = new AbortController()
let running: Promise<void> = Promise.resolve()
afterEach(async () => {
  stopping.abort()
  await running
})

function start(bytesPerSecond: number, over: Partial<MetadataServerPorts> = {}) {
  const sent: { device: DeviceId; answer: MetadataAnswer }[] = []
  const refused: string[] = []
  const failures: string[] = []
  const asked: string[] = []
  const server = createMetadataServer(
    {
      clock: systemClock,
      log: { info: () => {}, warn: () => {}, error: (_fields, message) => failures.push(message) },
      files: async (device, { repository, file, nonce }) => {
        asked.push(`${device} ${repository}/${file} ${nonce ?? ''}`.trim())
        return file === '3.targets.json' ? list : null
      },
      send: ({ device }, payload) => sent.push({ device, answer: decodeMetadataAnswer(payload)! }) > 0,
      refused: (_from, code) => refused.push(code),
      ...over,
    },
    bytesPerSecond,
  )
  stopping = new AbortController()
  const run = () => (running = server.loop(stopping.signal))
  return { server, sent, refused, failures, asked, run }
}

describe('a metadata request', () => {
  test('is answered with its number, the size of the whole file and the part from its offset', async () => {
    const { server, sent, run } = start(50e6)
    void run()
    server.request(one, ask(7))
    server.request(one, ask(8, { offset: BLOCK_BYTES }))
    await until(() => sent.length === 2)
    expect(
      sent.map(({ answer }) => [answer.request, answer.part?.fileBytes, answer.part?.bytes.length]),
    ).toEqual([
      [7, list.length, BLOCK_BYTES],
      [8, list.length, 100],
    ])
    expect(Buffer.concat(sent.map(({ answer }) => answer.part!.bytes)).equals(list)).toBe(true)
  })
  test('for a file that there is not is answered so', async () => {
    const { server, sent, run } = start(50e6)
    void run()
    server.request(one, ask(1, { file: '9.root.json' }))
    await until(() => sent.length === 1)
    expect(sent[0]!.answer).toEqual({ request: 1, part: null })
  })
  test('is asked for in the name of the device whose connection it came through', async () => {
    const { server, sent, asked, run } = start(50e6)
    void run()
    const nonce = 'ab'.repeat(16)
    server.request(two, ask(1, { repository: 'director', file: 'timestamp.json', nonce }))
    await until(() => sent.length === 1)
    expect(asked).toEqual([`sea-2 director/timestamp.json ${nonce}`])
    expect(sent[0]!.device).toBe('sea-2')
  })
  test('that is none is refused', () => {
    const { server, refused } = start(50e6)
    server.request(one, Buffer.from('{'))
    server.request(one, ask(1, { file: '../keys/root.pem' }))
    server.request(one, ask(1, { nonce: 'short' }))
    server.request(one, ask(1, { device: 'sea-2' }))
    server.request(one, Buffer.alloc(10_000))
    expect(refused).toEqual(Array.from({ length: 5 }, () => 'mqtt/badRequest'))
  })
  test('that cannot be read leaves the others answered', async () => {
    let isBroken = true
    const { server, sent, failures, run } = start(50e6, {
      files: async () => {
        if (isBroken) throw new Error('bad sector')
        return list
      },
    })
    void run()
    server.request(one, ask(1))
    await until(() => failures.length === 1)
    isBroken = false
    server.request(two, ask(2))
    await until(() => sent.length === 1)
    expect(sent[0]!.answer.request).toBe(2)
  })
})

describe('bounds', () => {
  test('a device has a few requests waiting, and others are served all the same', async () => {
    const { server, sent, run } = start(50e6)
    for (let i = 0; i < 50; i++) server.request(one, ask(i))
    server.request(two, ask(99))
    void run()
    await until(() => sent.some(({ device }) => device === 'sea-2'))
    expect(sent.filter(({ device }) => device === 'sea-1')).toHaveLength(REQUESTS_PER_DEVICE_MAX)
    server.request(one, ask(100))
    await until(() => sent.some(({ answer }) => answer.request === 100))
  })
  test('the byte budget holds answers back', async () => {
    const { server, sent, run } = start(BLOCK_BYTES)
    void run()
    for (let i = 0; i < 4; i++) server.request(one, ask(i))
    await until(() => sent.length >= 1)
    await pause(100)
    expect(sent.length).toBeLessThan(3)
  })
})

describe('up/request', () => {
  test('carries two kinds of request; only those for metadata name a repository', () => {
    const taken: string[] = []
    const route = routeRequests({
      blocks: (_from, payload) => taken.push(`block ${payload.length}`),
      metadata: (_from, payload) => taken.push(`metadata ${payload.length}`),
    })
    const block = encode({ digest: 'a'.repeat(64), from: 0, count: 1 })
    route(one, block)
    route(one, ask(1))
    route(one, Buffer.from('{'))
    route(one, Buffer.from('null'))
    expect(taken).toEqual([`block ${block.length}`, `metadata ${ask(1).length}`, 'block 1', 'block 4'])
  })
})
