/** Imports against DuckDB alone: the same file, threads and memory, in one run. Then one gigabyte through the import process. */
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parse } from 'yaml'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { assert } from '@fleetcast/shared/assert.ts'
import { openDuckDb, type DuckDb } from '@fleetcast/hub/adapters/duckdb.ts'
import { createImportProcess } from '@fleetcast/hub/adapters/import-process.ts'
import { createSnapshotFiles } from '@fleetcast/hub/adapters/snapshot-files.ts'
import { prepareTable } from '@fleetcast/hub/adapters/table-file.ts'
import { ContentDigest, type SnapshotBlock } from '@fleetcast/hub/datasets/content-digest.ts'
import { importTable } from '@fleetcast/hub/datasets/import-table.ts'
import { readSnapshotSql } from '@fleetcast/hub/datasets/snapshot-table.ts'
import { PLAIN_MAPPING } from '@fleetcast/hub/datasets/table-mapping.ts'
import type { DatasetDigest } from '@fleetcast/shared/ids.ts'
import type { BenchRow } from './bench-row.ts'
import { GENERATED_SITES, writeGeneratedTable } from './generated-table.ts'
import { peakRssOfChild } from './peak-rss.ts'

const SMALL_BYTES = 100 * 1024 ** 2
const LARGE_BYTES = 1024 ** 3
const ENGINE = { memoryMb: 400, threads: 2 }
const IMPORTER = 'hub/dist/importer.js'

type Print = (row: BenchRow) => void

export async function benchImport(print: Print): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetcast-bench-'))
  try {
    const csv = join(folder, 'small.csv')
    const rows = await writeGeneratedTable(csv, SMALL_BYTES)
    const parquet = join(folder, 'small.parquet')
    await withEngine(folder, (engine) =>
      engine.run(`COPY (SELECT * FROM ${csvSql(csv)}) TO '${parquet}' (FORMAT parquet)`),
    )
    const conditions = conditionsOf(`${rows} rows, 5 channels`)
    const digest = await compareFormat(folder, { name: 'csv', file: csv, rows, conditions }, print)
    await compareFormat(folder, { name: 'parquet', file: parquet, rows, conditions }, print)
    await compareDigest(folder, { digest, rows, conditions }, print)
    await importLarge(folder, print)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const conditionsOf = (what: string): string =>
  `${what}; ${ENGINE.threads} threads, ${ENGINE.memoryMb} MB for the engine; Node ${process.versions.node} ${process.arch}`

async function withEngine<T>(folder: string, work: (engine: DuckDb) => Promise<T>): Promise<T> {
  const file = join(folder, 'work.duckdb')
  const engine = await openDuckDb({ file, folders: [folder], ...ENGINE })
  try {
    return await work(engine)
  } finally {
    engine.close()
    await rm(file, { force: true })
    await rm(`${file}.wal`, { force: true })
  }
}

type Cost = { readonly cpuS: number; readonly wallS: number }

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [cpu, at] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(cpu)
  return { cpuS: (user + system) / 1e6, wallS: (performance.now() - at) / 1e3 }
}

const csvSql = (file: string): string => `read_csv('${file}', header = true, all_varchar = true)`

/** What an engine alone does with such a file: read it, type it, sort it, write it. */
const aloneSql = (relation: string, out: string): string =>
  `COPY (SELECT station, left(time_utc, -1)::TIMESTAMP AS time, temp_c::DOUBLE AS temperature, dewp_c::DOUBLE AS dewPoint,
    rh_pct::DOUBLE AS humidity, wind_ms::DOUBLE AS windSpeed, slp_hpa::DOUBLE AS pressure
   FROM ${relation} ORDER BY station, time) TO '${out}' (FORMAT parquet, COMPRESSION zstd)`

type Table = {
  readonly name: string
  readonly file: string
  readonly rows: number
  readonly conditions: string
}

async function compareFormat(
  folder: string,
  { name, file, rows, conditions }: Table,
  print: Print,
): Promise<DatasetDigest> {
  const relation = name === 'csv' ? csvSql(file) : `read_parquet('${file}')`
  const alone = await costOf(() =>
    withEngine(folder, (engine) => engine.run(aloneSql(relation, join(folder, 'alone.parquet')))),
  )
  const made: { digest: DatasetDigest | null } = { digest: null }
  const ours = await costOf(async () => {
    made.digest = await withEngine(folder, (engine) => importHere(engine, folder, file))
  })
  const row = { bench: 'import', conditions }
  print({
    ...row,
    metric: `rowsPerS.${name}`,
    value: Math.round(rows / ours.wallS),
    unit: '1/s',
    against: 'none',
  })
  print({
    ...{ ...row, metric: `cpuRatio.${name}`, value: round(ours.cpuS / alone.cpuS), unit: 'ratio' },
    against: 'DuckDB alone reading, typing, sorting and writing Parquet, same run',
  })
  assert(made.digest !== null, 'an import gives a digest')
  return made.digest
}

async function minuteRecipe(): Promise<Pick<Recipe, 'channels' | 'cadenceMinutes'>> {
  const recipe = Recipe.parse(parse(await readFile('hub/recipes/temperature-24h.yaml', 'utf8')))
  return { channels: recipe.channels, cadenceMinutes: 1 }
}

async function importHere(engine: DuckDb, folder: string, file: string): Promise<DatasetDigest> {
  const table = await prepareTable(file, join(folder, 'unpacked'), {
    bytesMax: LARGE_BYTES * 2,
    onFraction: () => undefined,
  })
  assert(table.ok, 'the generated table can be read')
  const out = { snapshot: join(folder, 'snapshot.parquet'), aside: join(folder, 'aside.parquet') }
  const imported = await importTable(
    engine,
    {
      ...{ table: table.value, recipe: await minuteRecipe(), sites: GENERATED_SITES, mapping: PLAIN_MAPPING },
      ...{ until: null, asOf: null, out },
    },
    () => undefined,
  )
  assert(imported.ok, 'the generated table can be imported')
  await createSnapshotFiles(join(folder, 'datasets')).adopt(imported.value.digest, out)
  return imported.value.digest
}

/** The digest alone, and reading a snapshot with its digest against DuckDB streaming the same columns; both read once before. */
async function compareDigest(
  folder: string,
  {
    digest,
    rows,
    conditions,
  }: { readonly digest: DatasetDigest; readonly rows: number; readonly conditions: string },
  print: Print,
): Promise<void> {
  const datasets = join(folder, 'datasets')
  await createSnapshotFiles(datasets).read(digest, async ({ metadata, blocks }) => {
    const engine = await openDuckDb({ file: null, folders: [datasets], memoryMb: 256, threads: 1 })
    const sql = readSnapshotSql(join(datasets, `${digest}.parquet`), metadata)
    const verified: SnapshotBlock[] = await collect(blocks())
    await collect(engine.stream(sql))
    const read = await costOf(() => drain(blocks()))
    const alone = await costOf(() => drain(engine.stream(sql)))
    engine.close()
    const content = new ContentDigest(metadata, metadata.stations)
    const hashed = await costOf(async () => {
      for (const block of verified) content.add(block)
      assert(content.finish() === digest, 'the digest is that of the content')
    })
    const row = { bench: 'import', conditions }
    const perMillion = round((hashed.cpuS / rows) * 1e6)
    print({ ...row, metric: 'digestCpuSPerMillionRows', value: perMillion, unit: 's', against: 'none' })
    print({
      ...{ ...row, metric: 'cpuRatio.verifiedRead', value: round(read.cpuS / alone.cpuS), unit: 'ratio' },
      against: 'DuckDB alone streaming the same columns, same run',
    })
  })
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) assert(item !== null, 'a stream ends instead of giving nothing')
}

/** A gigabyte as an upload: memory of the child, and the delay of the loop of the process that received it. */
async function importLarge(folder: string, print: Print): Promise<void> {
  const file = join(folder, 'large.csv')
  const rows = await writeGeneratedTable(file, LARGE_BYTES)
  const { size } = await stat(file)
  const importer = await createImportProcess({ program: IMPORTER, folder: join(folder, 'imports') })
  const recipe = await minuteRecipe()
  const idleMs = await idleLoopP99Ms()
  const delay = monitorEventLoopDelay({ resolution: 5 })
  const peak = peakRssOfChild('importer.js')
  delay.enable()
  const at = performance.now()
  const outcome = await importer.run(
    {
      ...{ body: createReadStream(file), recipe, sites: GENERATED_SITES, mapping: PLAIN_MAPPING },
      ...{ until: null, asOf: null },
    },
    {
      keep: createSnapshotFiles(join(folder, 'datasets')).adopt,
      onProgress: () => undefined,
      signal: new AbortController().signal,
    },
  )
  delay.disable()
  assert(outcome.ok && outcome.value.report.rows === rows, 'every row of the large table is imported')
  const conditions = conditionsOf(
    `${rows} rows, ${(size / 1024 ** 3).toFixed(2)} GiB of CSV, streamed in and imported by a child`,
  )
  const row = { bench: 'import', conditions, against: 'absolute' }
  print({ ...row, metric: 'peakRssMb.gigabyte', value: peak.stop(), unit: 'MB' })
  const busyMs = delay.percentile(99) / 1e6
  print({ ...row, metric: 'hubLoopP99Ms.gigabyte', value: round(busyMs), unit: 'ms' })
  print({
    ...{ ...row, metric: 'hubLoopP99Ratio.gigabyte', value: round(busyMs / idleMs), unit: 'ratio' },
    against: `the same loop with nothing to do for ${IDLE_MS / 1_000} s before (${round(idleMs)} ms), same run`,
  })
  print({
    ...row,
    metric: 'rowsPerS.gigabyte',
    value: Math.round((rows * 1e3) / (performance.now() - at)),
    unit: '1/s',
  })
}

const IDLE_MS = 20_000

/** What the machine's other work alone does to a loop. */
async function idleLoopP99Ms(): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
  delay.disable()
  return delay.percentile(99) / 1e6
}

const round = (value: number): number => Math.round(value * 100) / 100
