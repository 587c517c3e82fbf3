/** The words an operator types, against a whole hub. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decodeJoinString } from '@fleetcast/shared/protocol/join-string.ts'
import type { DeviceResource } from '../../../hub/api/resources/device.ts'
import { parseDeviceList } from '../../../hub/cli/device-list.ts'
import { startRunningHub, type RunningHub } from '../running-hub.ts'
import { typeCommand, type Said } from './type-command.ts'

let hub: RunningHub
let folder: string
beforeAll(async () => {
  hub = await startRunningHub()
})
afterAll(() => hub.stop())
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'fleetcast-cli-'))))
afterEach(async () => await rm(folder, { recursive: true }))

const path = (name: string): string => join(folder, name)
const devices = async (): Promise<string[]> =>
  (await hub.get<DeviceResource[]>('/api/v1/devices')).map(({ id }) => id)

const fleetcast = (...words: readonly string[]): Promise<Said> => typeCommand({ ...hub, folder }, ...words)

/** Ids of their own for every test. */
let count = 0
const listOf = (devicesWanted: number): string[] => {
  const prefix = `d${++count}`
  return Array.from({ length: devicesWanted }, (_, i) => `${prefix}-${i + 1},sea`)
}
const addFile = async (lines: readonly string[], ...more: readonly string[]) => {
  await writeFile(path('ids.csv'), lines.join('\n'))
  return await fleetcast('devices', 'add', '--file', path('ids.csv'), '--out', path('joins.csv'), ...more)
}

describe('devices add', () => {
  test('prints one join string for one station', async () => {
    const { out, exit } = await fleetcast('devices', 'add', 'harbor', '--site', 'sea')
    expect(exit).toBe(0)
    expect(decodeJoinString(out)).toMatchObject({ ok: true, value: { device: 'harbor' } })
  })
  test('writes a file of join strings, each for its own device, that only its owner can read', async () => {
    const lines = listOf(2_500)
    const { out, bars, exit } = await addFile(['id,site', '# ours', '', ...lines])
    expect(exit).toBe(0)
    expect(out).toContain('2500 join strings')
    expect((await stat(path('joins.csv'))).mode & 0o777).toBe(0o600)
    const [head, ...rows] = (await readFile(path('joins.csv'), 'utf8')).trimEnd().split('\n')
    expect(head).toBe('id,site,joinString')
    expect(rows.map((row) => row.slice(0, row.lastIndexOf(',')))).toEqual(lines)
    const tickets = rows.map((row) => decodeJoinString(row.split(',')[2]!))
    expect(tickets.map((ticket) => ticket.ok && `${ticket.value.device},sea`)).toEqual(lines)
    expect(bars).toEqual(expect.arrayContaining(['checking 0.40', 'adding 1.00']))
  })
  test.each<[string, (lines: string[]) => string[], string]>([
    ['an id that is none', (lines) => [...lines, 'Harbor 7,sea'], 'line 1501'],
    ['a line of one word', (lines) => ['harbor', ...lines], 'line 1'],
    ['an id that is there twice', (lines) => [...lines, lines[3]!], 'line 1501'],
    ['an unknown site in the second thousand', (lines) => [...lines, 'x,moon'], 'line 1501'],
  ])('%s refuses all and names the line', async (_what, change, line) => {
    const before = await devices()
    const { error, exit } = await addFile(change(listOf(1_500)))
    expect(exit).toBe(1)
    expect(error).toContain(line)
    expect(await devices()).toEqual(before)
    expect(await readdir(folder)).toEqual(['ids.csv'])
  })
  test('does not write over a file, and adds nothing', async () => {
    await writeFile(path('joins.csv'), 'mine')
    const before = await devices()
    expect((await addFile(listOf(2))).exit).toBe(1)
    expect(await readFile(path('joins.csv'), 'utf8')).toBe('mine')
    expect(await devices()).toEqual(before)
  })
  test('takes either an id or a file', async () => {
    expect((await fleetcast('devices', 'add')).exit).toBe(2)
    expect((await fleetcast('devices', 'add', 'x')).exit).toBe(2)
    expect((await addFile(listOf(1), '--site', 'sea')).exit).toBe(2)
  })
})

describe('devices revoke', () => {
  test('needs a reason, and tells the operator in the events', async () => {
    await fleetcast('devices', 'add', 'vale', '--site', 'sea')
    expect((await fleetcast('devices', 'revoke', 'vale')).exit).toBe(2)
    expect((await fleetcast('devices', 'revoke', 'vale', '--reason', 'stolen in May')).exit).toBe(0)
    const events = await hub.get<{ message: string }[]>('/api/v1/events?limit=5')
    expect(events.map(({ message }) => message)).toContain('vale was revoked: stolen in May')
    const again = await fleetcast('devices', 'add', 'vale', '--site', 'sea')
    expect(again.error).toContain('device/revoked')
  })
  test('an unknown station is named', async () => {
    const { error, exit } = await fleetcast('devices', 'revoke', 'nobody', '--reason', 'stolen')
    expect(exit).toBe(1)
    expect(error).toContain('nobody')
  })
})

describe('the API of many devices', () => {
  test('takes ten thousand a call, not more', async () => {
    const many = (length: number) => Array.from({ length }, (_, i) => ({ id: `bulk-${i}`, site: 'sea' }))
    const check = async (length: number) =>
      (await hub.post('/api/v1/devices/bulk', { devices: many(length), isCheck: true })).status
    expect(await check(10_000)).toBe(200)
    expect(await check(10_001)).toBe(422)
  })
})

test('a list with Windows line ends reads the same', () => {
  expect(parseDeviceList('id,site\r\na,sea\r\n')).toMatchObject({
    ok: true,
    value: [{ id: 'a', site: 'sea', line: 2 }],
  })
})
