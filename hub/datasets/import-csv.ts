/** History becomes a dataset: bytes -> records -> rows by station -> order -> quality control -> snapshot and report. */
import type { DatasetDigest } from '@fleetcast/shared/ids.ts'
import type { Recipe, SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { minutes, type DurationMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import { breathe } from './breathe.ts'
import { checkQuality, type ChannelQuality } from './check-quality.ts'
import { checkUnits } from './check-units.ts'
import {
  WHOLE_TABLE,
  type DatasetFinding,
  type DatasetReport,
  type StationCoverage,
} from './dataset-report.ts'
import { findGaps } from './find-gaps.ts'
import type { ImportResult } from './import-codes.ts'
import { stationFindings, type StationImport } from './import-findings.ts'
import { orderRows } from './order-rows.ts'
import { readTable, type Table } from './read-table.ts'
import type { RowStore } from './row-store.ts'
import { writeSnapshot } from './snapshot.ts'
import { readRecords } from './table-bytes.ts'

export type ImportInput = {
  readonly recipe: Pick<Recipe, 'channels' | 'cadenceMinutes'>
  /** Ids are the table's stations in lower case. */
  readonly sites: readonly { readonly id: string }[]
  /** Rows at or after this event time are left out: the future that a replay will bring. */
  readonly until: EpochMs | null
  readonly progress?: ImportProgress
}

/** Called at most four times a second with the bytes read so far. */
export type ImportProgress = {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly onBytes: (bytesRead: number) => void
}

export type ImportedDataset = {
  readonly digest: DatasetDigest
  readonly bytes: Uint8Array
  readonly report: DatasetReport
}

/** Reads CSV or gzip CSV to its end; a refusal names row and column and leaves nothing behind. */
export async function importCsv(
  bytes: AsyncIterable<Uint8Array>,
  input: ImportInput,
): Promise<ImportResult<ImportedDataset>> {
  const { recipe, sites, until } = input
  const counted = input.progress === undefined ? bytes : reportBytes(bytes, input.progress)
  const table = await readTable(readRecords(counted), {
    recipe,
    until,
    sites: new Set(sites.map(({ id }) => id)),
  })
  if (!table.ok) return table
  const units = await checkUnits(table.value.rowsByStation.values(), recipe.channels)
  if (!units.ok) return units
  const cadenceMs = minutes(recipe.cadenceMinutes)
  const stations: StationImport[] = []
  for (const [station, rows] of [...table.value.rowsByStation].sort(([a], [b]) => (a < b ? -1 : 1)))
    stations.push(await importStation(station, rows, { channels: recipe.channels, cadenceMs }))
  if (stations.every(({ ordered }) => ordered.steps.length === 0))
    return refuse('dataset/empty', nothingOnAxis(recipe.cadenceMinutes))
  const report = await reportOf(table.value, stations, { channels: recipe.channels, cadenceMs })
  const snapshot = await writeSnapshot({
    channels: recipe.channels.map(({ name }) => name),
    cadenceMs,
    stations,
  })
  return ok({ ...snapshot, report })
}

const nothingOnAxis = (cadenceMinutes: number): string =>
  `every row lies exactly between two steps of ${cadenceMinutes} minutes; correct the times or the recipe's cadenceMinutes`

const PROGRESS_EVERY_MS = 250

async function* reportBytes(
  bytes: AsyncIterable<Uint8Array>,
  { clock, onBytes }: ImportProgress,
): AsyncGenerator<Uint8Array> {
  let bytesRead = 0
  let reportedAt = clock.monotonic()
  for await (const part of bytes) {
    yield part
    bytesRead += part.length
    if (clock.monotonic() - reportedAt < PROGRESS_EVERY_MS) continue
    reportedAt = clock.monotonic()
    onBytes(bytesRead)
  }
}

type Axis = { readonly channels: readonly SensorChannel[]; readonly cadenceMs: DurationMs }

async function importStation(
  station: string,
  rows: RowStore,
  { channels, cadenceMs }: Axis,
): Promise<StationImport> {
  const { ordered, counts } = await orderRows(rows, cadenceMs)
  const qualities = await checkQuality(ordered, channels, cadenceMs)
  return { station, ordered, counts, qualities, gaps: findGaps(ordered.steps, cadenceMs) }
}

async function reportOf(
  table: Table,
  stations: readonly StationImport[],
  axis: Axis,
): Promise<DatasetReport> {
  const findings = [...tableFindings(table)]
  for (const station of stations) {
    findings.push(...stationFindings(station, axis))
    await breathe()
  }
  const filled = stations.filter(({ ordered }) => ordered.steps.length > 0)
  return {
    rows: stations.reduce((sum, { ordered }) => sum + ordered.steps.length, 0),
    stations: filled.map(({ station }) => station),
    from: Math.min(...filled.map(({ ordered }) => ordered.steps[0]!)) * axis.cadenceMs,
    until: Math.max(...filled.map(({ ordered }) => ordered.steps.at(-1)!)) * axis.cadenceMs,
    coverage: stations.map((station) => coverageOf(station, axis.channels)),
    findings,
  }
}

const coverageOf = (
  { station, ordered, counts, gaps, qualities }: StationImport,
  channels: readonly SensorChannel[],
): StationCoverage => ({
  station,
  rows: ordered.steps.length,
  expected: gaps.expected,
  gaps: gaps.gaps.length,
  duplicates: counts.duplicates.count + counts.conflicts.count,
  channels: channels.map(({ name }, i) => ({
    channel: name,
    present: qualities[i]!.present,
    invalid: invalidCount(qualities[i]!),
  })),
})

const invalidCount = ({ invalid }: ChannelQuality): number =>
  invalid.range.count + invalid.step.count + invalid.flatline.count

function tableFindings({ ignoredColumns, rowsLeftOut }: Table): readonly DatasetFinding[] {
  const whole = { station: WHOLE_TABLE, channel: null }
  const findings = [
    {
      code: 'dataset/ignoredColumns',
      ...whole,
      count: ignoredColumns.length,
      examples: ignoredColumns.slice(0, 20),
    },
    {
      code: 'dataset/rowsLeftOut',
      ...whole,
      count: rowsLeftOut,
      examples: ['rows at or after the time the import ends'],
    },
  ]
  return findings.filter(({ count }) => count > 0)
}
