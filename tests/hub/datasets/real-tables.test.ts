/** The public tables: in FLEETCAST_DATA, or in `../shared/data` beside the project. Every defect here is a real one, or says so. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatasetFinding } from '../../../hub/datasets/dataset-report.ts'
import { loadSeries } from '../../../hub/datasets/load-series.ts'
import { acceptedIn, openWorkshop, recipe, sites, type Accepted } from './tables.ts'

const folder =
  process.env['FLEETCAST_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const fileOf = (name: string): string => join(folder, `${name}.csv.gz`)
const DEMO = fileOf('us_airports_demo_2013_14_15_22')
const SPARSE = fileOf('us_airports_sparse_98pct_missing')
const JENA = fileOf('jena_2020_10min21')
const JENA_YEARS = fileOf('jena_2009_2016_hourly6')

const workshop = openWorkshop()
afterAll(workshop.remove)
const importFile = (file: string) => acceptedIn(workshop, { file })
const codesOf = (findings: readonly DatasetFinding[]): string[] => findings.map(({ code }) => code)

const isThere = [DEMO, SPARSE, JENA, JENA_YEARS].every(existsSync)
if (!isThere)
  console.warn(
    `SKIPPED: the public tables are not in ${folder}; set FLEETCAST_DATA to the folder that holds them`,
  )

describe.skipIf(!isThere)('real observations', () => {
  let demo: Accepted
  beforeAll(async () => {
    demo = await importFile(DEMO)
  }, 60_000)
  const found = (code: string, station: string, channel: string) =>
    demo.report.findings.find(
      (one) => one.code === code && one.station === station && one.channel === channel,
    )

  test('five airports: what is there is counted, and the series hold it', async () => {
    const { report, read } = demo
    expect(report).toMatchObject({ rows: 95_891, stations: ['ewr', 'jfk', 'lga', 'pdx', 'sea'] })
    expect(report.coverage.map(({ rows, expected }) => [rows, expected])).toEqual([
      [17_434, 17_466],
      [17_437, 17_466],
      [17_416, 17_466],
      [17_445, 17_472],
      [26_159, 26_232],
    ])
    expect(codesOf(report.findings)).not.toContain('dataset/noData')
    const selection = { stations: ['jfk'], from: null, until: '2014-01-01T00:00:00Z' }
    const series = await read((snapshot) => loadSeries(snapshot, { recipe, sites, selection }))
    expect(series.ok && series.value[0]!.steps).toBe(8_730)
  })
  test('glitches are found and kept beside the valid values', () => {
    const glitches = [
      ['quality/step', 'jfk', 'temperature', '2013-05-09T02Z -10.5'],
      ['quality/step', 'jfk', 'dewPoint', '2013-05-09T02Z -11.1'],
      ['quality/step', 'lga', 'dewPoint', '2022-03-17T09Z -15.6'],
      ['quality/range', 'ewr', 'windSpeed', '2013-02-12T08Z 468.7'],
      ['quality/range', 'pdx', 'dewPoint', '2014-10-17T09Z 1806'],
    ] as const
    for (const [code, station, channel, example] of glitches)
      expect(found(code, station, channel)).toMatchObject({ count: 1, examples: [example] })
    const row = demo.rows.find(({ station, time }) => station === 'jfk' && time === '2013-05-09T02:00Z')
    expect(row).toMatchObject({ flags: { temperature: 'step', dewPoint: 'step' } })
    expect(row!.values.slice(0, 2)).toEqual([-10.5, -11.1])
  })
  test.each([
    ['a front at LaGuardia: 32.8 to 20 to 18.9 C', 'lga', '2022-06-01T00:00Z', 0, 20],
    ['dry air that moist air replaced at Seattle: -5.6 to 12 to 12.2 C', 'sea', '2014-07-28T17:00Z', 1, 12],
    ['a thunderstorm at LaGuardia: 33.9 to 24.4 to 30 C', 'lga', '2022-07-21T18:00Z', 0, 24.4],
    ['a warm front at Portland: 1 to 10.6 to 10.8 C', 'pdx', '2022-03-09T20:00Z', 0, 10.6],
  ])('a true fast change is no glitch: %s', (_what, station, time, channel, value) => {
    const row = demo.rows.find((one) => one.station === station && one.time === time)
    expect(row!.values[channel]).toBe(value)
    expect(row!.flags).toEqual({})
  })
  test('the resolution changed from tenths to whole degrees Fahrenheit between 2015 and 2022', () => {
    expect(found('dataset/resolutionChange', 'sea', 'temperature')).toMatchObject({
      examples: ['2014: 0.1', '2015: 0.1', '2022: whole degrees Fahrenheit'],
    })
  })
  test('no clock is off, no station is a copy, and no number stands for nothing', () => {
    const alarms = ['dataset/clockOffset', 'dataset/duplicateStation', 'dataset/sentinelValues']
    expect(codesOf(demo.report.findings).filter((code) => alarms.includes(code))).toEqual([])
  })
  test('a feed that is 98.6 % missing is no data in those channels, while its wind is fine', async () => {
    const { report } = await importFile(SPARSE)
    const noData = report.findings.filter(({ code }) => code === 'dataset/noData')
    expect(new Set(noData.map(({ station }) => station)).size).toBe(7)
    expect(new Set(noData.map(({ channel }) => channel))).toEqual(
      new Set(['temperature', 'dewPoint', 'humidity', 'pressure']),
    )
  })
  test('Jena 2020: a row twice, a gap of 100 minutes, and -9999 where nothing was measured', async () => {
    const { report } = await acceptedIn(workshop, { file: JENA }, jena('time', JENA_CHANNELS))
    expect(report).toMatchObject({ rows: 52_695, stations: ['jena'] })
    const counts = new Map(report.findings.map((one) => [`${one.code} ${one.channel}`, one]))
    expect(counts.get('dataset/duplicateRows null')).toMatchObject({
      count: 1,
      examples: ['2020-05-12T05:00Z'],
    })
    expect(counts.get('dataset/missingIntervals null')).toMatchObject({
      count: 9,
      examples: ['2020-05-29T08:40Z, 9 intervals'],
    })
    expect(counts.get('dataset/sentinelValues maxPar')).toMatchObject({ count: 30 })
    expect(counts.get('dataset/sentinelValues windSpeed')).toMatchObject({ count: 1 })
    expect(counts.get('quality/range maxPar')).toMatchObject({ count: 30 })
  })
  test('eight years at Jena: no clock is off', { timeout: 60_000 }, async () => {
    const { report } = await acceptedIn(
      workshop,
      { file: JENA_YEARS },
      jena('time_local_cet', HOURLY_CHANNELS, 60),
    )
    // The file's minutes wander after gaps: rows exactly between two hours are set aside, not guessed.
    const aside = report.findings.find(({ code }) => code === 'dataset/quarantinedRows')!.count
    expect(report.rows + aside + report.coverage[0]!.duplicates).toBe(70_038)
    expect(report.rows).toBeGreaterThan(35_000)
    expect(codesOf(report.findings)).not.toContain('dataset/clockOffset')
  })
})

const channel = (name: string, column: string, max: number) => ({
  ...recipe.channels[0]!,
  ...{ name, column, unit: name === 'temperature' ? 'C' : '-', min: name === 'temperature' ? -60 : 0, max },
  ...{ stepMax: max, flatlineReadings: null },
})
const HOURLY_CHANNELS = [channel('temperature', 'T_degC', 60)]
const JENA_CHANNELS = [
  ...HOURLY_CHANNELS,
  channel('windSpeed', 'wv_ms', 75),
  channel('maxPar', 'max_PAR_umolm2s', 5_000),
]

const jena = (timeColumn: string, channels: typeof JENA_CHANNELS, cadenceMinutes = 10) => ({
  recipe: { channels, cadenceMinutes },
  sites: [{ id: 'jena', latitude: 50.9, longitude: 11.6 }],
  mapping: { station: 'jena' as never, timeColumn, utcOffset: '+01:00' },
})

/** The real tables with a defect that somebody could have made. */
describe.skipIf(!isThere)('real observations, spoiled', () => {
  const lines = (): string[] => gunzipSync(readFileSync(DEMO)).toString().trimEnd().split('\n')
  const shifted = (line: string, hours: number): string =>
    line.replace(/\d{4}-\d\d-\d\dT\d\d:\d\dZ/, (time) => {
      const moved = new Date(Date.parse(time) + hours * 3_600_000)
      return `${moved.toISOString().slice(0, 16)}Z`
    })
  const clocks = async (change: (line: string) => string) => {
    const { report } = await acceptedIn(workshop, [...lines().map(change), ''].join('\n'))
    return report.findings
      .filter(({ code }) => code === 'dataset/clockOffset')
      .map(({ station, examples }) => `${station} ${examples[0]}`)
  }

  test('summer time that was kept as if it were winter time, in one year', { timeout: 60_000 }, async () => {
    const found = await clocks((line) => (/^SEA,2015-0[4-9]/.test(line) ? shifted(line, 1) : line))
    // April and May are late as well, but May 2015 peaked half an hour later than its neighbours by itself.
    expect(found).toEqual(['sea 2015-06..2015-09: 1 h late against the same months of other years'])
  })
  test('local time sold as UTC', { timeout: 60_000 }, async () => {
    const found = await clocks((line) => (line.startsWith('PDX,2022') ? shifted(line, -8) : line))
    expect(found).toEqual(['pdx 2022-01..2022-11: 8 h early against the sun'])
  })
  test.each([
    ['a copy of another', (line: string) => line],
    ['a copy that lacks a channel', (line: string) => line.replace(/[^,]*(,[^,]*)$/, '$1')],
  ])('a station that is %s', { timeout: 60_000 }, async (_, lessened) => {
    const copied = lines().flatMap((line) =>
      line.startsWith('JFK,2022') ? [line, lessened(line.replace('JFK', 'BWI'))] : [line],
    )
    const { report } = await acceptedIn(workshop, [...copied, ''].join('\n'))
    const found = report.findings.filter(({ code }) => code === 'dataset/duplicateStation')
    expect(found).toMatchObject([
      { station: 'jfk', examples: [expect.stringMatching(/common rows are those of bwi/)] },
    ])
  })
})
