/** Real agents as processes of their own whose clocks are wrong by decades, against a whole hub whose clock is right. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { DAY_MS, epochMs } from '@fleetcast/shared/units.ts'
import type { DeviceResource } from '../../../hub/api/resources/device.ts'
import { openAuthorityFiles } from '../../../hub/adapters/authority-files.ts'
import { publicKeyOf, signLeaf, type LeafCertificate } from '../../../hub/devices/sign-certificate.ts'
import { eventually, freePort, temporaryFolder } from '../../e2e/programs.ts'
import { startRunningHub, type RunningHub } from '../../hub/running-hub.ts'
import { startAgent, type AgentProcess } from './agent-process.ts'

let hub: RunningHub
const folder = temporaryFolder()
const agents: AgentProcess[] = []
beforeAll(async () => {
  hub = await startRunningHub()
})
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.kill()
})
afterAll(async () => {
  await hub.stop()
  folder.remove()
})

const stateOf = (device: string): string => join(folder.path, device)

async function enrol(device: string, at: string | null): Promise<void> {
  const { joinString } = await hub.announce(device)
  const joining = startAgent(at, 'join', joinString, '--state', stateOf(device))
  if ((await joining.exited) !== 0) throw new Error(joining.output())
}

function run(device: string, at: string | null, ...flags: readonly string[]): AgentProcess {
  const agent = startAgent(at, 'run', '--state', stateOf(device), ...flags)
  agents.push(agent)
  return agent
}

const isConnected = async (device: string, wanted: boolean): Promise<void> => {
  const find = (all: readonly DeviceResource[]): boolean =>
    all.find(({ id }) => id === device)?.isConnected === wanted
  await eventually(() => hub.get<DeviceResource[]>('/api/v1/devices'), find, 20)
}

const enrolmentOf = async (device: string): Promise<Enrolment> =>
  Enrolment.parse(JSON.parse(await readFile(join(stateOf(device), 'enrolment.json'), 'utf8')))

/** Puts another certificate of the device's own key into its folder. */
async function replaceCertificate(
  device: string,
  dates: Pick<LeafCertificate, 'notBefore' | 'notAfter'>,
): Promise<string> {
  const enrolment = await enrolmentOf(device)
  const { authority } = await openAuthorityFiles(join(hub.folder, 'trust'), [])
  const certificate = await signLeaf(authority.issuer, {
    name: device,
    publicKey: publicKeyOf(enrolment.privateKey),
    serialNumber: '4001',
    purpose: 'device',
    alternativeNames: [{ type: 'url', value: `urn:fleetcast:device:${device}` }],
    ...dates,
  })
  await writeFile(join(stateOf(device), 'enrolment.json'), JSON.stringify({ ...enrolment, certificate }))
  return certificate
}

const daysFromNow = (days: number): Date => new Date(epochMs(Date.now() + days * DAY_MS))

describe.each([
  ['1970', '1970-01-01 00:00:05'],
  ['2099', '2099-06-01 12:00:00'],
])('a device whose clock says %s', (year, at) => {
  test('enrols and connects', async () => {
    await enrol(`sea-${year}`, at)
    run(`sea-${year}`, at)
    await isConnected(`sea-${year}`, true)
  })
  test('whose certificate has expired by the hub’s clock renews it at once and connects', async () => {
    const device = `old-${year}`
    await enrol(device, at)
    const expired = await replaceCertificate(device, {
      notBefore: daysFromNow(-100),
      notAfter: daysFromNow(-10),
    })
    const agent = run(device, at)
    await isConnected(device, true)
    expect((await enrolmentOf(device)).certificate).not.toBe(expired)
    expect(agent.output()).toContain('the certificate was renewed')
  })
})

describe('a device whose clock is right', () => {
  test.each([
    ['has expired', -100, -10],
    ['is not yet valid', 10, 100],
  ])('and whose certificate %s gets another one and connects', async (_what, from, until) => {
    const device = `right${until < 0 ? 'old' : 'new'}`
    await enrol(device, null)
    const wrong = await replaceCertificate(device, {
      notBefore: daysFromNow(from),
      notAfter: daysFromNow(until),
    })
    run(device, null)
    await isConnected(device, true)
    expect((await enrolmentOf(device)).certificate).not.toBe(wrong)
  })
  test('and that is revoked loses its session at once, says why, and goes on serving', async () => {
    await enrol('revoked', null)
    const port = await freePort()
    const agent = run('revoked', null, '--local-port', String(port))
    await isConnected('revoked', true)
    const other = run('sea-1970', null)
    await isConnected('sea-1970', true)
    const { status } = await hub.post('/api/v1/devices/revoked/revoke', { reason: 'stolen in a test' })
    expect(status).toBe(200)
    await isConnected('revoked', false)
    await eventually(
      async () => agent.output(),
      (text) => text.includes('this device was revoked'),
      20,
    )
    const reading = await fetch(`http://127.0.0.1:${port}/v1/readings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ at: '2022-01-01T00:00Z', values: { temperature: 3.9 } }),
    })
    expect(reading.status).toBe(200)
    expect(await reading.json()).toMatchObject({ forecast: { value: 3.9, unit: 'C' } })
    await isConnected('revoked', false)
    await isConnected('sea-1970', true)
    expect(other.output()).not.toContain('not connected')
  })
})
