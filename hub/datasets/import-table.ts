/** History becomes a dataset: file -> typed table -> order and quality control -> findings -> Parquet snapshot and report. */
import type { DatasetDigest } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { minutes, type DurationMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type { ColumnEngine } from '../ports/column-engine.ts'
import { checkUnits } from './check-units.ts'
import { cleanTable, type CleanTable } from './clean-table.ts'
import { SNAPSHOT_SCHEMA, type SnapshotHeader } from './content-digest.ts'
import { countUnordered } from './count-unordered.ts'
import { WHOLE_TABLE, type DatasetFinding, type DatasetReport } from './dataset-report.ts'
import type { ImportResult } from './import-codes.ts'
import { coverageOf, stationFindings } from './import-findings.ts'
import { sampledSql } from './sample-rows.ts'
import { clockFindings, duplicateStationFindings, resolutionFindings } from './series-findings.ts'
import { writeAsideSql, writeSnapshotSql, type SnapshotMetadata } from './snapshot-table.ts'
import { stageTable } from './stage-table.ts'
import { findColumns } from './table-columns.ts'
import { mapChannels, type MappedChannel, type TableMapping } from './table-mapping.ts'
import { openSource, type TableFile } from './table-source.ts'

export type ImportSite = { readonly id: string; readonly latitude: number; readonly longitude: number }

export type ImportInput = {
  readonly table: TableFile
  readonly recipe: Pick<Recipe, 'channels' | 'cadenceMinutes'>
  /** Ids are the table's stations in lower case. */
  readonly sites: readonly ImportSite[]
  readonly mapping: TableMapping
  /** Rows at or after this event time are left out: the future that a replay will bring. */
  readonly until: EpochMs | null
  /** Rows that arrived after this time are left out: what was known then. Needs the mapping's arrivedColumn. */
  readonly asOf: EpochMs | null
  /** Where the snapshot goes, or null to check the table and store nothing. */
  readonly out: { readonly snapshot: string; readonly aside: string } | null
}

/** `fraction` of the stage, 0 where it is unknown; bytes of the upload so far, rows judged so far. */
export type ImportProgress = {
  readonly stage: 'uploading' | 'waiting' | 'unpacking' | 'reading' | 'checking' | 'writing'
  readonly fraction: number
  readonly bytes?: number
  readonly rows?: number
}

export type ImportedDataset = { readonly digest: DatasetDigest; readonly report: DatasetReport }

/** Needs an empty engine of its own. A refusal names row and column; the files of a refused import are the caller's to remove. */
export async function importTable(
  engine: ColumnEngine,
  input: ImportInput,
  onProgress: (progress: ImportProgress) => void,
): Promise<ImportResult<ImportedDataset>> {
  const { recipe, mapping } = input
  const channels = mapChannels(recipe, mapping)
  if (!channels.ok) return channels
  if (input.asOf !== null && mapping.arrivedColumn === null)
    return refuse(
      'dataset/badMapping',
      'name the column of the arrival time: --arrived-column',
      'arrivedColumn',
    )
  if (input.sites.length === 0)
    return refuse(
      'dataset/unknownStation',
      'no site is known yet; add the table’s stations with their positions first',
    )
  const source = await openSource(engine, input.table, mapping)
  if (!source.ok) return source
  const columns = findColumns(source.value, channels.value, mapping)
  if (!columns.ok) return columns
  const stations = input.sites.map(({ id }) => id).sort()
  const staged = await stageTable(
    engine,
    { source: source.value, columns: columns.value, channels: channels.value, mapping, stations },
    (fraction) => onProgress({ stage: 'reading', fraction }),
  )
  if (!staged.ok) return staged
  const context = { input, channels: channels.value, stations, rows: staged.value }
  return cleanAndReport(engine, { ...context, ignored: columns.value.ignored }, onProgress)
}

type Staged = {
  readonly input: ImportInput
  readonly channels: readonly MappedChannel[]
  readonly stations: readonly string[]
  readonly rows: number
  readonly ignored: readonly string[]
}

async function cleanAndReport(
  engine: ColumnEngine,
  staged: Staged,
  onProgress: (progress: ImportProgress) => void,
): Promise<ImportResult<ImportedDataset>> {
  const { input, channels, stations } = staged
  const units = await checkUnits(engine, channels)
  if (!units.ok) return units
  const leftOut = await countLeftOut(engine, input)
  if (leftOut === staged.rows) return refuse('dataset/empty', allLeftOut(leftOut))
  const cadenceMs = minutes(input.recipe.cadenceMinutes)
  const header: SnapshotHeader = { cadenceMs, channels: channels.map(({ name, unit }) => ({ name, unit })) }
  const onRows = (rows: number): void => onProgress({ stage: 'checking', fraction: rows / staged.rows, rows })
  const unordered = await countUnordered(engine, stations)
  const cleaned = await cleanTable(engine, {
    ...{ channels, header, stations, onRows },
    ...{ where: keptSql(input), rows: staged.rows - leftOut },
  })
  if (!cleaned.ok) return cleaned
  const { digest } = cleaned.value
  if (cleaned.value.stations.every(({ rows }) => rows === 0))
    return refuse('dataset/empty', nothingOnAxis(input.recipe.cadenceMinutes))
  const findings = [
    ...tableFindings(staged.ignored, leftOut),
    ...units.value,
    ...(await seriesFindings(engine, staged, cadenceMs)),
  ]
  const report = {
    ...reportOf(cleaned.value, [...findings, ...unordered], { channels, cadenceMs }),
    asOf: input.asOf,
  }
  const metadata: SnapshotMetadata = {
    schema: SNAPSHOT_SCHEMA,
    digest,
    ...header,
    stations: report.stations,
    rows: report.rows,
  }
  await writeFiles(engine, { input, metadata, stations }, onProgress)
  return ok({ digest, report })
}

/** Rows that take part. */
const keptSql = ({ until, asOf }: Pick<ImportInput, 'until' | 'asOf'>): string =>
  `ms < ${until ?? 'infinity'} AND arrived <= ${asOf ?? 'infinity'}`.replaceAll('infinity', String(8.64e15))

async function countLeftOut(engine: ColumnEngine, input: ImportInput): Promise<number> {
  const [row] = await engine.query(`SELECT count(*) AS n FROM staged WHERE NOT (${keptSql(input)})`)
  return Number(row!['n'])
}

const allLeftOut = (rows: number): string =>
  `all ${rows} rows lie at or after the time the import ends, or arrived after it; choose a later one`

const nothingOnAxis = (cadenceMinutes: number): string =>
  `every row lies exactly between two steps of ${cadenceMinutes} minutes; correct the times or the recipe's cadenceMinutes`

async function seriesFindings(
  engine: ColumnEngine,
  { channels, stations, input }: Staged,
  cadenceMs: DurationMs,
): Promise<readonly DatasetFinding[]> {
  const sampled = await sampledSql(engine, cadenceMs)
  const context = { channels, stations, cadenceMs, sampled, sites: input.sites }
  return [
    ...(await clockFindings(engine, context)),

    ...(await duplicateStationFindings(engine, context)),
    ...(await resolutionFindings(engine, context)),
  ]
}

function reportOf(
  { stations }: CleanTable,
  findings: readonly DatasetFinding[],
  axis: { readonly channels: readonly MappedChannel[]; readonly cadenceMs: DurationMs },
): Omit<DatasetReport, 'asOf'> {
  const filled = stations.filter(({ rows }) => rows > 0)
  const firsts = filled.map(({ gaps }) => gaps.periods[0]!.from)
  const lasts = filled.map(({ gaps }) => gaps.periods.at(-1)!.until)
  return {
    rows: stations.reduce((sum, { rows }) => sum + rows, 0),
    stations: filled.map(({ station }) => station),
    from: Math.min(...firsts) * axis.cadenceMs,
    until: Math.max(...lasts) * axis.cadenceMs,
    coverage: stations.map((station) => coverageOf(station, axis)),
    findings: [...findings, ...stations.flatMap((station) => stationFindings(station, axis))],
  }
}

function tableFindings(ignored: readonly string[], leftOut: number): readonly DatasetFinding[] {
  const whole = { station: WHOLE_TABLE, channel: null }
  const findings = [
    { code: 'dataset/ignoredColumns', ...whole, count: ignored.length, examples: ignored.slice(0, 20) },
    {
      ...{ code: 'dataset/rowsLeftOut', ...whole, count: leftOut },
      examples: ['rows at or after the time the import ends, or that arrived after it'],
    },
  ]
  return findings.filter(({ count }) => count > 0)
}

type Files = {
  readonly input: ImportInput
  readonly metadata: SnapshotMetadata
  /** All of the engine's stations; the snapshot knows only those with rows. */
  readonly stations: readonly string[]
}

async function writeFiles(
  engine: ColumnEngine,
  { input, metadata, stations }: Files,
  onProgress: (progress: ImportProgress) => void,
): Promise<void> {
  if (input.out === null) return
  const tell = (fraction: number): void => onProgress({ stage: 'writing', fraction, rows: metadata.rows })
  await engine.run(writeSnapshotSql(input.out.snapshot, { metadata, stations }), tell)
  await engine.run(writeAsideSql(input.out.aside, { metadata, stations }))
}
