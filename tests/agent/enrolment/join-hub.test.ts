/** The agent's side of enrolment against a whole real hub, and against who stands between them. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createJoinPorts } from '@fleetcast/agent/adapters/node-ports.ts'
import { joinHub } from '@fleetcast/agent/enrolment/join-hub.ts'
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { encodeJoinString, type JoinTicket } from '@fleetcast/shared/protocol/join-string.ts'
import { openAuthorityFiles } from '../../../hub/adapters/authority-files.ts'
import { newPrivateKey, publicKeyOf } from '../../../hub/devices/sign-certificate.ts'
import { createFleetAuthority } from '../../hub/devices/fleet-authority.ts'
import { startRunningHub, type RunningHub } from '../../hub/running-hub.ts'
import { createFront, type Front, type FrontOptions } from './front.ts'

let hub: RunningHub
let folder: string
const fronts: Front[] = []
beforeAll(async () => {
  hub = await startRunningHub()
})
afterAll(() => hub.stop())
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'fleetcast-join-'))))
afterEach(async () => {
  for (const front of fronts.splice(0)) await front.close()
  await rm(folder, { recursive: true })
})

let count = 0
const newDevice = async (): Promise<JoinTicket> => (await hub.announce(`sea-${++count}`)).ticket
const enrolWith = async (ticket: JoinTicket | null, ports = createJoinPorts(folder)) =>
  await joinHub(ports, ticket === null ? null : encodeJoinString(ticket))
const refused = (code: string) => ({ ok: false, error: { code, message: expect.stringMatching(/\w+ \w+/) } })

async function front(options: Omit<FrontOptions, 'hubPort'> = {}): Promise<Front> {
  const opened = await createFront({ hubPort: hub.httpPort, ...options })
  fronts.push(opened)
  return opened
}

const hubsOwn = async () => ({
  key: await readFile(join(hub.folder, 'trust/server-key.pem'), 'utf8'),
  cert: await readFile(join(hub.folder, 'trust/server.pem'), 'utf8'),
})

describe('enrolment', () => {
  test('trades the join string for a certificate of a key that was made here', async () => {
    const ticket = await newDevice()
    const joined = await enrolWith(ticket)
    if (!joined.ok) throw new Error(joined.error.message)
    const { certificate, privateKey, certificateAuthorities, mqttUrl, directorRoot } = joined.value
    expect(mqttUrl).toBe(`mqtts://127.0.0.1:${hub.mqttPort}`)
    expect(directorRoot).toContain('director')
    const own = new X509Certificate(certificate)
    expect(own.subject).toBe(`CN=${ticket.device}`)
    expect(own.checkPrivateKey(createPrivateKey(privateKey))).toBe(true)
    expect(createPrivateKey(privateKey).asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
    expect(certificateAuthorities).toEqual([await readFile(join(hub.folder, 'trust/ca.pem'), 'utf8')])
  })
  test('leaves one file, which only its owner can read', async () => {
    await enrolWith(await newDevice())
    expect((await stat(join(folder, 'enrolment.json'))).mode & 0o777).toBe(0o600)
    await expect(stat(join(folder, 'enrolment.json.pending-key'))).rejects.toThrow('ENOENT')
  })
  test('is done once: what is there is used again, without asking', async () => {
    const ticket = await newDevice()
    const between = await front()
    const first = await enrolWith({ ...ticket, hub: between.url })
    expect(between.asked.length).toBe(2)
    expect(await enrolWith({ ...ticket, hub: between.url })).toEqual(first)
    expect(await enrolWith(null)).toEqual(first)
    expect(between.asked.length).toBe(2)
  })
  test('goes on after a lost reply with the key that the hub knows, even after a power cut', async () => {
    const ticket = await newDevice()
    const losing = await front({ change: (path, answer) => (path.endsWith('/enrol') ? null : answer) })
    expect(await enrolWith({ ...ticket, hub: losing.url })).toMatchObject(refused('enrolment/hubUnreachable'))
    expect((await stat(join(folder, 'enrolment.json.pending-key'))).mode & 0o777).toBe(0o600)
    expect(await enrolWith(ticket)).toMatchObject({ ok: true, value: { device: ticket.device } })
  })
  test('a second station with the same string is refused', async () => {
    const ticket = await newDevice()
    await enrolWith(ticket)
    const other = await mkdtemp(join(tmpdir(), 'fleetcast-join-'))
    expect(await enrolWith(ticket, createJoinPorts(other))).toMatchObject(refused('enrolment/refused'))
    await rm(other, { recursive: true })
  })
  test('refuses the folder of another device', async () => {
    await enrolWith(await newDevice())
    expect(await enrolWith(await newDevice())).toMatchObject(refused('enrolment/otherDevice'))
  })
  test('says that the hub does not answer, and that there is nothing yet', async () => {
    const ticket = { ...(await newDevice()), hub: 'http://127.0.0.1:1' }
    expect(await enrolWith(ticket)).toMatchObject(refused('enrolment/hubUnreachable'))
    expect(await enrolWith(null)).toMatchObject(refused('enrolment/none'))
  })
  test('names a damaged file', async () => {
    await writeFile(join(folder, 'enrolment.json'), '{')
    await expect(enrolWith(null)).rejects.toThrow('enrolment.json is damaged')
  })
})

describe('over TLS', () => {
  test('the fleet’s own authority vouches for the hub, once the pin has vouched for it', async () => {
    const ticket = await newDevice()
    const between = await front({ tls: await hubsOwn() })
    expect(await enrolWith({ ...ticket, hub: between.url })).toMatchObject({ ok: true })
  })
  test('a man in the middle who shows his own authority gets nothing secret', async () => {
    const ticket = await newDevice()
    const his = await createFleetAuthority()
    const between = await front({
      tls: { key: his.server.key, cert: his.server.certificate },
      change: (_path, answer) =>
        JSON.stringify({ ...(JSON.parse(answer) as object), certificateAuthorities: [his.certificate] }),
    })
    expect(await enrolWith({ ...ticket, hub: between.url })).toMatchObject(refused('enrolment/wrongHub'))
    expect(between.asked).toEqual(['GET /api/v1/trust '])
    expect(await enrolWith(ticket)).toMatchObject({ ok: true })
  })
  test('one who passes the trust file on unchanged gets nothing either: his certificate is not vouched for', async () => {
    const ticket = await newDevice()
    const his = await createFleetAuthority()
    const between = await front({ tls: { key: his.server.key, cert: his.server.certificate } })
    expect(await enrolWith({ ...ticket, hub: between.url })).toMatchObject(
      refused('enrolment/hubUnreachable'),
    )
    expect(between.asked).toEqual(['GET /api/v1/trust '])
  })
  test('a device of the fleet cannot play the hub', async () => {
    const ticket = await newDevice()
    const thief = await enrolWith(await newDevice())
    if (!thief.ok) throw new Error(thief.error.message)
    const between = await front({ tls: { key: thief.value.privateKey, cert: thief.value.certificate } })
    const other = await mkdtemp(join(tmpdir(), 'fleetcast-join-'))
    expect(await enrolWith({ ...ticket, hub: between.url }, createJoinPorts(other))).toMatchObject(
      refused('enrolment/hubUnreachable'),
    )
    expect(between.asked).toEqual(['GET /api/v1/trust '])
    await rm(other, { recursive: true })
  })
})

describe('over plain http', () => {
  test.each(['http://192.0.2.1:8080', 'http://hub.example.org', 'http://127.0.0.1.example.org'])(
    '%s is asked nothing: the secret would be read on the way',
    async (url) => {
      const asked: string[] = []
      const http = {
        readUnverified: async (at: string) => Promise.reject(new Error(String(asked.push(at)))),
        postJson: async (at: string) => Promise.reject(new Error(String(asked.push(at)))),
      }
      const ports = { ...createJoinPorts(folder), http }
      expect(await enrolWith({ ...(await newDevice()), hub: url }, ports)).toMatchObject(
        refused('enrolment/insecure'),
      )
      expect(asked).toEqual([])
    },
  )
  test.each<[string, (answer: string) => string]>([
    ['another trust file', (answer) => answer.replace('image', 'imagf')],
    ['the same trust in other bytes', (answer) => ` ${answer}`],
  ])('%s is not what the join string vouches for', async (_what, change) => {
    const ticket = await newDevice()
    const between = await front({ change: (_path, answer) => change(answer) })
    expect(await enrolWith({ ...ticket, hub: between.url })).toMatchObject(refused('enrolment/wrongHub'))
    expect(between.asked).toEqual(['GET /api/v1/trust '])
  })
})

describe('an answer that is no enrolment stores nothing', () => {
  test.each<[string, (answer: string) => Promise<string>]>([
    ['that lacks fields', async () => '{"device":"sea-1"}'],
    ['for another device', async (answer) => answer.replace(/"device":"[^"]+"/, '"device":"sea-other"')],
    [
      'with the certificate of another key',
      async (answer) => {
        const { authority } = await openAuthorityFiles(join(hub.folder, 'trust'), [])
        const { device } = JSON.parse(answer) as { device: DeviceId }
        const other = publicKeyOf(newPrivateKey())
        const { pem } = await authority.issue(device, other, epochMs(Date.now()))
        return JSON.stringify({ ...(JSON.parse(answer) as object), certificate: pem })
      },
    ],
    [
      'with the certificate of another authority',
      async (answer) => {
        const other = await createFleetAuthority()
        const { device } = JSON.parse(answer) as { device: string }
        const { certificate } = await other.device(device)
        return JSON.stringify({ ...(JSON.parse(answer) as object), certificate })
      },
    ],
    [
      'with a certificate that cannot be read',
      async (answer) =>
        JSON.stringify({
          ...(JSON.parse(answer) as object),
          certificate: '-----BEGIN CERTIFICATE-----\nAA==',
        }),
    ],
  ])('%s', async (_what, change) => {
    const ticket = await newDevice()
    const ports = createJoinPorts(folder)
    const http = {
      ...ports.http,
      postJson: async (...args: Parameters<typeof ports.http.postJson>) => {
        const { status, body } = await ports.http.postJson(...args)
        return { status, body: JSON.parse(await change(JSON.stringify(body))) as unknown }
      },
    }
    expect(await enrolWith(ticket, { ...ports, http })).toMatchObject(refused('enrolment/badAnswer'))
    expect(await enrolWith(null)).toMatchObject(refused('enrolment/none'))
    expect(await enrolWith(ticket)).toMatchObject({ ok: true })
  })
})
