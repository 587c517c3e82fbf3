/** Who gets through the handshake, and what a certificate that got through is good for. */
import { createServer } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mqttTransport } from '@fleetcast/agent/adapters/mqtt-transport.ts'
import { ConnectionRefused } from '@fleetcast/agent/ports/transport.ts'
import { upTopic } from '@fleetcast/shared/protocol/topics.ts'
import { DAY_MS, epochMs } from '@fleetcast/shared/units.ts'
import { commonNameOf } from '../../../hub/broker/peer-identity.ts'
import { enrolment } from '../../agent/fixtures/station-fixtures.ts'
import { createFleetAuthority, type DeviceKeyPair } from '../devices/fleet-authority.ts'
import {
  addressOf,
  closing,
  connectDevice,
  keysOf,
  openHarness,
  openTcp,
  openTls,
  pause,
  shown,
  until,
  type Harness,
} from './broker-harness.ts'
import { connectBytes } from './mqtt-bytes.ts'

const one = addressOf('sea-1')
let harness: Harness
beforeEach(async () => {
  harness = await openHarness()
})
afterEach(() => harness.close())

const codes = (): string[] => harness.refused.map(({ code, message }) => `${code} ${message}`)
const server = (): DeviceKeyPair => {
  const { key, certificate } = harness.authority.server
  return {
    privateKey: key,
    certificate,
    certificateAuthorities: [harness.authority.certificate],
    publicKey: '',
  }
}
const nextDays = { notBefore: new Date(Date.now() + DAY_MS), notAfter: new Date(Date.now() + 2 * DAY_MS) }

describe('the handshake is not passed', () => {
  test.each<[string, () => Promise<DeviceKeyPair>, string]>([
    [
      'with a certificate of another authority',
      async () => await (await createFleetAuthority()).device('sea-1'),
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    [
      'with an expired certificate',
      async () => await harness.authority.device('sea-1', epochMs(Date.now() - 91 * DAY_MS)),
      'CERT_HAS_EXPIRED',
    ],
    [
      'with a certificate that is not yet valid',
      async () => await harness.authority.forge({ name: 'sea-1', ...nextDays }),
      'CERT_NOT_YET_VALID',
    ],
    ['with the hub’s own certificate', async () => server(), 'INVALID_PURPOSE'],
  ])('%s', async (_what, make, reason) => {
    const keys = await make()
    const socket = await openTls(harness, {
      ...shown(keys),
      ca: harness.authority.certificate,
      // Shows that it is the broker that refuses.
      rejectUnauthorized: true,
    })
    socket.write(connectBytes('sea-1'))
    if (!socket.destroyed) await closing(socket)
    await until(() => harness.refused.length > 0)
    expect(codes()).toEqual([`mqtt/handshake TLS: ${reason}`])
    expect(harness.connections).toEqual([])
  })

  test('without a certificate', async () => {
    const socket = await openTls(harness, {})
    if (!socket.destroyed) await closing(socket)
    await until(() => harness.refused.length > 0)
    expect(harness.refused.map(({ code }) => code)).toEqual(['mqtt/handshake'])
  })

  test('with TLS 1.1', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const socket = await openTls(harness, { ...shown(await keysOf(harness, 'sea-1')), ...old })
    if (!socket.destroyed) await closing(socket)
    expect(harness.connections).toEqual([])
  })

  test('by plain MQTT', async () => {
    const socket = await openTcp(harness)
    const ended = closing(socket)
    socket.write(connectBytes('sea-1'))
    await ended
    expect(harness.connections).toEqual([])
  })
})

describe('a certificate of the authority', () => {
  test('lets TLS 1.2 and 1.3 in', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const client = await connectDevice(harness, 'sea-1', {
        ...{ minVersion: version, maxVersion: version },
      })
      await client.publishAsync(upTopic(one, 'telemetry'), version, { qos: 1 })
    }
    expect(harness.telemetry.map(({ payload }) => payload)).toEqual(['TLSv1.2', 'TLSv1.3'])
  })

  test('needs no user name, and takes no other', async () => {
    await connectDevice(harness, 'sea-1', { username: undefined as never })
    await expect(connectDevice(harness, 'sea-1', { username: 'sea-2' })).rejects.toThrow('Not authorized')
    expect(harness.refused.map(({ code }) => code)).toEqual(['mqtt/wrongClientId'])
  })

  test('does not carry the client id of another: whoever has that one stays', async () => {
    const victim = await connectDevice(harness, 'sea-1')
    for (const username of ['sea-1', 'sea-2'])
      await expect(connectDevice(harness, 'sea-2', { clientId: 'sea-1', username })).rejects.toThrow(
        'Not authorized',
      )
    await pause(50)
    await victim.publishAsync(upTopic(one, 'telemetry'), 'still here', { qos: 1 })
    expect(harness.connections).toEqual(['sea-1 on'])
    expect(harness.refused.map(({ code, client }) => `${code} ${client}`)).toEqual(
      Array.from({ length: 2 }, () =>
        expect.stringMatching(/^mqtt\/wrongClientId stranger at .* says sea-1$/),
      ),
    )
  })

  test('with more than a name in its subject is nobody', async () => {
    const forged = await harness.authority.forge({ name: 'sea-1\nCN=sea-2' })
    const options = { ...shown(forged), clientId: 'sea-1' }
    await expect(connectDevice(harness, 'sea-1', options)).rejects.toThrow('Not authorized')
    for (const subject of ['CN=sea-1\nCN=sea-2', 'CN=sea-1\nO=Mine', 'O=Mine\nCN=sea-1', 'O=Mine', ''])
      expect(commonNameOf(subject)).toBeNull()
    expect(commonNameOf('CN=sea-1')).toBe('sea-1')
  })
})

describe('a resumed session', () => {
  test('is of the same device, and is judged anew by what the hub knows', async () => {
    const asked: string[] = []
    await harness.close()
    harness = await openHarness({
      authenticate: async ({ name, until: expiry }) => {
        asked.push(`${name} ${expiry > Date.now()}`)
        return { ok: true, value: addressOf(name) }
      },
    })
    const keys = shown(await keysOf(harness, 'sea-1'))
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      let session: Buffer | undefined
      for (const isReused of [false, true]) {
        const socket = await openTls(harness, { ...keys, maxVersion, session })
        session = socket.getSession() // TLS 1.2 has it by now
        socket.on('session', (ticket: Buffer) => (session = ticket))
        socket.write(connectBytes('sea-1'))
        await new Promise((resolve) => socket.once('data', resolve))
        await pause(20)
        expect(socket.isSessionReused()).toBe(isReused)
        const ended = closing(socket)
        socket.destroy()
        await ended
      }
    }
    expect(asked).toEqual(Array.from({ length: 4 }, () => 'sea-1 true'))
  })
})

describe('the device’s side', () => {
  const transportTo = async (port: number, keys: DeviceKeyPair) =>
    mqttTransport(() => ({ ...enrolment, ...keys, mqttUrl: `mqtts://127.0.0.1:${port}` }))

  test('connects, and again with the ticket of before', async () => {
    const transport = await transportTo(harness.broker.port, await keysOf(harness, 'sea-1'))
    for (let times = 0; times < 3; times++) {
      const connection = await transport.connect(() => {})
      await connection.publish('telemetry', String(times), 1)
      await connection.close()
    }
    expect(harness.telemetry.map(({ payload }) => payload)).toEqual(['0', '1', '2'])
  })

  test('tells that it was not let in from a broker that is not there', async () => {
    const expired = await harness.authority.device('sea-1', epochMs(Date.now() - 91 * DAY_MS))
    const refused = await transportTo(harness.broker.port, expired)
    await expect(refused.connect(() => {})).rejects.toBeInstanceOf(ConnectionRefused)
    const absent = await transportTo(1, expired)
    await expect(absent.connect(() => {})).rejects.not.toBeInstanceOf(ConnectionRefused)
  })

  test.each<[string, (port: number) => Promise<DeviceKeyPair>, string]>([
    ['another device’s certificate', async () => await harness.authority.device('sea-2'), 'certificate'],
    [
      'a certificate of another authority',
      async () => await (await createFleetAuthority()).forge({ name: '_hub', purpose: 'server' }),
      'certificate',
    ],
    [
      'a certificate for another host',
      async () =>
        await harness.authority.forge({
          name: '_hub',
          purpose: 'server',
          alternativeNames: [{ type: 'dns', value: 'hub.example.org' }],
        }),
      'IP',
    ],
  ])('refuses a broker that shows %s, and that is no refusal by the broker', async (_what, make, reason) => {
    const { privateKey, certificate } = await make(0)
    const fake = createServer({ key: privateKey, cert: certificate }, (socket) =>
      socket.on('error', () => {}),
    )
    await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve))
    const { port } = fake.address() as { port: number }
    const transport = await transportTo(port, await keysOf(harness, 'sea-1'))
    const failed = await transport.connect(() => {}).catch((cause: unknown) => cause)
    expect(failed).toBeInstanceOf(Error)
    expect(failed).not.toBeInstanceOf(ConnectionRefused)
    expect(String(failed)).toContain(reason)
    fake.close()
  })
})
