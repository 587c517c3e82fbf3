/**
 * The fleet in earnest: on Debian's mosquitto, as an operator sets it up (every word of "fleetcast hub broker-config mosquitto"
 * is followed), and on PostgreSQL where it is installed, with root and release keys that never come near the hub. Hub and
 * stations are the same programs as ever.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { DatasetResource } from '../../hub/api/resources/dataset.ts'
import type { DeviceResource } from '../../hub/api/resources/device.ts'
import type { RunResource } from '../../hub/api/resources/run.ts'
import {
  eventually,
  fleetcast,
  fleetcastWith,
  freePort,
  getJson,
  pullThePlug,
  temporaryFolder,
  tokenIn,
  type Program,
} from './programs.ts'

const folder = temporaryFolder()
const database = ['--database', inject('postgresUrl') ?? 'sqlite']
const state = (name: string): string => `${folder.path}/${name}`
const log = { text: '' }
let httpPort = 0
let brokerPort = 0
let token = ''
let broker: ChildProcess
let hub: Program
let fleet: Program

async function run(...words: string[]): Promise<string> {
  const environment = { FLEETCAST_TOKEN: token }
  const program = fleetcastWith(environment, '--hub', `http://127.0.0.1:${httpPort}`, '--json', ...words)
  const { code } = await program.exited
  if (code !== 0) throw new Error(`fleetcast ${words.join(' ')} ended with ${code}: ${program.output()}`)
  return program.output()
}

async function writeBrokerFolder(): Promise<string> {
  const words = ['hub', 'broker-config', 'mosquitto', '--state', state('hub'), '--out', state('broker')]
  const text = await run(...words, ...database, '--port', String(brokerPort))
  // Started by root, mosquitto would become a user who may not read a temporary folder.
  if (userInfo().uid === 0) await appendFile(state('broker/mosquitto.conf'), 'user root\n')
  return text
}

/** One root key and one release key, in files beside the hub's folder; docs/ceremony.md has it with more people. */
async function holdCeremony(): Promise<void> {
  for (const name of ['root', 'release']) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    await writeFile(state(`${name}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
    })
    await writeFile(state(`${name}.pub.pem`), publicKey.export({ type: 'spki', format: 'pem' }))
  }
  const [root, release] = [state('root.pub.pem'), state('release.pub.pem')]
  const stage = state('staged')
  await run('trust', 'init', '--root', root, '--root-threshold', '1', '--release', release, '--stage', stage)
  for (const name of ['root', 'release'])
    await run('trust', 'sign', stage, '--key', `file:${state(`${name}.pem`)}`)
  await run('trust', 'publish', stage)
}

const startFleet = (): void => {
  const words = ['--stations', state('stations.json'), '--data', state('weather.csv.gz'), '--speed', '20']
  const times = ['--from', '2022-01-01T00:00:00.000Z', '--until', '2022-03-15T00:00:00.000Z']
  fleet = fleetcast('sim', 'fleet', ...words, ...times, '--state', state('fleet'), '--flush-ms', '200')
}

const devices = (): Promise<DeviceResource[]> => getJson(httpPort, '/api/v1/devices', token)
const acceptedOf = async (at: number): Promise<number> => (await devices())[at]!.telemetry.accepted

beforeAll(async () => {
  httpPort = await freePort()
  brokerPort = await freePort()
  expect(await writeBrokerFolder()).toContain(`--broker mqtts://localhost:${brokerPort}`)
  broker = spawn('/usr/sbin/mosquitto', ['-c', state('broker/mosquitto.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  broker.stderr!.on('data', (part: Buffer) => (log.text += part.toString()))
  const address = ['--port', String(httpPort), '--broker', `mqtts://localhost:${brokerPort}`]
  const user = ['--demo', '--credentials-out', state('credentials.json')]
  hub = fleetcast(
    'hub',
    '--state',
    state('hub'),
    ...address,
    ...database,
    ...user,
    '--plan-ms',
    '200',
    '--log-level',
    'warn',
  )
  await eventually(
    () => getJson<{ status: string }>(httpPort, '/healthz'),
    ({ status }) => status === 'ok',
    30,
  )
  token = await tokenIn(state('credentials.json'), httpPort)
  await holdCeremony()
  const made = ['--out', state('weather.csv.gz'), '--sites-out', state('sites.json'), '--seed', '5']
  expect((await fleetcast('sim', 'generate', ...made).exited).code).toBe(0)
  const sites = JSON.parse(await readFile(state('sites.json'), 'utf8')) as {
    id: string
    latitude: number
    longitude: number
  }[]
  for (const { id, latitude, longitude } of sites)
    await run('sites', 'add', id, `--latitude=${latitude}`, `--longitude=${longitude}`)
  const dataset = JSON.parse(
    await run('datasets', 'import', state('weather.csv.gz'), '--until', '2022-01-01T00:00:00.000Z'),
  ) as DatasetResource
  await run('train', '--dataset', dataset.digest.slice(0, 12))
  await eventually(
    () => getJson<RunResource[]>(httpPort, '/api/v1/runs', token),
    ([run]) => run?.state === 'succeeded',
    120,
  )
  const stations = []
  for (const { id } of sites.slice(0, 2)) {
    const { joinString } = JSON.parse(await run('devices', 'add', id, '--site', id)) as { joinString: string }
    stations.push({ device: id, joinString, stateDir: state(`fleet/${id}`) })
  }
  await writeFile(state('stations.json'), JSON.stringify(stations))
}, 240_000)

afterAll(async () => {
  if (fleet !== undefined) await pullThePlug(fleet)
  await pullThePlug(hub)
  broker.kill('SIGKILL')
  folder.remove()
})

test(
  'stations enrol, follow an order, fetch its bundle and report, all through mosquitto',
  { timeout: 120_000 },
  async () => {
    startFleet()
    await eventually(devices, (all) => all.length === 2 && all.every(({ isConnected }) => isConnected), 60)
    await expect(run('rollouts', 'create', '1')).rejects.toThrow('version/notReleased')
    await run('release', 'publish', 'temperature-24h@1', '--key', `file:${state('release.pem')}`)
    await run('rollouts', 'create', '1')
    const all = await eventually(
      devices,
      (now) => now.every(({ bundles }) => bundles.some(({ state: at }) => at === 'installed')),
      60,
    )
    expect(all.every(({ telemetry }) => telemetry.accepted > 5 && telemetry.rejected === 0)).toBe(true)
    for (const { id } of all) expect(log.text).toContain(`as ${id} (p2, c1, k30, u'${id}')`)
  },
)

test(
  'a revoked station is ignored at once and shut out when the list is renewed; the others go on',
  { timeout: 120_000 },
  async () => {
    const [revoked] = await devices()
    await run('devices', 'revoke', revoked!.id, '--reason', 'stolen')
    const before = await acceptedOf(0)
    const others = await acceptedOf(1)
    await eventually(
      () => acceptedOf(1),
      (now) => now > others + 3,
      30,
    )
    expect(await acceptedOf(0)).toBe(before)
    // An empty database would say that nobody is revoked.
    const elsewhere = ['--state', state('hub'), '--database', 'postgres://elsewhere.invalid/fleet']
    await expect(
      run('hub', 'broker-config', 'mosquitto', ...elsewhere, '--out', state('broker')),
    ).rejects.toThrow('store/otherDatabase')
    expect(await writeBrokerFolder()).toContain('names 1 device')
    broker.kill('SIGHUP')
    await pullThePlug(fleet)
    log.text = ''
    startFleet()
    await eventually(
      async () => log.text,
      (text) => text.includes('certificate verify failed'),
      60,
    )
    const later = await acceptedOf(1)
    await eventually(
      () => acceptedOf(1),
      (now) => now > later + 3,
      30,
    )
    expect(log.text).not.toContain(`as ${revoked!.id} (`)
    expect(await acceptedOf(0)).toBe(before)
  },
)
