/** Tables nobody thought of: the same readings have one name however they come, and what is no table leaves nothing behind. */
import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { packedAs, toCsv, toNdjson, toParquet, type Reading } from './formats.ts'
import { acceptedIn, HEADER, importInto, openWorkshop, row, table } from './tables.ts'

const workshop = openWorkshop()
afterAll(workshop.remove)
const SEED = 20_221_124
const HOUR = 3_600_000

const value = (min: number, max: number) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: min * 10, max: max * 10 }).map((tenths) => tenths / 10) },
    { weight: 1, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant(-0) },
  )

/** Repeats, conflicts, times beside the grid and between two steps are all in it. */
const reading: fc.Arbitrary<Reading> = fc.record({
  station: fc.constantFrom('ewr', 'JFK', 'sea'),
  time: fc
    .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(0, 0, 0, 0, 5, -5, 30))
    .map(([hour, beside]) => Date.UTC(2022, 0, 1) + hour * HOUR + beside * 60_000),
  values: fc.tuple(value(-20, 30), value(-20, 20), value(5, 100), value(0, 20), value(980, 1_030)),
})

const readings = fc.array(reading, { minLength: 1, maxLength: 80 })

describe('the same readings', () => {
  test(
    'have the same digest in every format, order and number of threads',
    { timeout: 240_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(readings, fc.infiniteStream(fc.nat()), async (rows, places) => {
          const first = await importInto(workshop, toCsv(rows), { threads: 1 })
          const mixed = rows
            .map((one) => ({ one, place: places.next().value ?? 0 }))
            .sort((a, b) => a.place - b.place)
            .map(({ one }) => one)
          const others = [
            await importInto(workshop, packedAs(toCsv(mixed)), { threads: 4 }),
            await importInto(workshop, toNdjson(mixed)),
            await importInto(workshop, packedAs(toNdjson(rows))),
            await importInto(workshop, await toParquet(workshop, mixed)),
            await importInto(workshop, await toParquet(workshop, rows, 'FLOAT')),
            await importInto(workshop, await toParquet(workshop, mixed, 'VARCHAR')),
          ]
          for (const other of others) expect(outcomeOf(other)).toEqual(outcomeOf(first))
        }),
        { numRuns: 10, seed: SEED },
      )
    },
  )
  test('have another digest when one value, time, station or unit differs', async () => {
    const one: Reading = { station: 'ewr', time: Date.UTC(2022, 0, 1), values: [1, 2, 60, 3, 1_010] }
    const base = [one, { ...one, time: one.time + HOUR }]
    const digest = async (rows: readonly Reading[]) => (await acceptedIn(workshop, toCsv(rows))).digest
    const different = [
      base,
      [one, { ...base[1]!, values: [1.1, 2, 60, 3, 1_010] }],
      [one, { ...base[1]!, values: [null, 2, 60, 3, 1_010] }],
      [one, { ...base[1]!, time: one.time + 2 * HOUR }],
      [one, { ...base[1]!, station: 'sea' }],
      [one],
    ]
    expect(new Set(await Promise.all(different.map(digest))).size).toBe(different.length)
  })
  test('have the digest that is written down here', async () => {
    const text = table(row('EWR', 0, 1), row('EWR', 1, -99), row('SEA', 0, ''))
    expect((await acceptedIn(workshop, text)).digest).toBe(
      '94302fcb7dafb7e8ed396ef4930d0a36506a102bf39f1d98264386ea7ce373d6',
    )
  })
})

/** What must not depend on the way the table came. */
const outcomeOf = (imported: Awaited<ReturnType<typeof importInto>>) =>
  imported.ok
    ? {
        digest: imported.value.digest,
        rows: imported.value.report.rows,
        coverage: imported.value.report.coverage,
        findings: imported.value.report.findings.filter(({ code }) => code !== 'dataset/unorderedRows'),
      }
    : imported.error.code

const bytes = fc.uint8Array({ minLength: 0, maxLength: 400 })
const magic = (head: string) => bytes.map((tail) => Buffer.concat([Buffer.from(head, 'latin1'), tail]))
const nonsense = fc.oneof(
  bytes,
  magic('PAR1'),
  magic('\u001f\u008b'),
  magic('{'),
  magic('{"station":"ewr","time_utc":"2022-01-01T00:00Z","temp_c":'),
  magic(`${HEADER}\n`),
  fc.tuple(fc.nat(300), bytes).map(([at, tail]) => {
    const good = Buffer.from(table(row('EWR', 0), row('EWR', 1), row('EWR', 2)))
    return Buffer.concat([good.subarray(0, at), tail, good.subarray(at)])
  }),
)

describe('bytes that are no table', () => {
  test(
    'are refused with a code and a sentence, or were a table after all',
    { timeout: 240_000 },
    async () => {
      const before = readdirSync(workshop.folder).includes('datasets')
        ? readdirSync(`${workshop.folder}/datasets`).length
        : 0
      let accepted = 0
      await fc.assert(
        fc.asyncProperty(nonsense, async (content) => {
          const imported = await importInto(workshop, content)
          if (imported.ok) accepted++
          else {
            expect(imported.error.code).toMatch(/^dataset\/[a-zA-Z]+$/)
            expect(imported.error.message).toMatch(/\w+ \w+/)
            expect(imported.error.message.length).toBeLessThan(1_500)
            expect(imported.error.message).not.toContain(workshop.folder)
          }
        }),
        { numRuns: 120, seed: SEED },
      )
      const after = readdirSync(`${workshop.folder}/datasets`).length
      expect(after).toBeLessThanOrEqual(before + 2 * accepted)
    },
  )
  test.each([
    ['a word', (text: string) => text.replace(/,5\.0/, ',warm'), 'dataset/badNumber', 'row 4, column temp_c'],
    [
      'a bad time',
      (text: string) => text.replace('03:00Z', '03:00'),
      'dataset/badTime',
      'row 4, column time_utc',
    ],
    [
      'a stranger',
      (text: string) => text.replace(/EWR(?=,2022-01-01T03)/, 'MOON'),
      'dataset/unknownStation',
      'row 4, column station',
    ],
  ])('among good rows, %s names its row', async (_what, spoil, code, at) => {
    const rows = Array.from({ length: 9 }, (_, hour) => row('EWR', hour, hour === 3 ? 5 : 4))
    expect(await importInto(workshop, spoil(table(...rows)))).toMatchObject({
      ok: false,
      error: { code, at },
    })
  })
})
