/** The public airport tables: in FLEETCAST_DATA, or in `../shared/data` beside the project. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { loadSeries } from '../../../hub/datasets/load-series.ts'
import { acceptedIn, openWorkshop, recipe, sites } from './tables.ts'

const folder =
  process.env['FLEETCAST_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const DEMO = join(folder, 'us_airports_demo_2013_14_15_22.csv.gz')
const SPARSE = join(folder, 'us_airports_sparse_98pct_missing.csv.gz')

const workshop = openWorkshop()
afterAll(workshop.remove)
const importFile = (file: string) => acceptedIn(workshop, { file })

const isThere = existsSync(DEMO) && existsSync(SPARSE)
if (!isThere)
  console.warn(
    `SKIPPED: the airport tables are not in ${folder}; set FLEETCAST_DATA to the folder that holds them`,
  )

describe.skipIf(!isThere)('real observations', () => {
  test('ten years of five airports: every known defect is found, and the series hold what the table holds', async () => {
    const { report, read } = await importFile(DEMO)
    expect(report).toMatchObject({ rows: 95_891, stations: ['ewr', 'jfk', 'lga', 'pdx', 'sea'] })
    expect(report.coverage.map(({ rows, expected }) => [rows, expected])).toEqual([
      [17_434, 17_466],
      [17_437, 17_466],
      [17_416, 17_466],
      [17_445, 17_472],
      [26_159, 26_232],
    ])
    const found = (code: string, station: string, channel: string) =>
      report.findings.find((one) => one.code === code && one.station === station && one.channel === channel)
    expect(found('quality/step', 'jfk', 'temperature')).toMatchObject({
      count: 1,
      examples: ['2013-05-09T02Z -10.5'],
    })
    expect(found('quality/range', 'ewr', 'windSpeed')).toMatchObject({ examples: ['2013-02-12T08Z 468.7'] })
    expect(found('dataset/resolutionChange', 'sea', 'temperature')).toMatchObject({
      examples: ['2014: 0.1', '2015: 0.1', '2022: whole degrees Fahrenheit'],
    })
    expect(report.findings.some(({ code }) => code === 'dataset/noData')).toBe(false)
    const selection = { stations: ['jfk'], from: null, until: '2014-01-01T00:00:00Z' }
    const series = await read((snapshot) => loadSeries(snapshot, { recipe, sites, selection }))
    expect(series.ok && series.value[0]!.steps).toBe(8_730)
  })
  test('a feed that is 98.6 % missing is no data in those channels, while its wind is fine', async () => {
    const { report } = await importFile(SPARSE)
    const noData = report.findings.filter(({ code }) => code === 'dataset/noData')
    expect(new Set(noData.map(({ station }) => station)).size).toBe(7)
    expect(new Set(noData.map(({ channel }) => channel))).toEqual(
      new Set(['temperature', 'dewPoint', 'humidity', 'pressure']),
    )
  })
})
