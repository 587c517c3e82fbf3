/** The real importer program as a child process: whatever becomes of it, nothing of it stays and the hub goes on. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRandom } from '@fleetcast/shared/random.ts'
import { createImportProcess } from '../../../hub/adapters/import-process.ts'
import type { ImportProgress } from '../../../hub/datasets/import-table.ts'
import { PLAIN_MAPPING } from '../../../hub/datasets/table-mapping.ts'
import type { TableImporter } from '../../../hub/datasets/table-importer.ts'
import { toParquet } from './formats.ts'
import { acceptedIn, HEADER, openWorkshop, recipe, row, sites, table } from './tables.ts'

const workshop = openWorkshop()
afterAll(workshop.remove)
const folder = join(workshop.folder, 'imports')
const program = fileURLToPath(new URL('../../../hub/dist/importer.js', import.meta.url))
let importer: TableImporter
beforeAll(async () => {
  importer = await createImportProcess({ program, folder })
})

async function* piecesOf(text: string, onPiece: (n: number) => void = () => undefined) {
  for (let at = 0, n = 0; at < text.length; at += 100_000, n++) {
    onPiece(n)
    yield await Promise.resolve(Buffer.from(text.slice(at, at + 100_000)))
  }
}

const upload = (body: AsyncIterable<Uint8Array>) => ({
  ...{ body, recipe, sites, mapping: PLAIN_MAPPING },
  ...{ until: null, asOf: null },
})

type Options = Partial<Parameters<TableImporter['run']>[1]>
const run = (text: string, options: Options = {}, onPiece?: (n: number) => void) =>
  importer.run(upload(piecesOf(text, onPiece)), {
    keep: workshop.files.adopt,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...options,
  })

const GOOD = table(...Array.from({ length: 60_000 }, (_, hour) => row('EWR', hour)))
const datasets = (): string[] =>
  existsSync(join(workshop.folder, 'datasets')) ? readdirSync(join(workshop.folder, 'datasets')) : []

const children = (): number[] =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0 && existsSync(`/proc/${pid}/cmdline`))
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('importer.js'))

describe('an import process', () => {
  test('that is refused says what is wrong and leaves nothing', async () => {
    const outcome = await run(table(row('EWR', 0), row('EWR', 1, 'warm')))
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'dataset/badNumber', at: 'row 2, column temp_c' },
    })
    expect([datasets(), readdirSync(folder)]).toEqual([[], []])
  })
  test('that is killed stores nothing and does not end the hub', { timeout: 60_000 }, async () => {
    const kill = ({ stage }: ImportProgress): void => {
      if (stage !== 'checking' && stage !== 'reading') return
      for (const pid of children()) process.kill(pid, 'SIGKILL')
    }
    const outcome = await run(GOOD, { onProgress: kill })
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'dataset/crashed', message: expect.stringContaining('SIGKILL') },
    })
    expect([datasets(), readdirSync(folder)]).toEqual([[], []])
  })
  test.each(['uploading', 'reading'] as const)(
    'that is cancelled while %s ends',
    { timeout: 60_000 },
    async (when) => {
      const cancel = new AbortController()
      const outcome = await run(GOOD, {
        signal: cancel.signal,
        onProgress: ({ stage }) => {
          if (stage === when || (when === 'reading' && stage === 'checking')) cancel.abort()
        },
      })
      expect(outcome).toMatchObject({ ok: false, error: { code: 'dataset/cancelled' } })
      expect([datasets(), readdirSync(folder), children()]).toEqual([[], [], []])
    },
  )
  test('that checks tells the report and stores nothing', async () => {
    const outcome = await run(table(row('EWR', 0), row('EWR', 1)), { keep: null })
    expect(outcome).toMatchObject({ ok: true, value: { report: { rows: 2 } } })
    expect([datasets(), readdirSync(folder)]).toEqual([[], []])
  })
  test(
    'gives the dataset that an import in this process gives, bytes first and rows then',
    { timeout: 60_000 },
    async () => {
      const told: ImportProgress[] = []
      const outcome = await run(GOOD, { onProgress: (progress) => told.push(progress) })
      expect(outcome.ok && outcome.value.digest).toBe((await acceptedIn(workshop, GOOD)).digest)
      expect(told.findLast(({ stage }) => stage === 'uploading')!.bytes).toBe(GOOD.length)
      expect(told.map(({ stage }) => stage).indexOf('waiting')).toBeGreaterThan(0)
      expect(told.at(-1)!.stage).not.toBe('uploading')
      expect(readdirSync(folder)).toEqual([])
    },
  )
  test('waits for its turn when another is at work', { timeout: 60_000 }, async () => {
    let most = 0
    const watch = (): number => (most = Math.max(most, children().length))
    const text = `${HEADER}\n${row('SEA', 0)}\n`
    const outcomes = await Promise.all([1, 2, 3].map(() => run(text, { keep: null, onProgress: watch })))
    expect(outcomes.every(({ ok }) => ok)).toBe(true)
    expect(most).toBeLessThanOrEqual(1)
  })
  test(
    'of a Parquet file with damaged bytes ends with a code, whatever the engine makes of it',
    { timeout: 120_000 },
    async () => {
      const rows = Array.from({ length: 50 }, (_, i) => ({
        station: 'ewr',
        time: Date.UTC(2022, 0, 1, i),
        values: [i % 9, 1, 60 + (i % 7), 3, 1_010 + (i % 5)],
      }))
      const good = await toParquet(workshop, rows)
      const random = createRandom(11)
      const codes = new Set<string>()
      for (let round = 0; round < 12; round++) {
        const bytes = Buffer.from(good)
        for (let k = 0; k < 4; k++)
          bytes[4 + Math.floor(random.next() * (bytes.length - 12))]! ^= 1 + Math.floor(random.next() * 255)
        const body = (async function* () {
          yield await Promise.resolve(bytes)
        })()
        const outcome = await importer.run(upload(body), {
          ...{ keep: null, onProgress: () => undefined, signal: new AbortController().signal },
        })
        codes.add(outcome.ok ? 'a table after all' : outcome.error.code)
      }
      expect([...codes].filter((code) => !/^(dataset\/[a-zA-Z]+|a table after all)$/.test(code))).toEqual([])
      expect(codes).toContain('dataset/notParquet')
      expect(readdirSync(folder)).toEqual([])
    },
  )
  test('of a hub that starts again finds no leftovers of the one before', async () => {
    const { mkdir } = await import('node:fs/promises')
    await mkdir(join(folder, 'torn'))
    await createImportProcess({ program, folder })
    expect(readdirSync(folder)).toEqual([])
  })
})
