import { eq } from 'drizzle-orm'
import type { MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { downTopic, upTopic } from '@fleetcast/shared/protocol/topics.ts'
import { lineOf, one, openExternalHub, reportOf, two, type ExternalHub } from './external-harness.ts'
import { connectWith, until } from './mosquitto-harness.ts'

let hub: ExternalHub
/** Whoever runs the broker publishes whatever he likes under every topic. */
let hostile: MqttClient
beforeEach(async () => {
  hub = await openExternalHub()
  await hub.whenConnected()
  hostile = await connectWith(hub.mosquitto.url, hub.mosquitto.operator)
})
afterEach(async () => {
  hostile.end(true)
  await hub.stop()
})

const telemetry = upTopic(one, 'telemetry')
const publish = (topic: string, payload: string) => hostile.publishAsync(topic, payload, { qos: 1 })
const refusedWith = (code: string): Promise<void> =>
  until(
    async () => (await hub.refused()).includes(code),
    () => code,
  )
const streams = () => hub.store.db.select().from(hub.store.t.streams)
const quarantine = () => hub.store.db.select().from(hub.store.t.quarantine)

async function nothingChanged(): Promise<void> {
  expect(await hub.stored()).toEqual([])
  expect(await hub.totals()).toEqual({})
  expect(await streams()).toEqual([])
  expect(hub.connections).toEqual([])
  const devices = await hub.store.db.select().from(hub.store.t.devices)
  expect(devices.map(({ lastSeenAt }) => lastSeenAt)).toEqual([null, null])
}

describe('a report through a broker that is not the hub’s own changes nothing and is kept in quarantine when it', () => {
  const forgeries: readonly [string, string, () => readonly [topic: string, payload: string]][] = [
    ['is not signed', 'telemetry/unsigned', () => [telemetry, lineOf('sea-1', 1)]],
    [
      'is signed by another device of the fleet',
      'telemetry/badSignature',
      () => [telemetry, reportOf(one, 1, hub.papers.two)],
    ],
    [
      'was changed after signing',
      'telemetry/badSignature',
      () => [telemetry, reportOf(one, 1, hub.papers.one).replace('"verified":1', '"verified":9')],
    ],
    [
      'got another number',
      'telemetry/badSignature',
      () => [telemetry, reportOf(one, 1, hub.papers.one).replace('"sequence":1', '"sequence":2')],
    ],
    [
      'carries the signature of another of its reports',
      'telemetry/badSignature',
      () => [telemetry, `${lineOf('sea-1', 2)}${reportOf(one, 1, hub.papers.one).slice(-109)}`],
    ],
    [
      'came under the topic of another device',
      'telemetry/badSignature',
      () => [upTopic(two, 'telemetry'), reportOf(one, 1, hub.papers.one)],
    ],
    [
      'came from another site',
      'telemetry/wrongSite',
      () => ['fleetcast/v1/pdx/sea-1/up/telemetry', reportOf(one, 1, hub.papers.one)],
    ],
    [
      'is of a device that nobody knows',
      'telemetry/unknownDevice',
      () => ['fleetcast/v1/sea/sea-9/up/telemetry', reportOf(one, 1, hub.papers.one)],
    ],
    [
      'names no algorithm',
      'telemetry/badSignature',
      () => [telemetry, `${lineOf('sea-1', 1)}\n${Buffer.from('{"alg":"none"}').toString('base64url')}..`],
    ],
    [
      'is too large',
      'telemetry/tooLarge',
      () => [telemetry, `${' '.repeat(32_768)}${reportOf(one, 1, hub.papers.one)}`],
    ],
    [
      'came under a topic that is none',
      'mqtt/forgedTopic',
      () => ['fleetcast/v1/sea/SEA/up/telemetry', reportOf(one, 1, hub.papers.one)],
    ],
  ]
  test.each(forgeries)('%s', async (_what, code, make) => {
    await publish(...make())
    await refusedWith(code)
    await nothingChanged()
    expect((await quarantine()).map(({ client }) => client)).toEqual([
      expect.stringMatching(/^(who says sea-\d|someone) through the broker$/),
    ])
  })
})

test('a report of the device itself is taken through the same broker', async () => {
  const device = await connectWith(hub.mosquitto.url, hub.papers.one)
  await device.publishAsync(telemetry, reportOf(one, 1, hub.papers.one), { qos: 1 })
  await until(
    async () => (await hub.stored()).length === 1,
    () => hub.mosquitto.log(),
  )
  expect(await hub.totals()).toEqual({ 'sea-1': 1 })
  expect(hub.connections).toEqual(['sea-1 on'])
  expect(await hub.refused()).toEqual([])
  device.end(true)
})

test('a signed line whose device is another is refused after the signature, and counted at its signer', async () => {
  const { device } = two
  await publish(telemetry, reportOf({ ...one, device }, 1, hub.papers.one))
  await refusedWith('telemetry/wrongDevice')
  expect(await hub.stored()).toEqual([])
  expect(await streams()).toMatchObject([{ device: 'sea-1', rejected: 1, accepted: 0, watermark: 0 }])
})

test('a report that is repeated is counted as a repetition, folded once, and no sign of life', async () => {
  const report = reportOf(one, 1, hub.papers.one)
  await publish(telemetry, report)
  await until(
    async () => (await hub.stored()).length === 1,
    () => hub.mosquitto.log(),
  )
  await hub.store.db.update(hub.store.t.devices).set({ lastSeenAt: null })
  for (let i = 0; i < 5; i++) await publish(telemetry, report)
  await until(
    async () => (await streams())[0]?.duplicates === 5,
    () => 'duplicates',
  )
  expect(await hub.stored()).toEqual(['sea-1 1'])
  expect(await hub.totals()).toEqual({ 'sea-1': 1 })
  const [device] = await hub.store.db
    .select()
    .from(hub.store.t.devices)
    .where(eq(hub.store.t.devices.id, 'sea-1'))
  expect(device?.lastSeenAt).toBeNull()
})

test('a revoked device is ignored at once, although mosquitto keeps its session', async () => {
  const device = await connectWith(hub.mosquitto.url, hub.papers.one)
  await device.publishAsync(telemetry, reportOf(one, 1, hub.papers.one), { qos: 1 })
  await until(
    async () => hub.connections.length === 1,
    () => 'connected',
  )
  await hub.store.db
    .update(hub.store.t.devices)
    .set({ revokedAt: 1 })
    .where(eq(hub.store.t.devices.id, 'sea-1'))
  hub.broker.disconnect(one.device)
  expect(hub.broker.isConnected(one.device)).toBe(false)
  await device.publishAsync(telemetry, reportOf(one, 2, hub.papers.one), { qos: 1 })
  await refusedWith('telemetry/revokedDevice')
  await device.publishAsync(upTopic(one, 'request'), '{}', { qos: 1 })
  await until(
    async () => (await hub.refused()).length === 2,
    () => 'request',
  )
  expect(await hub.stored()).toEqual(['sea-1 1'])
  expect(hub.requests).toEqual([])
  expect(hub.connections).toEqual(['sea-1 on', 'sea-1 off'])
  device.end(true)
})

test('a message on the way down is none on the way up', async () => {
  await publish(downTopic(one, 'ack'), '{"watermark":9}')
  await publish(telemetry, reportOf(one, 1, hub.papers.one))
  await until(
    async () => (await hub.stored()).length === 1,
    () => hub.mosquitto.log(),
  )
  expect(await hub.refused()).toEqual([])
})
