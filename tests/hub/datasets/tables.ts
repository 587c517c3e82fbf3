/** Small tables for the import's tests, and the import itself in this process: the real engine on files of a temporary folder. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { openDuckDb, type DuckDb } from '../../../hub/adapters/duckdb.ts'
import { createSnapshotFiles } from '../../../hub/adapters/snapshot-files.ts'
import { prepareTable, TABLE_BYTES_MAX } from '../../../hub/adapters/table-file.ts'
import type { SnapshotBlock } from '../../../hub/datasets/content-digest.ts'
import type { ImportResult } from '../../../hub/datasets/import-codes.ts'
import { importTable, type ImportedDataset, type ImportInput } from '../../../hub/datasets/import-table.ts'
import { FLAGS } from '../../../hub/datasets/judge-channels.ts'
import type { Snapshot, SnapshotFiles } from '../../../hub/datasets/snapshot-files.ts'
import { TableMapping } from '../../../hub/datasets/table-mapping.ts'

/** Below the project's folder, where tests and benchmarks run. */
const RECIPE_FILE = 'hub/recipes/temperature-24h.yaml'

export const recipe = Recipe.parse(parse(readFileSync(RECIPE_FILE, 'utf8')))

export const sites = [
  { id: 'ewr', latitude: 40.69, longitude: -74.17 },
  { id: 'jfk', latitude: 40.64, longitude: -73.78 },
  { id: 'lga', latitude: 40.78, longitude: -73.87 },
  { id: 'pdx', latitude: 45.59, longitude: -122.6 },
  { id: 'sea', latitude: 47.45, longitude: -122.31 },
  { id: 'ord', latitude: 41.98, longitude: -87.9 },
  { id: 'mdw', latitude: 41.79, longitude: -87.75 },
  { id: 'rfd', latitude: 42.2, longitude: -89.1 },
  { id: 'lex', latitude: 38.04, longitude: -84.61 },
  { id: 'dca', latitude: 38.85, longitude: -77.04 },
  { id: 'iad', latitude: 38.94, longitude: -77.46 },
  { id: 'bwi', latitude: 39.18, longitude: -76.67 },
]

export const HEADER = 'station,time_utc,temp_c,dewp_c,rh_pct,wind_ms,slp_hpa'

/** `2022-01-01T00:00Z` plus some hours. */
export const hourText = (hour: number): string =>
  `${new Date(Date.UTC(2022, 0, 1, hour)).toISOString().slice(0, 16)}Z`

/** One plausible row; the temperature moves a little every hour. */
export const row = (
  station: string,
  hour: number,
  temperature: number | string = 5 + Math.sin(hour / 4),
): string =>
  `${station},${hourText(hour)},${typeof temperature === 'number' ? temperature.toFixed(1) : temperature},${(1 + Math.cos(hour / 5)).toFixed(1)},${60 + (hour % 7)},3.${hour % 10},${1010 + (hour % 5)}`

export const table = (...rows: readonly string[]): string => `${[HEADER, ...rows].join('\n')}\n`

export const packed = (text: string): Uint8Array => gzipSync(text)

/** A folder whose content is gone after the test. */
export type Workshop = {
  readonly folder: string
  readonly files: SnapshotFiles
  readonly remove: () => void
}

export function openWorkshop(): Workshop {
  const folder = mkdtempSync(join(tmpdir(), 'fleetcast-import-'))
  return {
    folder,
    files: createSnapshotFiles(join(folder, 'datasets')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export type ImportOptions = Partial<Pick<ImportInput, 'recipe' | 'sites'>> & {
  readonly until?: number
  readonly asOf?: number
  readonly mapping?: Partial<TableMapping>
  readonly threads?: number
  readonly bytesMax?: number
  readonly onProgress?: Parameters<typeof importTable>[2]
}

let jobs = 0

/** Imports a table given as its bytes or by its file, and keeps the snapshot of a good one in the workshop. */
export async function importInto(
  { folder, files }: Workshop,
  content: string | Uint8Array | { readonly file: string },
  options: ImportOptions = {},
): Promise<ImportResult<ImportedDataset>> {
  const path = (name: string): string => join(folder, `${++jobs}-${name}`)
  const upload = typeof content === 'object' && 'file' in content ? content.file : path('upload')
  if (!(typeof content === 'object' && 'file' in content)) writeFileSync(upload, content)
  const prepared = await prepareTable(upload, path('unpacked'), {
    bytesMax: options.bytesMax ?? TABLE_BYTES_MAX,
    onFraction: () => undefined,
  })
  if (!prepared.ok) return prepared
  const out = { snapshot: path('snapshot.parquet'), aside: path('aside.parquet') }
  const engine = await openEngine(folder, [join(prepared.value.file, '..')], options.threads)
  try {
    const imported = await importTable(
      engine,
      {
        table: prepared.value,
        recipe: options.recipe ?? recipe,
        sites: options.sites ?? sites,
        mapping: TableMapping.parse(options.mapping ?? {}),
        until: options.until === undefined ? null : epochMs(options.until),
        asOf: options.asOf === undefined ? null : epochMs(options.asOf),
        out,
      },
      options.onProgress ?? (() => undefined),
    )
    if (imported.ok) await files.adopt(imported.value.digest, out)
    return imported
  } finally {
    engine.close()
  }
}

export const openEngine = (folder: string, others: readonly string[] = [], threads = 2): Promise<DuckDb> =>
  openDuckDb({ file: null, folders: [folder, ...others], memoryMb: 256, threads })

/** A row of a snapshot as a test reads it; `values` are null where missing, with flags other than `ok` beside them. */
export type ReadRow = {
  readonly station: string
  readonly time: string
  readonly values: readonly (number | null)[]
  readonly flags: Readonly<Record<string, string>>
}

export type Accepted = ImportedDataset & {
  readonly rows: readonly ReadRow[]
  readonly read: <T>(work: (snapshot: Snapshot) => Promise<T>) => Promise<T>
}

/** The dataset of a table that must be accepted. */
export async function acceptedIn(
  workshop: Workshop,
  content: Parameters<typeof importInto>[1],
  options: ImportOptions = {},
): Promise<Accepted> {
  const imported = await importInto(workshop, content, options)
  if (!imported.ok) throw new Error(`${imported.error.code}: ${imported.error.message}`)
  const { digest } = imported.value
  return {
    ...imported.value,
    rows: await workshop.files.read(digest, readRows),
    read: (work) => workshop.files.read(digest, work),
  }
}

async function readRows({ metadata, blocks }: Snapshot): Promise<ReadRow[]> {
  const rows: ReadRow[] = []
  const names = metadata.channels.map(({ name }) => name)
  for await (const block of blocks())
    for (let i = 0; i < block.rows; i++) rows.push(readRow(block, i, { names, stations: metadata.stations }))
  return rows
}

function readRow(
  { station, time, measured, flags }: SnapshotBlock,
  row: number,
  { names, stations }: { readonly names: readonly string[]; readonly stations: readonly string[] },
): ReadRow {
  const flagged = names
    .map((name, i) => [name, FLAGS[flags[i]![row]!]!] as const)
    .filter(([, flag]) => flag !== 'ok' && flag !== 'missing')
  return {
    station: stations[station[row]!]!,
    time: `${new Date(time[row]!).toISOString().slice(0, 16)}Z`,
    values: measured.map((column) => (Number.isNaN(column[row]!) ? null : column[row]!)),
    flags: Object.fromEntries(flagged),
  }
}
