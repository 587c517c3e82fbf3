/** The whole path in earnest: a station's process measures, a whole hub keeps, and what it knew becomes datasets. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { DatasetResource } from '../../../hub/api/resources/dataset.ts'
import { startAgent, type AgentProcess } from '../../agent/enrolment/agent-process.ts'
import { bearer, JSON_TYPE, startTestHub, type RunningHub } from '../api/hub-process.ts'
import { eventually, fleetcastWith, temporaryFolder } from '../../e2e/programs.ts'
import { HEADER, hourText, recipe } from './tables.ts'

const HOURS = 72
const folder = temporaryFolder()
const agents: AgentProcess[] = []
let hub: RunningHub
beforeAll(async () => {
  hub = await startTestHub()
  await send('PUT', '/api/v1/sites/sea', { latitude: 47.45, longitude: -122.31 })
  await send('PUT', '/api/v1/sites/ewr', { latitude: 40.7, longitude: -74.2 })
  const collecting = { ...recipe, collect: { readings: true } }
  expect((await send('PUT', `/api/v1/recipes/${recipe.name}`, collecting)).status).toBe(200)
}, 60_000)
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.kill()
})
afterAll(async () => {
  await hub.stop()
  folder.remove()
})

type Answer = { readonly status: number; readonly body: DatasetResource & { code?: string; detail?: string } }

async function send(method: string, path: string, body: unknown): Promise<Answer> {
  const headers = { ...bearer(hub.adminToken), ...JSON_TYPE }
  const answer = await hub.call({ method, path, headers, body: JSON.stringify(body) })
  return { status: answer.status, body: answer.body as never }
}
const fromFleet = (query: object = {}): Promise<Answer> =>
  send('POST', '/api/v1/datasets/from-fleet', { name: 'fleet', ...query })
/** Rows that are known now, by asking for them; nothing of it is a number of the test's own. */
const known = async (query: object = {}): Promise<number> => (await fromFleet(query)).body.rows ?? 0

async function importTable(text: string): Promise<Answer> {
  const answer = await hub.call({
    ...{ method: 'POST', path: `/api/v1/datasets?recipe=${recipe.name}&name=file&store=false` },
    ...{ headers: bearer(hub.adminToken), body: text },
  })
  return { status: answer.status, body: answer.body as never }
}

/** One hour: temperature, dew point, humidity, wind, pressure; null: nothing came. */
type Row = readonly (number | null)[]
/** Weather with a sensor that jumps out of its range, one that falls silent, and an hour without any reading. */
function weather(hour: number, warmer = 0): Row | null {
  if (hour === 40) return null
  const wave = Math.sin(hour / 4)
  const temperature = hour === 20 ? 99 : Math.round((10 + 5 * wave + warmer) * 10) / 10
  const dewPoint = hour === 30 ? null : Math.round((4 + 2 * wave) * 10) / 10
  return [temperature, dewPoint, 60 + (hour % 9), 1 + (hour % 5) / 2, 1_010 + Math.round(wave * 40) / 10]
}

/** As the API wants a time. */
const timeAt = (hour: number): string => hourText(hour).replace('Z', ':00Z')
const hours = (from: number, until: number): readonly number[] =>
  Array.from({ length: until - from }, (_, i) => from + i)
const csv = (station: string, until: number, warmer = 0): string => {
  const rows = hours(0, until).flatMap((hour) => {
    const values = weather(hour, warmer)
    return values === null ? [] : [[station, hourText(hour), ...values.map((value) => value ?? '')].join(',')]
  })
  return `${[HEADER, ...rows].join('\n')}\n`
}

async function enrol(device: string, site: string): Promise<void> {
  const { body } = await send('POST', '/api/v1/devices', { id: device, site })
  const { joinString } = body as unknown as { joinString: string }
  const joining = startAgent(null, 'join', joinString, '--state', join(folder.path, device))
  if ((await joining.exited) !== 0) throw new Error(joining.output())
}

/** Feeds a running station the hours [from, until). */
async function measure(device: string, from: number, until: number, warmer = 0): Promise<AgentProcess> {
  const file = join(folder.path, `${device}.ndjson`)
  const lines = hours(from, until).flatMap((hour) => {
    const values = weather(hour, warmer)
    const named = recipe.channels.map(({ name }, i) => [name, values?.[i] ?? null])
    return values === null ? [] : [JSON.stringify({ at: hourText(hour), values: Object.fromEntries(named) })]
  })
  await writeFile(file, `${lines.join('\n')}\n`)
  const state = join(folder.path, device)
  const agent = startAgent(null, 'run', '--state', state, '--sensors', file, '--flush-ms', '20')
  agents.push(agent)
  return agent
}

describe('a dataset from the fleet', () => {
  test('before any reading has come is refused, with what to do', async () => {
    const { status, body } = await fromFleet()
    expect([status, body.code]).toEqual([422, 'dataset/empty'])
    expect(body.detail).toContain('collect: { readings: true }')
  })

  test('of three days is the dataset of the same rows in a file', { timeout: 60_000 }, async () => {
    await enrol('sea-1', 'sea')
    await measure('sea-1', 0, HOURS)
    // The last hours wait for more to share a record with.
    await eventually(known, (rows) => rows >= HOURS - 1 - 6, 30)
    const until = timeAt(HOURS - 6)
    const fleet = await fromFleet({ until })
    const file = await importTable(csv('SEA', HOURS - 6))
    expect(fleet.body).toMatchObject({ source: 'fleet', rows: HOURS - 7, stations: ['sea'] })
    expect(file.body).toMatchObject({ source: 'table', asOf: null, rows: HOURS - 7 })
    expect(fleet.body.digest).toBe(file.body.digest)
    // The same judgement too: the hot hour is there and set aside, for the same reason.
    expect(fleet.body.coverage).toEqual(file.body.coverage)
    expect(fleet.body.findings).toEqual(file.body.findings)
  })

  test('as of a time stays the same when more and other readings arrive', { timeout: 60_000 }, async () => {
    const before = await fromFleet()
    const asOf = new Date(before.body.asOf!).toISOString()
    await enrol('ewr-1', 'ewr')
    await measure('ewr-1', 0, 24)
    await eventually(
      () => known({ stations: ['ewr'] }),
      (rows) => rows >= 18,
      30,
    )
    const again = await fromFleet({ asOf })
    expect(again.body.digest).toBe(before.body.digest)
    const later = await fromFleet()
    expect(later.body.stations).toEqual(['ewr', 'sea'])
    expect(later.body.digest).not.toBe(before.body.digest)
  })

  test('takes other values of a station that lost its state as revisions', { timeout: 90_000 }, async () => {
    const mine = { stations: ['ewr'], until: timeAt(18) }
    const before = await fromFleet(mine)
    for (const end of ['', '-wal', '-shm'])
      await rm(join(folder.path, 'ewr-1', `agent.sqlite${end}`), { force: true })
    // Numbered behind its earlier life first: until then the hub takes what it sends for repetitions.
    const reborn = await measure('ewr-1', 0, 0)
    await eventually(
      async () => reborn.output(),
      (text) => text.includes('the hub is ahead of this state folder'),
      20,
    )
    await reborn.kill()
    await measure('ewr-1', 0, 24, 2)
    const revised = (await importTable(csv('EWR', 18, 2))).body.digest
    await eventually(
      () => fromFleet(mine),
      ({ body }) => body.digest === revised,
      30,
    )
    const asOf = new Date(before.body.asOf!).toISOString()
    expect((await fromFleet({ ...mine, asOf })).body.digest).toBe(before.body.digest)
    expect(before.body.digest).not.toBe(revised)
  })

  test('of two devices that measured at one place wants to know which', { timeout: 60_000 }, async () => {
    const until = timeAt(12)
    const before = await fromFleet({ until })
    await enrol('sea-2', 'sea')
    await measure('sea-2', 0, 18, 1)
    await eventually(
      () => known({ devices: ['sea-2'] }),
      (rows) => rows >= 12,
      30,
    )
    const both = await fromFleet({ until })
    expect([both.status, both.body.code]).toEqual([422, 'dataset/severalDevices'])
    expect((await fromFleet({ until, devices: ['sea-1', 'ewr-1'] })).body.digest).toBe(before.body.digest)
    const asOf = new Date(before.body.asOf!).toISOString()
    expect((await fromFleet({ until, asOf })).body.digest).toBe(before.body.digest)
  })

  test('is seen under way like any import, and can be cancelled', { timeout: 60_000 }, async () => {
    const asked = fromFleet({ name: 'cancelled', devices: ['sea-1'], until: timeAt(5) })
    let id = ''
    for (let n = 0; n < 500 && id === ''; n++) {
      const { body } = await hub.call({ path: '/api/v1/imports', headers: bearer(hub.adminToken) })
      id =
        (body as unknown as { id: string; name: string }[]).find(({ name }) => name === 'cancelled')?.id ?? ''
    }
    const cancelled = await hub.call({
      ...{ method: 'DELETE', path: `/api/v1/imports/${id}`, headers: bearer(hub.adminToken) },
    })
    expect(cancelled.status).toBe(200)
    expect((await asked).body.code).toBe('dataset/cancelled')
  })

  test('as of a time that has not come is refused', async () => {
    const { status, body } = await fromFleet({ asOf: '2199-01-01T00:00:00Z' })
    expect([status, body.code]).toEqual([422, 'dataset/asOfAhead'])
  })

  test('is made on the command line', { timeout: 60_000 }, async () => {
    const words = ['--hub', `http://127.0.0.1:${hub.config.httpPort}`]
    const run = async (...more: string[]) => {
      const program = fleetcastWith({ FLEETCAST_TOKEN: hub.adminToken }, ...words, ...more)
      const { code } = await program.exited
      return { code, output: program.output() }
    }
    const times = ['--from', timeAt(2), '--until', timeAt(8), '--devices', 'sea-1']
    const made = await run('datasets', 'from-fleet', '--name', 'morning', '--stations', 'sea', ...times)
    expect(made.output).toMatch(/6 rows of 1 stations, measured by the fleet, as known at 2/)
    const listed = await run('--json', 'datasets', 'list')
    expect((JSON.parse(listed.output) as DatasetResource[])[0]).toMatchObject({
      name: 'morning',
      source: 'fleet',
    })
    expect((await run('datasets', 'from-fleet', '--recipe', 'nothing')).code).not.toBe(0)
  })
})
