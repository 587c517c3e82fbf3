/**
 * The plug is pulled: on the stations while they download, on the hub while telemetry streams in. Afterwards every hour
 * of every station is there once, and the rollout goes on.
 */
import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatasetResource } from '../../hub/api/resources/dataset.ts'
import type { DeviceDetail, DeviceResource } from '../../hub/api/resources/device.ts'
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

const STATIONS = 5
const folder = temporaryFolder()
const state = (name: string): string => join(folder.path, name)
let httpPort = 0
let mqttPort = 0
let hub: Program
let token = ''
let fleet: Program | null = null

const startHub = async (): Promise<void> => {
  hub = fleetcast(
    'hub',
    '--state',
    state('hub'),
    '--port',
    String(httpPort),
    '--mqtt-port',
    String(mqttPort),
    '--plan-ms',
    '200',
    '--block-bytes',
    '150000',
    '--demo',
    '--credentials-out',
    state('credentials.json'),
    '--log-level',
    'warn',
  )
  await eventually(
    () => getJson<{ status: string }>(httpPort, '/healthz'),
    ({ status }) => status === 'ok',
    30,
  )
  token = await tokenIn(state('credentials.json'), httpPort)
}

const startFleet = (speed: number): void => {
  fleet = fleetcast(
    'sim',
    'fleet',
    '--stations',
    state('stations.json'),
    '--data',
    state('weather.csv.gz'),
    '--from',
    '2022-01-01T00:00:00.000Z',
    '--until',
    '2022-02-15T00:00:00.000Z',
    '--speed',
    String(speed),
    '--state',
    state('fleet'),
    '--flush-ms',
    '200',
  )
}

const command = async (...words: string[]): Promise<string> => {
  const program = fleetcastWith(
    { FLEETCAST_TOKEN: token },
    '--hub',
    `http://127.0.0.1:${httpPort}`,
    '--json',
    ...words,
  )
  const { code } = await program.exited
  if (code !== 0) throw new Error(`fleetcast ${words.join(' ')} ended with ${code}: ${program.output()}`)
  return program.output()
}

const devices = (): Promise<DeviceResource[]> => getJson(httpPort, '/api/v1/devices', token)

beforeAll(async () => {
  httpPort = await freePort()
  mqttPort = await freePort()
  await startHub()
  const made = fleetcast(
    'sim',
    'generate',
    '--out',
    state('weather.csv.gz'),
    '--sites-out',
    state('sites.json'),
    '--seed',
    '5',
  )
  expect((await made.exited).code).toBe(0)
  const sites = JSON.parse(await readFile(state('sites.json'), 'utf8')) as {
    id: string
    latitude: number
    longitude: number
  }[]
  for (const { id, latitude, longitude } of sites)
    await command('sites', 'add', id, `--latitude=${latitude}`, `--longitude=${longitude}`)
  await command('trust', 'init', '--demo')
  const dataset = JSON.parse(
    await command('datasets', 'import', state('weather.csv.gz'), '--until', '2022-01-01T00:00:00.000Z'),
  ) as DatasetResource
  await command('train', '--dataset', dataset.digest.slice(0, 12))
  await eventually(
    () => getJson<RunResource[]>(httpPort, '/api/v1/runs', token),
    ([run]) => run?.state === 'succeeded',
    120,
  )
  const stations = []
  for (const { id } of sites.slice(0, STATIONS)) {
    const { joinString } = JSON.parse(await command('devices', 'add', id, '--site', id)) as {
      joinString: string
    }
    stations.push({ device: id, joinString, stateDir: state(`fleet/${id}`) })
  }
  await writeFile(state('stations.json'), JSON.stringify(stations))
}, 240_000)

afterAll(async () => {
  if (fleet !== null) await pullThePlug(fleet)
  await pullThePlug(hub)
  folder.remove()
})

describe('SIGKILL', () => {
  test(
    'on the stations in the middle of their downloads: they resume and install the bundle',
    { timeout: 120_000 },
    async () => {
      startFleet(5)
      await eventually(
        devices,
        (all) => all.length === STATIONS && all.every((device) => device.lastReadingAt !== null),
        60,
      )
      await command('rollouts', 'create', '1')
      await eventually(
        devices,
        (all) =>
          all.some(({ bundles }) =>
            bundles.some(({ state: at, progress }) => at === 'downloading' && progress > 0),
          ),
        30,
      )
      await pullThePlug(fleet!)
      startFleet(5)
      await eventually(
        devices,
        (all) => all.every(({ bundles }) => bundles.some(({ state: at }) => at === 'installed')),
        60,
      )
    },
  )

  test(
    'on the hub while telemetry streams in: nothing is lost and nothing is counted twice',
    { timeout: 180_000 },
    async () => {
      await pullThePlug(fleet!)
      startFleet(60)
      for (let times = 0; times < 3; times++) {
        const before = (await devices()).reduce((sum, { telemetry }) => sum + telemetry.accepted, 0)
        await eventually(
          devices,
          (all) => all.reduce((sum, { telemetry }) => sum + telemetry.accepted, 0) > before + 5,
          30,
        )
        await pullThePlug(hub)
        await startHub()
      }
      const lastHour = Date.parse('2022-02-14T23:00:00.000Z')
      await eventually(devices, (all) => all.every((device) => device.lastReadingAt === lastHour), 90)
      const expected = await verifiablePairs(state('weather.csv.gz'))
      for (const { id } of await devices()) {
        const wanted = expected.get(id)!
        const detail = await eventually(
          () => getJson<DeviceDetail>(httpPort, `/api/v1/devices/${id}`, token),
          ({ ledger }) =>
            ledger
              .filter(({ day }) => wanted.has(day))
              .every(({ day, verified }) => verified === wanted.get(day)),
          20,
        )
        expect(detail.device.telemetry).toMatchObject({ rejected: 0, lost: 0 })
        expect(detail.ledger.filter(({ day }) => wanted.has(day)).length).toBeGreaterThan(30)
      }
    },
  )
})

/** Per station and day of 2022: hours whose temperature and that of 24 hours before are both in the table. */
async function verifiablePairs(file: string): Promise<Map<string, Map<string, number>>> {
  const hours = new Map<string, Set<number>>()
  for await (const line of createInterface({ input: createReadStream(file).pipe(createGunzip()) })) {
    const [station = '', time = '', temperature = ''] = line.split(',')
    if (!time.startsWith('2022-0') || temperature === '') continue
    const known = hours.get(station.toLowerCase()) ?? new Set<number>()
    known.add(Date.parse(time) / 3_600_000)
    hours.set(station.toLowerCase(), known)
  }
  return new Map([...hours].map(([station, known]) => [station, pairsByDay(known)]))
}

function pairsByDay(hours: ReadonlySet<number>): Map<string, number> {
  const byDay = new Map<string, number>()
  const end = Date.parse('2022-02-15T00:00:00Z') / 3_600_000
  for (const hour of hours) {
    if (hour >= end) continue
    const day = new Date(hour * 3_600_000).toISOString().slice(0, 10)
    byDay.set(day, (byDay.get(day) ?? 0) + (hours.has(hour - 24) ? 1 : 0))
  }
  return byDay
}
