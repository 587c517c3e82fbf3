import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DeviceId } from '@fleetcast/shared/ids.ts'
import { addMs, DAY_MS, epochMs } from '@fleetcast/shared/units.ts'
import { openAuthorityFiles } from '../../../hub/adapters/authority-files.ts'
import type { Authority } from '../../../hub/devices/authority.ts'
import { CERTIFICATE_DAYS, liveSerialNumbers } from '../../../hub/devices/certificate-days.ts'
import { revocationList } from '../../../hub/devices/revocation-list.ts'
import { newPrivateKey, publicKeyOf } from '../../../hub/devices/sign-certificate.ts'

const run = promisify(execFile)

let folder: string
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'fleetcast-ca-'))))
afterEach(async () => await rm(folder, { recursive: true }))

const trust = (file = ''): string => join(folder, 'trust', file)
const open = async (hostNames: readonly string[] = []) => await openAuthorityFiles(trust(), hostNames)
const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

/** What another implementation says about a certificate. */
async function openssl(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run('openssl', [...args]).catch(
    (cause: unknown) => cause as { stdout: string; stderr: string },
  )
  return `${stdout}${stderr}`
}

describe('the authority’s files', () => {
  test('are made once, and their keys can be read by their owner alone', async () => {
    const first = await open()
    expect(first.isNew).toBe(true)
    expect(await modeOf(trust())).toBe('700')
    for (const key of ['ca-key.pem', 'server-key.pem']) expect(await modeOf(trust(key))).toBe('600')
    const again = await open()
    expect(again.isNew).toBe(false)
    expect(again.authority.certificate).toBe(first.authority.certificate)
    expect(again.authority.server).toEqual(first.authority.server)
  })
  test('the server’s certificate is issued again when host names change, and only then', async () => {
    const before = (await open(['hub.example.org', '10.0.0.7'])).authority.server
    expect((await open(['10.0.0.7', 'hub.example.org'])).authority.server).toEqual(before)
    expect((await open(['10.0.0.7'])).authority.server).not.toEqual(before)
    const after = (await open(['hub.example.com', '::5'])).authority.server
    expect(after.key).toBe(before.key)
    const certificate = new X509Certificate(after.certificate)
    for (const name of ['localhost', 'hub.example.com']) expect(certificate.checkHost(name)).toBe(name)
    for (const address of ['127.0.0.1', '::1', '::5']) expect(certificate.checkIP(address)).toBe(address)
    expect(certificate.checkHost('hub.example.org')).toBeUndefined()
  })
  test('a lost key is named, and no new authority quietly takes its place', async () => {
    await open()
    await unlink(trust('ca-key.pem'))
    await expect(open()).rejects.toThrow(/ca-key\.pem is missing.*backup/)
  })
  test('a start that was cut off after any file goes on where it stopped', async () => {
    const files = ['ca-key.pem', 'ca.pem', 'server-key.pem', 'server.pem']
    await open()
    const contents = await Promise.all(files.map((file) => readFile(trust(file))))
    for (let kept = 0; kept < files.length; kept++) {
      await rm(trust(), { recursive: true })
      await open()
      for (const [i, file] of files.entries())
        if (i < kept) await writeFile(trust(file), contents[i]!)
        else await unlink(trust(file))
      const { authority } = await open()
      expect(
        new X509Certificate(authority.server.certificate).verify(
          new X509Certificate(authority.certificate).publicKey,
        ),
      ).toBe(true)
    }
  })
})

describe('what openssl says', () => {
  const now = epochMs(Date.now())
  const device = DeviceId.parse('sea-1')
  const publicKey = publicKeyOf(newPrivateKey())
  let authority: Authority
  const verify = async (purpose: string, file: string, ...flags: readonly string[]): Promise<string> =>
    await openssl('verify', '-CAfile', trust('ca.pem'), '-purpose', purpose, ...flags, file)

  beforeEach(async () => {
    ;({ authority } = await open())
    await writeFile(trust('device.pem'), (await authority.issue(device, publicKey, now)).pem)
  })

  test.each([
    ['1970', '1'],
    ['2099', '4070908800'],
  ])('the server’s certificate holds in %s', async (_year, seconds) => {
    expect(await verify('sslserver', trust('server.pem'), '-attime', seconds)).toContain('OK')
  })
  test('a device’s certificate holds today, and not in 1970 or 2099', async () => {
    expect(await verify('sslclient', trust('device.pem'))).toContain('OK')
    expect(await verify('sslclient', trust('device.pem'), '-attime', '1')).toContain('not yet valid')
    expect(await verify('sslclient', trust('device.pem'), '-attime', '4070908800')).toContain('has expired')
  })
  test('a device is no server, the server is no device, and neither may sign', async () => {
    expect(await verify('sslserver', trust('device.pem'))).toContain('unsuitable certificate purpose')
    expect(await verify('sslclient', trust('server.pem'))).toContain('unsuitable certificate purpose')
    for (const file of ['device.pem', 'server.pem'])
      expect(await openssl('x509', '-in', trust(file), '-noout', '-text')).toContain('CA:FALSE')
  })

  test('a revoked device’s certificate is on the list, another’s is not', async () => {
    const { until } = await authority.issue(device, publicKey, now)
    const other = publicKeyOf(newPrivateKey())
    await writeFile(trust('other.pem'), (await authority.issue(device, other, now)).pem)
    await writeFile(
      trust('crl.pem'),
      await revocationList(authority, {
        now,
        revoked: [{ device, publicKey, enrolledAt: now, certificateUntil: until, revokedAt: now }],
      }),
    )
    const check = ['-crl_check', '-CRLfile', trust('crl.pem')]
    expect(await verify('sslclient', trust('device.pem'), ...check)).toContain('certificate revoked')
    expect(await verify('sslclient', trust('other.pem'), ...check)).toContain('OK')
  })
  test('a list of nobody lets everybody in', async () => {
    await writeFile(trust('crl.pem'), await revocationList(authority, { now, revoked: [] }))
    const check = ['-crl_check', '-CRLfile', trust('crl.pem')]
    expect(await verify('sslclient', trust('device.pem'), ...check)).toContain('OK')
  })
})

describe('the serial numbers of a device', () => {
  const publicKey = publicKeyOf(newPrivateKey())
  const enrolledAt = epochMs(Date.UTC(2026, 0, 1, 5))
  const range = { device: DeviceId.parse('sea-1'), publicKey, enrolledAt }

  test('name every certificate that was issued on any day and has not expired', async () => {
    const { authority } = await open()
    const renewedAt = addMs(enrolledAt, 60 * DAY_MS)
    const first = await authority.issue(range.device, publicKey, enrolledAt)
    const second = await authority.issue(range.device, publicKey, renewedAt)
    const named = (at: number) =>
      liveSerialNumbers({ ...range, certificateUntil: second.until }, epochMs(at)).map((n) => n.toUpperCase())
    const [one, two] = [first, second].map(({ pem }) => new X509Certificate(pem).serialNumber)
    expect(named(renewedAt)).toEqual(expect.arrayContaining([one, two]))
    expect(named(first.until + DAY_MS)).not.toContain(one)
    expect(named(first.until + DAY_MS)).toContain(two)
    expect(named(second.until + DAY_MS)).toEqual([])
  })
  test('are at most one a day of a lifetime', () => {
    const until = epochMs(Date.UTC(2036, 0, 1))
    expect(
      liveSerialNumbers({ ...range, certificateUntil: until }, addMs(until, -CERTIFICATE_DAYS * DAY_MS))
        .length,
    ).toBe(CERTIFICATE_DAYS + 1)
  })
})
