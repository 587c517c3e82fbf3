import { beforeEach, describe, expect, test } from 'vitest'
import { createMemoryBroker, type MemoryBroker } from '@fleetcast/agent/adapters/memory-transport.ts'
import { silentLog } from '@fleetcast/agent/adapters/pino-log.ts'
import { systemClock } from '@fleetcast/agent/adapters/system-clock.ts'
import { Mailbox } from '@fleetcast/agent/connection/mailbox.ts'
import { createMetadataChannel } from '@fleetcast/agent/connection/request-channels.ts'
import { metadataSource, type MetadataPorts } from '@fleetcast/agent/trust/metadata-source.ts'
import { BLOCK_BYTES } from '@fleetcast/shared/protocol/limits.ts'
import { encodeMetadataAnswer, MetadataRequest } from '@fleetcast/shared/protocol/metadata.ts'
import { address } from '../fixtures/station-fixtures.ts'

const LARGE = Buffer.alloc(3 * BLOCK_BYTES + 1_000, 'metadata')
const settings = { requestTimeoutMs: 40, bytesPerSecondMin: 1, rateWindowMs: 60_000 }

let broker: MemoryBroker
let mailbox: Mailbox
let requests: MetadataRequest[]
/** What the other side does with a request. */
let answers: (request: MetadataRequest) => readonly Uint8Array[]

beforeEach(() => {
  broker = createMemoryBroker()
  mailbox = new Mailbox()
  requests = []
  broker.onUp(({ payload }) => {
    const request = MetadataRequest.parse(JSON.parse(new TextDecoder().decode(payload)))
    requests.push(request)
    for (const answer of answers(request)) say(answer)
  })
})

const say = (payload: Uint8Array): void =>
  broker.publish(address, { kind: 'metadata', payload, retain: false })

const found = ({ request, offset }: MetadataRequest, file: Uint8Array = LARGE, bytesMax = BLOCK_BYTES) =>
  encodeMetadataAnswer({
    request,
    part: { fileBytes: file.length, bytes: file.subarray(offset, offset + bytesMax) },
  })

async function get(
  file = '7.targets.json',
  { bytesMax = 1_000_000, ...more }: Partial<MetadataPorts['settings']> & { bytesMax?: number } = {},
  signal = new AbortController().signal,
): Promise<Uint8Array | null> {
  const connection = await broker.transportFor(address).connect((kind, payload) => mailbox.put(kind, payload))
  const ports = { clock: systemClock, log: silentLog }
  const line = { connection: { whenConnected: () => Promise.resolve(connection) }, mailbox }
  let number = 41
  const source = metadataSource(
    {
      channel: createMetadataChannel(ports, line),
      clock: systemClock,
      nextNumber: () => ++number,
      settings: { ...settings, ...more },
    },
    { repository: 'director', nonce: 'a'.repeat(32) },
    signal,
  )
  return await source.get(file, bytesMax)
}

describe('a file of metadata', () => {
  test('comes in blocks, each asked for once, in order', async () => {
    answers = (request) => [found(request)]
    expect(await get()).toEqual(LARGE)
    expect(requests.map(({ request, offset }) => [request, offset])).toEqual(
      [0, 1, 2, 3].map((block) => [42 + block, block * BLOCK_BYTES]),
    )
  })
  test('is null when the repository has no such file', async () => {
    answers = ({ request }) => [encodeMetadataAnswer({ request, part: null })]
    expect(await get('2.root.json')).toBeNull()
  })
  test('the nonce goes with the timestamp and with nothing else', async () => {
    answers = (request) => [found(request, Buffer.from('small'))]
    await get('timestamp.json')
    await get('7.snapshot.json')
    expect(requests.map(({ nonce }) => nonce)).toEqual(['a'.repeat(32), undefined])
  })
})

describe('over a bad connection', () => {
  test('lost answers are asked for again under another number', async () => {
    let lost = 0
    answers = (request) => (request.offset > 0 && lost++ < 2 ? [] : [found(request)])
    expect(await get()).toEqual(LARGE)
    expect(new Set(requests.map(({ request }) => request)).size).toBe(6)
  })
  test('answers that come twice, late or to nobody are passed over', async () => {
    answers = (request) => [
      found({ ...request, request: request.request - 1 }, Buffer.from('late')),
      found({ ...request, request: 7 }, Buffer.from('to nobody')),
      Buffer.from('no answer'),
      found(request),
      found(request),
    ]
    expect(await get()).toEqual(LARGE)
    expect(requests.length).toBe(4)
  })
  test('more answers than anybody asked for are not kept', async () => {
    answers = (request) => [found(request, Buffer.from('small'))]
    await get()
    for (let i = 0; i < 1_000; i++) say(found(requests[0]!))
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(mailbox.dropped.metadata).toBe(996)
  })
  test('metadata/noAnswer when nothing comes, after three requests', async () => {
    answers = () => []
    await expect(get()).rejects.toMatchObject({ code: 'metadata/noAnswer' })
    expect(requests.length).toBe(3)
  })
  test('metadata/changed when the file is replaced while it is read', async () => {
    answers = (request) => [found(request, request.offset === 0 ? LARGE : Buffer.concat([LARGE, LARGE]))]
    await expect(get()).rejects.toMatchObject({ code: 'metadata/changed' })
  })
  test('metadata/stopped as soon as the check is ended', async () => {
    const ending = new AbortController()
    answers = () => (ending.abort(), [])
    await expect(get('7.targets.json', { requestTimeoutMs: 60_000 }, ending.signal)).rejects.toMatchObject({
      code: 'metadata/stopped',
    })
  })
})

describe('a hostile hub', () => {
  test('trust/tooLarge before more than one block was asked for', async () => {
    answers = (request) => [found(request)]
    await expect(get('7.targets.json', { bytesMax: 100_000 })).rejects.toMatchObject({
      code: 'trust/tooLarge',
    })
    expect(requests.length).toBe(1)
  })
  test('a trickle of bytes is no answer', async () => {
    answers = (request) => [found(request, LARGE, 1)]
    await expect(get()).rejects.toMatchObject({ code: 'metadata/noAnswer' })
  })
  test('metadata/tooSlow when whole blocks come below the minimum rate', async () => {
    answers = (request) => {
      setTimeout(() => say(found(request)), 30)
      return []
    }
    const limits = { requestTimeoutMs: 1_000, rateWindowMs: 50, bytesPerSecondMin: 1_000_000_000 }
    await expect(get('7.targets.json', limits)).rejects.toMatchObject({ code: 'metadata/tooSlow' })
  })
})
