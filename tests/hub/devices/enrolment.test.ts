import { createPrivateKey, generateKeyPairSync, X509Certificate, webcrypto } from 'node:crypto'
import 'reflect-metadata'
import { ExtendedKeyUsageExtension, Pkcs10CertificateRequestGenerator } from '@peculiar/x509'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DeviceId } from '@fleetcast/shared/ids.ts'
import { DAY_MS, epochMs, HOUR_MS } from '@fleetcast/shared/units.ts'
import { addDevice } from '../../../hub/devices/add-devices.ts'
import { authenticateDevice } from '../../../hub/devices/authenticate-device.ts'
import { enrolDevice } from '../../../hub/devices/enrol-device.ts'
import { renewCertificate } from '../../../hub/devices/renew-certificate.ts'
import { revokeDevice } from '../../../hub/devices/revoke-device.ts'
import { trustFileBytes } from '../../../hub/devices/trust-file.ts'
import { findDevice } from '../../../hub/store/queries/sites-and-devices.ts'
import { createDevicePorts, newRequest, sea, START, type Requester } from './device-ports.ts'

let { temporary, ports, time } = {} as Awaited<ReturnType<typeof createDevicePorts>>
beforeEach(async () => ({ temporary, ports, time } = await createDevicePorts()))
afterEach(() => temporary.remove())

const refused = (code: string) => ({ ok: false, error: { code, message: expect.stringMatching(/\w+ \w+/) } })

async function secretOf(joinHours?: number): Promise<string> {
  const added = await addDevice(ports, sea, joinHours)
  if (!added.ok) throw new Error(added.error.message)
  return added.value.secret
}

const enrol = async (secret: string, { csr }: Pick<Requester, 'csr'>, device = sea.id) =>
  await enrolDevice(ports, { device, secret, csr })

async function enrolled(requester: Requester): Promise<X509Certificate> {
  const granted = await enrol(await secretOf(), requester)
  if (!granted.ok) throw new Error(granted.error.message)
  return new X509Certificate(granted.value.answer.certificate)
}

const peerOf = (certificate: X509Certificate, name = 'sea-1') => ({
  name,
  publicKey: certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  until: epochMs(Date.parse(certificate.validTo)),
})

describe('enrolment', () => {
  test('trades a join secret and a request for a certificate of the device, which the broker lets in', async () => {
    const requester = await newRequest()
    const certificate = await enrolled(requester)
    expect(certificate.subject).toBe('CN=sea-1')
    expect(certificate.ca).toBe(false)
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    expect(certificate.checkPrivateKey(createPrivateKey(requester.privateKey))).toBe(true)
    expect(certificate.verify(new X509Certificate(ports.authority.certificate).publicKey)).toBe(true)
    expect(await authenticateDevice(ports, peerOf(certificate))).toEqual({
      ok: true,
      value: { device: 'sea-1', site: 'sea' },
    })
  })
  test('the certificate counts from the day before and ends after ninety, by the hub’s clock', async () => {
    const certificate = await enrolled(await newRequest())
    const today = START - (START % DAY_MS)
    expect(Date.parse(certificate.validFrom)).toBe(today - DAY_MS)
    expect(Date.parse(certificate.validTo)).toBe(today + 90 * DAY_MS)
  })
  test('a reply that was lost is given again to the same key, and to no other', async () => {
    const [secret, requester] = [await secretOf(), await newRequest()]
    const first = await enrol(secret, requester)
    const again = await enrol(secret, requester)
    expect(first).toMatchObject({ ok: true, value: { isRepeated: false } })
    expect(again).toMatchObject({ ok: true, value: { isRepeated: true } })
    expect(await enrol(secret, await newRequest())).toMatchObject(refused('enrolment/otherKey'))
    expect((await findDevice(ports.store, sea.id))?.publicKey).toBe(
      peerOf(new X509Certificate(again.ok ? again.value.answer.certificate : '')).publicKey,
    )
  })
  test('of two keys that use one secret at once, one is enrolled', async () => {
    const secret = await secretOf()
    const requesters = await Promise.all(Array.from({ length: 8 }, () => newRequest()))
    const results = await Promise.all(requesters.map((requester) => enrol(secret, requester)))
    expect(results.filter(({ ok }) => ok).length).toBe(1)
  })
  test('an unknown device and a wrong secret are answered alike', async () => {
    await secretOf()
    const requester = await newRequest()
    const wrong = await enrol('x'.repeat(43), requester)
    const unknown = await enrol('x'.repeat(43), requester, DeviceId.parse('nobody'))
    expect(wrong).toMatchObject(refused('enrolment/refused'))
    expect(unknown).toEqual(wrong)
  })
  test('a secret ends after its hours, also for who used it before', async () => {
    const [secret, requester] = [await secretOf(2), await newRequest()]
    time.now += 2 * HOUR_MS - 1
    expect(await enrol(secret, requester)).toMatchObject({ ok: true })
    time.now += 1
    expect(await enrol(secret, requester)).toMatchObject(refused('enrolment/expired'))
  })
  test('a new secret takes the place of the old one until the device has enrolled', async () => {
    const [first, second] = [await secretOf(), await secretOf()]
    expect(await enrol(first, await newRequest())).toMatchObject(refused('enrolment/refused'))
    expect(await enrol(second, await newRequest())).toMatchObject({ ok: true })
    expect(await addDevice(ports, sea)).toMatchObject(refused('device/exists'))
  })
  test('the secret itself is not kept', async () => {
    const secret = await secretOf()
    expect(JSON.stringify(await findDevice(ports.store, sea.id))).not.toContain(secret)
  })
  test('without trust roots nobody can join, and the operator learns what to run', async () => {
    expect(await trustFileBytes({ ...ports, trustRoots: async () => null })).toMatchObject({
      ok: false,
      error: { code: 'trust/notInitialised', message: expect.stringContaining('fleetcast trust init') },
    })
  })
})

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

async function requestOf(
  algorithm: webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams | { name: string },
  name: string,
  extensions: ExtendedKeyUsageExtension[] = [],
): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair
  const signingAlgorithm = { hash: 'SHA-256', ...algorithm }
  const request = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm, extensions })
  return request.toString('pem')
}

describe('a certificate request', () => {
  test('names nothing: subject and extensions are the hub’s', async () => {
    const csr = await requestOf(P256, 'CN=_hub, O=Mine', [
      new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1']),
    ])
    const granted = await enrol(await secretOf(), { csr })
    const certificate = new X509Certificate(granted.ok ? granted.value.answer.certificate : '')
    expect(certificate.subject).toBe('CN=sea-1')
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
    expect(certificate.subjectAltName).toBe('URI:urn:fleetcast:device:sea-1')
  })
  test('may be of an Ed25519 key', async () => {
    const csr = await requestOf({ name: 'Ed25519' }, 'CN=sea-1')
    expect(await enrol(await secretOf(), { csr })).toMatchObject({ ok: true })
  })
  test.each([
    ['of another curve', () => requestOf({ name: 'ECDSA', namedCurve: 'P-384' }, 'CN=sea-1')],
    [
      'of an RSA key',
      () =>
        requestOf(
          {
            name: 'RSASSA-PKCS1-v1_5',
            hash: 'SHA-256',
            modulusLength: 2048,
            publicExponent: Uint8Array.of(1, 0, 1),
          },
          'CN=sea-1',
        ),
    ],
    ['that was changed after signing', async () => tampered((await newRequest()).csr)],
    ['with somebody else’s key in it', () => requestWithForeignKey()],
    [
      'that is none',
      async () => '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----',
    ],
  ])('%s is refused, and the secret is not spent', async (_what, make) => {
    const secret = await secretOf()
    expect(await enrol(secret, { csr: await make() })).toMatchObject(refused('identity/badRequest'))
    expect(await enrol(secret, await newRequest())).toMatchObject({ ok: true })
  })
})

/** Another letter in the subject: the signature does not fit any more. */
function tampered(csr: string): string {
  const der = Buffer.from(csr.replaceAll(/-----.*-----|\s/g, ''), 'base64')
  const at = der.indexOf('sea-1')
  der[at] = der[at]! + 1
  return pemOf(der)
}

/** The key of a stranger put into a request that was signed by one's own. */
async function requestWithForeignKey(): Promise<string> {
  const der = Buffer.from((await newRequest()).csr.replaceAll(/-----.*-----|\s/g, ''), 'base64')
  const spki = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
    type: 'spki',
    format: 'der',
  })
  const at = der.indexOf(spki.subarray(0, 26))
  spki.copy(der, at)
  return pemOf(der)
}

const pemOf = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`

describe('renewal', () => {
  test('is for the key on record, also long after the certificate has expired', async () => {
    const requester = await newRequest()
    const old = await enrolled(requester)
    time.now += 400 * DAY_MS
    expect(await authenticateDevice(ports, peerOf(old))).toMatchObject(refused('mqtt/expired'))
    const renewed = await renewCertificate(ports, { device: sea.id, csr: requester.csr })
    const certificate = new X509Certificate(renewed.ok ? renewed.value.certificate : '')
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(time.now + 89 * DAY_MS)
    expect(certificate.serialNumber).not.toBe(old.serialNumber)
    expect(await authenticateDevice(ports, peerOf(certificate))).toMatchObject({ ok: true })
  })
  test('is refused to any other key, to an unknown device and to one that never enrolled, alike', async () => {
    await enrolled(await newRequest())
    const other = { id: DeviceId.parse('sea-2'), site: sea.site }
    await addDevice(ports, other)
    const { csr } = await newRequest()
    const answers = await Promise.all(
      [sea.id, other.id, DeviceId.parse('nobody')].map((device) => renewCertificate(ports, { device, csr })),
    )
    for (const answer of answers) {
      expect(answer).toMatchObject(refused('identity/refused'))
      expect(answer).toEqual(answers[0])
    }
  })
})

describe('a revoked device', () => {
  const closed: string[] = []
  const revoke = async (device = sea.id) =>
    await revokeDevice({ ...ports, disconnect: (id) => closed.push(id) }, device, 'stolen')

  test('has its session closed, and neither connects, renews, enrols nor is added again', async () => {
    const [secret, requester] = [await secretOf(), await newRequest()]
    const granted = await enrol(secret, requester)
    const peer = peerOf(new X509Certificate(granted.ok ? granted.value.answer.certificate : ''))
    closed.length = 0
    expect(await revoke()).toEqual({ ok: true, value: undefined })
    expect(closed).toEqual(['sea-1'])
    expect(await authenticateDevice(ports, peer)).toMatchObject(refused('mqtt/revoked'))
    expect(await renewCertificate(ports, { device: sea.id, csr: requester.csr })).toMatchObject(
      refused('identity/revoked'),
    )
    expect(await enrol(secret, requester)).toMatchObject(refused('identity/revoked'))
    expect(await addDevice(ports, sea)).toMatchObject(refused('device/revoked'))
  })
  test('is on record before its session is closed', async () => {
    await enrolled(await newRequest())
    let seen: Promise<number | null | undefined> = Promise.resolve(null)
    const disconnect = (): void => {
      seen = findDevice(ports.store, sea.id).then((row) => row?.revokedAt)
    }
    await revokeDevice({ ...ports, disconnect }, sea.id, 'stolen')
    expect(await seen).toBe(START)
  })
  test('may never have enrolled: its join string is dead', async () => {
    const secret = await secretOf()
    await revoke()
    expect(await enrol(secret, await newRequest())).toMatchObject(refused('identity/revoked'))
  })
  test('keeps the time of its first revocation, and an unknown one is named', async () => {
    await secretOf()
    await revoke()
    time.now += 1_000
    expect(await revoke()).toEqual({ ok: true, value: undefined })
    expect((await findDevice(ports.store, sea.id))?.revokedAt).toBe(START)
    expect(await revoke(DeviceId.parse('nobody'))).toMatchObject(refused('device/notFound'))
  })
})

describe('the broker’s question', () => {
  test.each(['_hub', 'SEA', 'nobody', '', 'sea-1\nCN=x'])('%j is no device', async (name) => {
    const certificate = await enrolled(await newRequest())
    expect(await authenticateDevice(ports, peerOf(certificate, name))).toMatchObject(
      refused('mqtt/notADevice'),
    )
  })
  test('a certificate of another key is not the device, whoever signed it', async () => {
    await enrolled(await newRequest())
    const stranger = await createDevicePorts()
    try {
      const granted = await stranger.ports.authority.issue(
        sea.id,
        peerOf(new X509Certificate(stranger.ports.authority.certificate)).publicKey,
        epochMs(START),
      )
      expect(await authenticateDevice(ports, peerOf(new X509Certificate(granted.pem)))).toMatchObject(
        refused('mqtt/otherKey'),
      )
    } finally {
      await stranger.temporary.remove()
    }
  })
})
