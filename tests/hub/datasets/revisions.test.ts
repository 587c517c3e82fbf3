/** Two times: when a reading was made, and when it became known. */
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { acceptedIn, importInto, openWorkshop, recipe } from './tables.ts'

const workshop = openWorkshop()
afterAll(workshop.remove)
const small = { ...recipe, channels: [{ ...recipe.channels[0]!, flatlineReadings: null, stepMax: 100 }] }
const hour = (n: number): number => Date.UTC(2022, 0, 1, n)
const text = (time: number): string => new Date(time).toISOString()

type Revision = { readonly at: number; readonly arrived: number; readonly value: number }

const tableOf = (rows: readonly Revision[]): string =>
  `station,time_utc,received,temp_c\n${rows
    .map(({ at, arrived, value }) => `EWR,${text(hour(at))},${text(hour(arrived))},${value}\n`)
    .join('')}`

const asOf = (rows: readonly Revision[], arrived?: number) =>
  acceptedIn(workshop, tableOf(rows), {
    recipe: small,
    mapping: { arrivedColumn: 'received' },
    ...(arrived === undefined ? {} : { asOf: hour(arrived) }),
  })

const HISTORY: readonly Revision[] = [
  { at: 0, arrived: 1, value: 10 },
  { at: 1, arrived: 2, value: 11 },
  // The first reading is corrected a day later, and once more.
  { at: 0, arrived: 24, value: 12 },
  { at: 0, arrived: 48, value: 13 },
  // Late, and never corrected.
  { at: 2, arrived: 30, value: 14 },
]

describe('a dataset as of a time', () => {
  test.each([
    [1, [10]],
    [2, [10, 11]],
    [23, [10, 11]],
    [24, [12, 11]],
    [30, [12, 11, 14]],
    [47, [12, 11, 14]],
    [48, [13, 11, 14]],
    [1_000, [13, 11, 14]],
  ])('knows at hour %i what had arrived by then', async (arrived, values) => {
    const { rows } = await asOf(HISTORY, arrived)
    expect(rows.map((row) => row.values[0])).toEqual(values)
  })
  test('without a time takes the latest of everything, and counts what it left behind', async () => {
    const { rows, report } = await asOf(HISTORY)
    expect(rows.map((row) => row.values[0])).toEqual([13, 11, 14])
    expect(report.findings.find(({ code }) => code === 'dataset/revisedRows')).toMatchObject({ count: 2 })
    expect(report.findings.map(({ code }) => code)).not.toContain('dataset/conflictingRows')
  })
  test('has the same name as a table that never held the later rows', async () => {
    const early = HISTORY.filter(({ arrived }) => arrived <= 24)
    expect((await asOf(HISTORY, 24)).digest).toBe((await asOf(early)).digest)
  })
  test('before anything arrived is refused', async () => {
    const refused = await importInto(workshop, tableOf(HISTORY), {
      recipe: small,
      mapping: { arrivedColumn: 'received' },
      asOf: hour(0),
    })
    expect(refused).toMatchObject({ ok: false, error: { code: 'dataset/empty' } })
  })
  test('without a column of arrival is refused', async () => {
    const refused = await importInto(workshop, tableOf(HISTORY), { recipe: small, asOf: hour(0) })
    expect(refused).toMatchObject({ ok: false, error: { code: 'dataset/badMapping', at: 'arrivedColumn' } })
  })
  test('agrees with picking by hand, for any history', { timeout: 120_000 }, async () => {
    const revision = fc.record({
      at: fc.integer({ min: 0, max: 6 }),
      arrived: fc.integer({ min: 0, max: 12 }),
      value: fc.integer({ min: -20, max: 30 }),
    })
    const history = fc.uniqueArray(revision, {
      minLength: 1,
      maxLength: 30,
      selector: ({ at, arrived }) => `${at} ${arrived}`,
    })
    await fc.assert(
      fc.asyncProperty(history, fc.integer({ min: 0, max: 13 }), async (rows, arrived) => {
        const known = rows.filter((row) => row.arrived <= arrived)
        const latest = new Map<number, Revision>()
        for (const row of known)
          if (row.arrived >= (latest.get(row.at)?.arrived ?? -1)) latest.set(row.at, row)
        if (known.length === 0) return
        const dataset = await asOf(rows, arrived)
        expect(dataset.rows.map((row) => [Date.parse(row.time), row.values[0]])).toEqual(
          [...latest.values()].sort((a, b) => a.at - b.at).map(({ at, value }) => [hour(at), value]),
        )
      }),
      { numRuns: 25, seed: 4 },
    )
  })
})
