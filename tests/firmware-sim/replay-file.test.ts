import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readFaults, readStations } from '../../firmware-sim/adapters/fleet-files.ts'
import { generateReplay, readReplayFile, type ReplayInput } from '../../firmware-sim/adapters/replay-file.ts'
import { writeSites, writeWeather } from '../../firmware-sim/adapters/write-weather.ts'
import { GENERATED_STATIONS } from '../../firmware-sim/weather/generated-stations.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { HOUR } from './world.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetcast-replay-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const channels = [
  { name: 'temperature', column: 'temp_c' },
  { name: 'humidity', column: 'rh_pct' },
]
const input = (devices: readonly string[], from: string, until: string): ReplayInput => ({
  devices,
  channels,
  range: { from: epochMs(Date.parse(from)), until: epochMs(Date.parse(until)), cadenceMs: HOUR },
})

describe('a table is replayed', () => {
  test('by device and instant: empty fields are null, absent rows are no reading, the first of two rows stays', async () => {
    const file = join(folder, 'table.csv')
    await writeFile(
      file,
      'station,time_utc,temp_c,rh_pct\nEWR,2022-01-01T00:00Z,1.5,50\nEWR,2022-01-01T02:00Z,,51\nEWR,2022-01-01T02:00Z,9,52\nJFK,2022-01-01T01:00Z,3,\nEWR,2022-01-01T05:00Z,4,4\n',
    )
    const table = await readReplayFile(file, input(['ewr'], '2022-01-01T00:00Z', '2022-01-01T04:00Z'))
    if (!table.ok) throw new Error(table.error.message)
    const at = (hour: number, device = 'ewr') =>
      table.value.readingAt(device, epochMs(Date.UTC(2022, 0, 1, hour)))
    expect([0, 1, 2, 3, 5].map((hour) => at(hour))).toEqual([
      { temperature: 1.5, humidity: 50 },
      null,
      { temperature: null, humidity: 51 },
      null,
      null,
    ])
    expect(at(1, 'jfk')).toBeNull()
    expect(table.value.end()).toBe(Date.UTC(2022, 0, 1, 3))
  })
  test('one that is absent, lacks a column or has no row of a station is refused', async () => {
    const file = join(folder, 'table.csv')
    await writeFile(file, 'station,time_utc,temp_c\nEWR,2022-01-01T00:00Z,1.5\n')
    const read = (path: string, devices = ['ewr']) =>
      readReplayFile(path, {
        ...input(devices, '2022-01-01T00:00Z', '2022-01-02T00:00Z'),
        channels: channels.slice(0, path === file ? 1 : 2),
      })
    expect(await read(join(folder, 'none.csv'))).toMatchObject({ error: { code: 'replay/unreadable' } })
    expect(await read(file, ['sea'])).toMatchObject({ error: { code: 'replay/noRows' } })
    expect(
      await readReplayFile(file, input(['ewr'], '2022-01-01T00:00Z', '2022-01-02T00:00Z')),
    ).toMatchObject({ error: { code: 'replay/missingColumn' } })
  })
  test('generated on the fly it is what the written table says', async () => {
    const options = { seed: 3, firstYear: 2020, years: 1, stations: GENERATED_STATIONS.slice(0, 2) }
    const file = join(folder, 'deep', 'weather.csv.gz')
    expect(await writeWeather(file, options)).toBeGreaterThan(17_000)
    await writeSites(join(folder, 'sites.json'), options)
    expect(await readdir(join(folder, 'deep'))).toEqual(['weather.csv.gz'])
    const wanted = input(['harbor', 'meadow'], '2020-03-01T00:00Z', '2020-03-08T00:00Z')
    const [written, generated] = [await readReplayFile(file, wanted), generateReplay(options, wanted)]
    if (!written.ok || !generated.ok) throw new Error('both are readable')
    for (const device of wanted.devices)
      for (let at = wanted.range.from; at < wanted.range.until; at = epochMs(at + HOUR))
        expect(written.value.readingAt(device, at)).toEqual(generated.value.readingAt(device, at))
  })
})

describe('the files of a fleet', () => {
  test('a station without a folder gets one below the state folder; a station named twice is refused', async () => {
    const file = join(folder, 'stations.json')
    await writeFile(
      file,
      JSON.stringify([{ device: 'a' }, { device: 'b', joinString: null, stateDir: '/x/b' }]),
    )
    expect(await readStations(file, '/state')).toEqual({
      ok: true,
      value: [
        { device: 'a', joinString: null, stateDir: '/state/a' },
        { device: 'b', joinString: null, stateDir: '/x/b' },
      ],
    })
    await writeFile(file, JSON.stringify([{ device: 'a' }, { device: 'a' }]))
    expect(await readStations(file, '/state')).toMatchObject({ ok: false, error: { code: 'sim/badFile' } })
  })
  test('a fault that nobody knows is refused with its place', async () => {
    const file = join(folder, 'faults.json')
    await writeFile(file, JSON.stringify({ a: [{ kind: 'gremlin' }] }))
    expect(await readFaults(file)).toMatchObject({ ok: false, error: { code: 'sim/badFile' } })
    await writeFile(file, JSON.stringify({ a: [{ kind: 'dead', channel: 'humidity' }] }))
    expect(await readFaults(file)).toMatchObject({ ok: true })
  })
})
