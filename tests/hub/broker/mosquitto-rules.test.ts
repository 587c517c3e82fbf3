import type { MqttClient } from 'mqtt'
import { stat } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { downTopic, upTopic } from '@fleetcast/shared/protocol/topics.ts'
import { days, epochMs } from '@fleetcast/shared/units.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { signServer } from '../../../hub/devices/server-certificate.ts'
import { newPrivateKey } from '../../../hub/devices/sign-certificate.ts'
import {
  connectWith,
  papersOf,
  readText,
  startMosquitto,
  until,
  type DevicePapers,
  type Mosquitto,
} from './mosquitto-harness.ts'

const site = SiteId.parse('sea')
const one = { site, device: DeviceId.parse('sea-1') }
const two = { site, device: DeviceId.parse('sea-2') }

let broker: Mosquitto
let papers: { one: DevicePapers; two: DevicePapers }
const clients: MqttClient[] = []
const open = async (...parameters: Parameters<typeof connectWith>): Promise<MqttClient> => {
  const client = await connectWith(...parameters)
  clients.push(client)
  return client
}
const asHub = () => open(broker.url, broker.hub)
/** What arrives at a client, as `topic payload`. */
const arriving = (client: MqttClient): string[] => {
  const came: string[] = []
  client.on('message', (topic, payload) => came.push(`${topic} ${payload.toString()}`))
  return came
}
/** The broker handles one client's packets in order: when this has come back, so has everything before it. */
async function settled(client: MqttClient, to: MqttClient, came: string[]): Promise<void> {
  const mark = `mark ${Math.random()}`
  await client.publishAsync(downTopic(one, 'cmd'), mark, { qos: 1 })
  await until(
    async () => came.some((text) => text.endsWith(mark)),
    () => `${came.join('\n')} ${to.connected}`,
  )
  came.splice(
    came.findIndex((text) => text.endsWith(mark)),
    1,
  )
}

beforeAll(async () => {
  broker = await startMosquitto()
  papers = {
    one: await papersOf(broker.authority, one.device),
    two: await papersOf(broker.authority, two.device),
  }
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true)
})
afterAll(() => broker.stop())

describe('at mosquitto with our rules a device', () => {
  test('reports to the hub and gets what the hub sends it', async () => {
    const [hub, device] = [await asHub(), await open(broker.url, papers.one)]
    const [atHub, atDevice] = [arriving(hub), arriving(device)]
    await hub.subscribeAsync('fleetcast/v1/+/+/up/#', { qos: 1 })
    await device.subscribeAsync(downTopic(one, 'want'), { qos: 1 })
    await device.publishAsync(upTopic(one, 'telemetry'), 'a report', { qos: 1 })
    await hub.publishAsync(downTopic(one, 'want'), 'an order', { qos: 1, retain: true })
    await until(
      async () => atHub.length > 0 && atDevice.length > 0,
      () => broker.log(),
    )
    expect([atHub, atDevice]).toEqual([
      [`${upTopic(one, 'telemetry')} a report`],
      [`${downTopic(one, 'want')} an order`],
    ])
    await hub.publishAsync(downTopic(one, 'want'), '', { qos: 1, retain: true })
  })

  test.each([
    ["another's report", upTopic(two, 'telemetry')],
    ["another's order", downTopic(two, 'want')],
    ['its own order', downTopic(one, 'want')],
    ['another tree', 'elsewhere'],
    ['a broker figure', '$SYS/broker/uptime'],
  ])('cannot write %s', async (_what, topic) => {
    const [hub, device] = [await asHub(), await open(broker.url, papers.one)]
    const came = arriving(hub)
    await hub.subscribeAsync({ 'fleetcast/v1/#': { qos: 1 }, '#': { qos: 1 }, '$SYS/#': { qos: 1 } })
    await device.publishAsync(topic, 'forged', { qos: 1 })
    await device.publishAsync(upTopic(one, 'event'), 'allowed', { qos: 1 })
    await until(
      async () => came.some((text) => text.endsWith('allowed')),
      () => broker.log(),
    )
    expect(came.filter((text) => text.endsWith('forged'))).toEqual([])
  })

  test.each([
    ["another's orders", downTopic(two, 'want'), downTopic(two, 'want')],
    ["another's reports", upTopic(two, 'telemetry'), upTopic(two, 'telemetry')],
    ['everything', '#', downTopic(two, 'want')],
    ['all orders', 'fleetcast/v1/+/+/dn/want', downTopic(two, 'want')],
    ['its own reports', upTopic(one, 'telemetry'), upTopic(one, 'telemetry')],
  ])('cannot read %s, whatever its SUBACK says', async (_what, filter, topic) => {
    const [hub, device] = [await asHub(), await open(broker.url, papers.one)]
    const came = arriving(device)
    await device.subscribeAsync({ [filter]: { qos: 1 }, [downTopic(one, 'cmd')]: { qos: 1 } })
    await hub.publishAsync(topic, 'secret', { qos: 1 })
    await settled(hub, device, came)
    expect(came).toEqual([])
  })

  test('reads nothing of the broker itself', async () => {
    const [hub, device] = [await asHub(), await open(broker.url, papers.one)]
    const came = arriving(device)
    await device.subscribeAsync({ '$SYS/#': { qos: 0 }, [downTopic(one, 'cmd')]: { qos: 1 } })
    await settled(hub, device, came)
    expect(came).toEqual([])
  })

  test('is named by its certificate: the client id of another evicts nobody', async () => {
    const first = await open(broker.url, papers.one, { clientId: 'sea-1' })
    let isEvicted = false
    first.once('close', () => (isEvicted = true))
    const thief = await open(broker.url, papers.two, { clientId: 'sea-1', username: 'sea-1', password: 'x' })
    const came = arriving(thief)
    await thief.subscribeAsync({
      [downTopic(one, 'want')]: { qos: 1 },
      [downTopic(two, 'cmd')]: { qos: 1 },
    })
    const hub = await asHub()
    await hub.publishAsync(downTopic(one, 'want'), 'secret', { qos: 1 })
    await hub.publishAsync(downTopic(two, 'cmd'), 'own', { qos: 1 })
    await until(
      async () => came.length > 0,
      () => broker.log(),
    )
    expect(came).toEqual([`${downTopic(two, 'cmd')} own`])
    await first.publishAsync(upTopic(one, 'event'), 'still here', { qos: 1 })
    expect(isEvicted).toBe(false)
  })
})

describe('mosquitto with our rules lets nobody in who', () => {
  test('has no certificate', async () => {
    const anonymous = { ca: [broker.authority.certificate] }
    await expect(
      open(broker.url, { ...papers.one, certificate: '', privateKey: '' }, anonymous),
    ).rejects.toThrow()
  })
  test('has a certificate of another authority', async () => {
    const other = await startMosquitto()
    try {
      const stranger = await papersOf(other.authority, one.device)
      await expect(
        open(broker.url, { ...stranger, certificateAuthorities: [broker.authority.certificate] }),
      ).rejects.toThrow()
    } finally {
      await other.stop()
    }
  })
  test("shows the broker's own certificate", async () => {
    const privateKey = newPrivateKey()
    const certificate = await signServer(broker.authority.issuer, privateKey, [])
    await expect(open(broker.url, { ...broker.hub, certificate, privateKey })).rejects.toThrow()
  })
  test('is revoked, once the list is written again and read', async () => {
    const now = systemClock.now()
    const { device, publicKey } = papers.two
    await open(broker.url, papers.two)
    await broker.writeAgain([
      { device, publicKey, enrolledAt: now, certificateUntil: epochMs(now + days(90)), revokedAt: now },
    ])
    await broker.reload()
    await expect(open(broker.url, papers.two)).rejects.toThrow()
    await open(broker.url, papers.one)
  })
})

test('only the owner may read the private key', async () => {
  const { mode } = await stat(`${broker.folder}/server-key.pem`)
  expect(mode & 0o777).toBe(0o600)
  expect((await stat(broker.folder)).mode & 0o777).toBe(0o700)
})

test('written again, the key stays and the rules are the same', async () => {
  const files = ['server-key.pem', 'server.pem', 'ca.pem']
  const before = await Promise.all(files.map((file) => readText(`${broker.folder}/${file}`)))
  await broker.writeAgain([])
  expect(await Promise.all(files.map((file) => readText(`${broker.folder}/${file}`)))).toEqual(before)
})
