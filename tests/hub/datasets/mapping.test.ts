import { afterAll, describe, expect, test } from 'vitest'
import { patternOf } from '../../../hub/datasets/time-format.ts'
import { findConversion, otherUnits } from '../../../hub/datasets/units.ts'
import { parquetOf } from './formats.ts'
import { acceptedIn, importInto, openWorkshop, recipe, type ImportOptions } from './tables.ts'

const workshop = openWorkshop()
afterAll(workshop.remove)

/** One channel is enough here. */
const small = { ...recipe, channels: [{ ...recipe.channels[0]!, flatlineReadings: null }] }
const times = async (mapping: ImportOptions['mapping'], ...written: string[]) => {
  const text = `when,temp_c\n${written.map((time) => `${time},5\n`).join('')}`
  const options = { recipe: small, mapping: { station: 'ewr' as never, timeColumn: 'when', ...mapping } }
  const imported = await importInto(workshop, text, options)
  if (!imported.ok) return imported.error.code
  return (await acceptedIn(workshop, text, options)).rows.map(({ time }) => time)
}

describe('times', () => {
  test.each([
    ['ISO in UTC', {}, '2022-01-01T06:00Z', '2022-01-01T06:00Z'],
    ['ISO with seconds and a zone', {}, '2022-01-01 06:00:00.000+01:00', '2022-01-01T05:00Z'],
    ['a zone without a colon, west', {}, '2022-01-01T06:00-0330', 'between'],
    ['ISO without a zone, said to be CET', { utcOffset: '+01:00' }, '2022-01-01T06:00', '2022-01-01T05:00Z'],
    [
      'a zone in the text over the one that was said',
      { utcOffset: '+01:00' },
      '2022-01-01T06:00Z',
      '2022-01-01T06:00Z',
    ],
    ['seconds since the epoch', { timeFormat: 'epoch-s' }, '1641016800', '2022-01-01T06:00Z'],
    ['milliseconds since the epoch', { timeFormat: 'epoch-ms' }, '1641016800000', '2022-01-01T06:00Z'],
    [
      'a German table',
      { timeFormat: 'dd.mm.yyyy hh:mm', utcOffset: '+01:00' },
      '01.01.2022 06:00',
      '2022-01-01T05:00Z',
    ],
    [
      'an American table',
      { timeFormat: 'mm/dd/yyyy hh:mm:ss', utcOffset: '-05:00' },
      '01/31/2022 06:00:00',
      '2022-01-31T11:00Z',
    ],
  ])('%s', async (_what, mapping, written, read) => {
    const found = await times(mapping, written)
    expect(found).toEqual(read === 'between' ? 'dataset/empty' : [read])
  })
  test.each([
    ['no zone', {}, '2022-01-01T06:00'],
    ['a date alone', {}, '2022-01-01'],
    ['30 February', { timeFormat: 'dd.mm.yyyy hh:mm', utcOffset: '+00:00' }, '30.02.2022 06:00'],
    ['24 o’clock', {}, '2022-01-01T24:00Z'],
    ['a zone and a Z', {}, '2022-01-01T06:00+01:00Z'],
    ['a time of another format', { timeFormat: 'epoch-s' }, '2022-01-01T06:00Z'],
    ['seconds taken for milliseconds', { timeFormat: 'epoch-s' }, '1641016800000'],
    ['the word epoch', {}, 'epoch'],
    ['a pattern without a zone', { timeFormat: 'dd.mm.yyyy hh:mm' }, '01.01.2022 06:00'],
  ])('%s is refused', async (_what, mapping, written) => {
    expect(await times(mapping, written)).toBe('dataset/badTime')
  })
  test('a pattern that leaves the day open is no pattern', () => {
    expect(patternOf('yyyy-mm hh:mm')).toMatchObject({ ok: false })
    expect(patternOf('dd.mm.yyyy hh:mm%')).toMatchObject({ ok: false })
    expect(patternOf('yyyy-mm-ddThh:mm:ss')).toEqual({ ok: true, value: '%Y-%m-%dT%H:%M:%S' })
  })
})

describe('columns and units', () => {
  const importSmall = (text: string, mapping: ImportOptions['mapping']) =>
    importInto(workshop, text, { recipe: small, mapping: mapping ?? {} })

  test('Fahrenheit becomes Celsius and the digest of the same readings in Celsius', async () => {
    const celsius = await importSmall(
      'station,time_utc,temp_c\nEWR,2022-01-01T00:00Z,20\nEWR,2022-01-01T01:00Z,25\n',
      {},
    )
    const fahrenheit = await importSmall(
      'station,time_utc,temp_f\nEWR,2022-01-01T00:00Z,68\nEWR,2022-01-01T01:00Z,77\n',
      {
        columns: { temperature: 'temp_f' },
        units: { temperature: 'F' },
      },
    )
    expect(celsius.ok && fahrenheit.ok && fahrenheit.value.digest === celsius.value.digest).toBe(true)
  })
  test('a number that stands for nothing is read as missing when the import says so, before it is converted', async () => {
    const mapping = { units: { temperature: 'F' }, missing: [-9999] }
    const text = 'station,time_utc,temp_c\nEWR,2022-01-01T00:00Z,68\nEWR,2022-01-01T01:00Z,-9999\n'
    const { rows, report } = await acceptedIn(workshop, text, { recipe: small, mapping })
    expect(rows.map(({ values }) => values[0])).toEqual([20, null])
    expect(report.findings.map(({ code }) => code)).not.toContain('dataset/sentinelValues')
  })
  test('and named where it does not', async () => {
    const text = 'station,time_utc,temp_c\nEWR,2022-01-01T00:00Z,20\nEWR,2022-01-01T01:00Z,-9999\n'
    const { rows, report } = await acceptedIn(workshop, text, { recipe: small })
    expect(rows[1]).toMatchObject({ flags: { temperature: 'range' } })
    expect(report.findings.find(({ code }) => code === 'dataset/sentinelValues')).toMatchObject({
      count: 1,
      examples: [expect.stringContaining('--missing -9999')],
    })
  })
  test('a semicolon between the fields', async () => {
    const text = 'station;time_utc;temp_c\nEWR;2022-01-01T00:00Z;20.5\n'
    const { rows } = await acceptedIn(workshop, text, { recipe: small, mapping: { delimiter: ';' } })
    expect(rows[0]!.values).toEqual([20.5])
  })
  test.each([
    ['a channel nobody knows', { columns: { pollen: 'p' } }, /no channel pollen/],
    ['a unit of another kind', { units: { temperature: 'hPa' } }, /cannot be converted to C; known are K, F/],
    ['a pattern that is none', { timeFormat: 'tomorrow', utcOffset: '+00:00' }, /no time format/],
  ])('%s is refused', async (_what, mapping, says) => {
    const refused = await importSmall('station,time_utc,temp_c\nEWR,2022-01-01T00:00Z,20\n', mapping)
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'dataset/badMapping', message: expect.stringMatching(says) },
    })
  })
  test('names and texts of a table never become SQL', async () => {
    const evil = `a"); DROP TABLE staged; --'`
    const quoted = `"${evil.replaceAll('"', '""')}"`
    const text = `station,time_utc,${quoted}\nEWR,2022-01-01T00:00Z,20\n`
    const { rows } = await acceptedIn(workshop, text, {
      recipe: small,
      mapping: { columns: { temperature: evil } },
    })
    expect(rows[0]!.values).toEqual([20])
    const stranger = await importSmall(
      `station,time_utc,temp_c\n"e'); DROP TABLE staged; --",2022-01-01T00:00Z,20\n`,
      {},
    )
    expect(stranger).toMatchObject({ ok: false, error: { code: 'dataset/unknownStation' } })
  })
  test('of another kind are not converted', () => {
    expect(otherUnits('C').map(({ from }) => from.symbol)).toEqual(['K', 'F', 'dC'])
    expect(findConversion('F', 'hPa')).toBeNull()
  })
})

describe('the types of a Parquet file', () => {
  const imported = async (select: string, mapping: ImportOptions['mapping'] = {}) =>
    importInto(workshop, await parquetOf(workshop, select), { recipe: small, mapping: mapping ?? {} })
  const NAIVE = `SELECT 'ewr' AS station, TIMESTAMP '2022-01-01 06:00:00' AS time_utc, 5::INTEGER AS temp_c`

  test('a time without a zone needs one', async () => {
    expect(await imported(NAIVE)).toMatchObject({
      ok: false,
      error: { code: 'dataset/badTime', at: 'row 0, column time_utc' },
    })
    expect(await imported(NAIVE, { utcOffset: '+01:00' })).toMatchObject({
      ok: true,
      value: { report: { from: Date.UTC(2022, 0, 1, 5) } },
    })
  })
  test.each(['TIMESTAMP_NS', 'TIMESTAMP_S', 'TIMESTAMP_MS'])(
    '%s is read to the millisecond',
    async (type) => {
      const select = NAIVE.replace("TIMESTAMP '2022-01-01 06:00:00'", `'2022-01-01 06:00:00'::${type}`)
      expect(await imported(select, { utcOffset: '+00:00' })).toMatchObject({
        ok: true,
        value: { report: { from: Date.UTC(2022, 0, 1, 6) } },
      })
    },
  )
  test('a channel needs numbers', async () => {
    expect(await imported(NAIVE.replace('5::INTEGER', '[5]'), { utcOffset: '+00:00' })).toMatchObject({
      ok: false,
      error: { code: 'dataset/badType', at: 'row 0, column temp_c' },
    })
  })
  test('a whole number as a time needs a format', async () => {
    const select = NAIVE.replace("TIMESTAMP '2022-01-01 06:00:00'", '1641016800::BIGINT')
    expect(await imported(select)).toMatchObject({ ok: false, error: { code: 'dataset/badTime' } })
    expect(await imported(select, { timeFormat: 'epoch-s' })).toMatchObject({
      ok: true,
      value: { report: { from: Date.UTC(2022, 0, 1, 6) } },
    })
  })
})
