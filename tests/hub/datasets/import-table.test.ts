import { afterAll, describe, expect, test } from 'vitest'
import { DatasetReport } from '../../../hub/datasets/dataset-report.ts'
import {
  acceptedIn,
  HEADER,
  hourText,
  importInto,
  openWorkshop,
  packed,
  row,
  table,
  type ImportOptions,
} from './tables.ts'

const workshop = openWorkshop()
afterAll(workshop.remove)
const accepted = (content: string | Uint8Array, options?: ImportOptions) =>
  acceptedIn(workshop, content, options)

const hours = (station: string, from: number, until: number): string[] =>
  Array.from({ length: until - from }, (_, i) => row(station, from + i))

const at = (time: string, temperature: string): string =>
  row('EWR', 0, temperature).replace(hourText(0), time)

const finding = (report: DatasetReport, code: string): DatasetReport['findings'][number] | undefined =>
  report.findings.find((one) => one.code === code)

describe('the name of a dataset', () => {
  const ordered = table(...hours('EWR', 0, 30), ...hours('SEA', 0, 30))
  test('is the same whatever the order of rows, the packing, the line ends and the spelling of numbers', async () => {
    const { digest } = await accepted(ordered)
    const [header, ...rows] = ordered.trimEnd().split('\n')
    const others = [
      packed(ordered),
      `${[header, ...rows.toReversed()].join('\n')}\n`,
      `\u{feff}${ordered.replaceAll('\n', '\r\n')}`,
      ordered.replaceAll(',60,', ',60.0,'),
      ordered.replaceAll('EWR', 'ewr'),
    ]
    for (const other of others) expect((await accepted(other)).digest).toBe(digest)
  })
  test('changes with a single value', async () => {
    const changed = ordered.replace(row('SEA', 7), row('SEA', 7, 9.9))
    expect(changed).not.toBe(ordered)
    expect((await accepted(changed)).digest).not.toBe((await accepted(ordered)).digest)
  })
})

describe('what is found', () => {
  test('a glitch is taken out as a step and kept as an example with its value', async () => {
    const { report, rows } = await accepted(
      table(...hours('JFK', 0, 10), row('JFK', 10, -25.5), ...hours('JFK', 11, 20)),
    )
    expect(finding(report, 'quality/step')).toEqual({
      code: 'quality/step',
      station: 'jfk',
      channel: 'temperature',
      count: 1,
      examples: ['2022-01-01T10Z -25.5'],
    })
    // Kept as it was measured, marked, and no valid value any more.
    expect(rows[10]).toMatchObject({ time: hourText(10), flags: { temperature: 'step' } })
    expect(rows[10]!.values[0]).toBe(-25.5)
    expect(report.coverage[0]!.channels[0]).toEqual({ channel: 'temperature', present: 19, invalid: 1 })
  })
  test('a repeated row counts once; of two that differ content decides, never their order', async () => {
    const rows = [...hours('EWR', 0, 5), row('EWR', 3), row('EWR', 4, 7.7)]
    const one = await accepted(table(...rows))
    const other = await accepted(table(...rows.toReversed()))
    expect(one.report.rows).toBe(5)
    expect(one.report.coverage[0]!.duplicates).toBe(2)
    expect(finding(one.report, 'dataset/duplicateRows')).toMatchObject({
      count: 1,
      examples: ['2022-01-01T03:00Z'],
    })
    expect(finding(one.report, 'dataset/conflictingRows')).toMatchObject({
      count: 1,
      examples: ['2022-01-01T04:00Z'],
    })
    expect(other.digest).toBe(one.digest)
  })
  test('unordered rows are sorted and counted', async () => {
    const { report, rows } = await accepted(table(row('EWR', 2), row('EWR', 0), row('EWR', 1), row('EWR', 3)))
    expect(finding(report, 'dataset/unorderedRows')).toMatchObject({
      count: 2,
      examples: ['2022-01-01T00Z after 2022-01-01T02Z', '2022-01-01T01Z after 2022-01-01T02Z'],
    })
    expect(rows.map(({ time }) => time)).toEqual([0, 1, 2, 3].map(hourText))
  })
  test('gaps are counted by run and by interval; a pause of years is no gap', async () => {
    const later = 24 * 400
    const { report } = await accepted(
      table(...hours('EWR', 0, 5), ...hours('EWR', 8, 10), ...hours('EWR', later, later + 5)),
    )
    expect(report.coverage[0]).toMatchObject({ rows: 12, expected: 15, gaps: 1 })
    expect(finding(report, 'dataset/missingIntervals')).toMatchObject({
      count: 3,
      examples: ['2022-01-01T05Z, 3 intervals'],
    })
    expect(finding(report, 'dataset/separatePeriods')!.count).toBe(1)
    const begin = Date.UTC(2022, 0, 1)
    expect(report.coverage[0]!.periods).toEqual([
      { from: begin, until: begin + 9 * 3_600_000 },
      { from: begin + later * 3_600_000, until: begin + (later + 4) * 3_600_000 },
    ])
  })
  test('times beside the grid move to the nearest hour, the exact one wins, the half hour is left out', async () => {
    const { report, rows } = await accepted(
      table(
        at('2022-01-01T00:00Z', '1.0'),
        at('2022-01-01T00:30Z', '2.0'),
        at('2022-01-01T00:50Z', '3.0'),
        at('2022-01-01T01:00Z', '4.0'),
        at('2022-01-01T01:55:30Z', '5.0'),
      ),
    )
    expect(finding(report, 'dataset/snappedRows')!.count).toBe(2)
    expect(finding(report, 'dataset/quarantinedRows')!.count).toBe(1)
    expect(rows.map(({ values }) => values[0])).toEqual([1, 4, 5])
  })
  test('a channel that is missing at 98 % of the rows is reported as no data', async () => {
    const rows = Array.from({ length: 200 }, (_, hour) => row('ORD', hour, hour < 4 ? 5 : ''))
    const { report } = await accepted(table(...rows))
    expect(finding(report, 'dataset/noData')).toMatchObject({
      station: 'ord',
      channel: 'temperature',
      count: 196,
    })
  })
  test('a change from tenths to whole units is found in the year it happens', async () => {
    const first = Array.from({ length: 600 }, (_, hour) => row('EWR', hour, 5 + (hour % 83) / 10))
    const second = Array.from({ length: 600 }, (_, hour) => row('EWR', 8_760 + hour, 5 + (hour % 9)))
    const { report } = await accepted(table(...first, ...second))
    expect(finding(report, 'dataset/resolutionChange')).toMatchObject({
      channel: 'temperature',
      examples: ['2022: 0.1', '2023: whole units'],
    })
  })
  test('columns that nothing needs are named', async () => {
    const { report } = await accepted(`${HEADER},wind_dir_deg\n${row('EWR', 0)},270\n`)
    expect(finding(report, 'dataset/ignoredColumns')!.examples).toEqual(['wind_dir_deg'])
  })
  test('the report is what the API stores', async () => {
    const { report } = await accepted(table(...hours('EWR', 0, 5)))
    expect(DatasetReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
  })
})

describe('what is left out', () => {
  test('rows at or after the end of the import are not in the dataset', async () => {
    const imported = await importInto(workshop, table(...hours('EWR', 0, 10)), {
      until: Date.UTC(2022, 0, 1, 4),
    })
    expect(imported).toMatchObject({
      ok: true,
      value: { report: { rows: 4, until: Date.UTC(2022, 0, 1, 3) } },
    })
    expect(imported.ok && finding(imported.value.report, 'dataset/rowsLeftOut')!.count).toBe(6)
  })
})

describe('progress', () => {
  test('tells the rows that were judged, up to all of them', async () => {
    const told: number[] = []
    await accepted(table(...hours('EWR', 0, 5_000)), {
      onProgress: ({ stage, rows }) => stage === 'checking' && told.push(rows ?? 0),
    })
    expect(told.length).toBeGreaterThan(1)
    expect(told).toEqual(told.toSorted((a, b) => a - b))
    expect(told.at(-1)).toBe(5_000)
  })
})
