import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { HEADER, hourText, importInto, openWorkshop, packed, row, table } from './tables.ts'

const workshop = openWorkshop()
afterAll(workshop.remove)

const fahrenheit = (hour: number): string => row('EWR', hour, 70 + (hour % 9))

const refused: readonly {
  what: string
  content: string | Uint8Array
  code: string
  says: RegExp
  at?: string
}[] = [
  {
    what: 'a missing column, naming what is there and what is needed',
    content: `station,time_utc,temperature,dewp_c,rh_pct,wind_ms,slp_hpa\n${row('EWR', 0)}\n`,
    code: 'dataset/missingColumn',
    says: /lacks temp_c.*it has station, time_utc, temperature.*needed are station, time_utc, temp_c/,
    at: 'row 0, column temp_c',
  },
  {
    what: 'a word where a number belongs',
    content: table(row('EWR', 0), row('EWR', 1, 'warm')),
    code: 'dataset/badNumber',
    says: /"warm"/,
    at: 'row 2, column temp_c',
  },
  {
    what: 'a decimal comma',
    content: table(row('EWR', 0, '"3,5"')),
    code: 'dataset/badNumber',
    says: /decimal point/,
    at: 'row 1, column temp_c',
  },
  {
    what: 'infinity',
    content: table(row('EWR', 0, 'Infinity')),
    code: 'dataset/badNumber',
    says: /no number/,
    at: 'row 1, column temp_c',
  },
  {
    what: 'a time without a zone',
    content: table(row('EWR', 0).replace(hourText(0), '2022-01-01 00:00')),
    code: 'dataset/badTime',
    says: /with a zone.*--utc-offset/,
    at: 'row 1, column time_utc',
  },
  {
    what: '30 February',
    content: table(row('EWR', 0).replace(hourText(0), '2022-02-30T00:00Z')),
    code: 'dataset/badTime',
    says: /no time/,
    at: 'row 1, column time_utc',
  },
  {
    what: 'a station that nobody knows',
    content: table(row('EWR', 0), row('XYZ', 0)),
    code: 'dataset/unknownStation',
    says: /"XYZ".*ewr/,
    at: 'row 2, column station',
  },
  {
    what: 'degrees Fahrenheit, by name',
    content: table(...Array.from({ length: 50 }, (_, hour) => fahrenheit(hour))),
    code: 'dataset/unitsOutOfRange',
    says: /look like degrees Fahrenheit: say --unit temperature=F/,
    at: 'row 0, column temp_c',
  },
  {
    what: 'kelvin, by name',
    content: table(...Array.from({ length: 50 }, (_, hour) => row('EWR', hour, 280 + (hour % 9)))),
    code: 'dataset/unitsOutOfRange',
    says: /look like kelvin/,
  },
  { what: 'an empty upload', content: '', code: 'dataset/empty', says: /send a header row/ },
  { what: 'a header alone', content: `${HEADER}\n`, code: 'dataset/empty', says: /no rows/ },
  {
    what: 'rows of different lengths',
    content: `${table(row('EWR', 0))}EWR,2022-01-01T01:00Z,3\n`,
    code: 'dataset/notCsv',
    says: /no regular CSV.*Number of Columns: 7 Found: 3/,
    at: 'row 2',
  },
  {
    what: 'a line without an end',
    content: `${table(row('EWR', 0))}${'9'.repeat(40_000)}`,
    code: 'dataset/notCsv',
    says: /longer than 16384/,
  },
  {
    what: 'a picture',
    content: Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0]),
    code: 'dataset/notCsv',
    says: /no text/,
  },
  {
    what: 'a damaged archive',
    content: packed(table(row('EWR', 0))).map((byte, i) => (i === 20 ? byte ^ 0xff : byte)),
    code: 'dataset/notCsv',
    says: /archive is damaged/,
  },
  {
    what: 'an archive that is cut off',
    content: packed(table(...Array.from({ length: 100 }, (_, hour) => row('EWR', hour)))).subarray(0, 300),
    code: 'dataset/notCsv',
    says: /archive is damaged or cut off/,
  },
]

describe('a table is refused as a whole for', () => {
  test.each(refused)('$what', async ({ content, code, says, at }) => {
    const imported = await importInto(workshop, content)
    expect(imported.ok).toBe(false)
    if (imported.ok) return
    expect(imported.error.code).toBe(code)
    expect(imported.error.message).toMatch(says)
    if (at !== undefined) expect(imported.error.at).toBe(at)
  })
  test('an archive that unpacks to more than the limit, without unpacking it all', async () => {
    const limit = 2 * 1024 * 1024
    const bomb = packed(`${HEADER}\n`.padEnd(64 * 1024 * 1024, `${row('EWR', 0)}\n`))
    expect(bomb.length).toBeLessThan(limit / 4)
    const imported = await importInto(workshop, bomb, { bytesMax: limit })
    expect(imported).toMatchObject({ ok: false, error: { code: 'dataset/tooLarge' } })
  })
  test('and no dataset is left of any of them', () => {
    expect(readdirSync(workshop.folder)).not.toContain('datasets')
  })
})
