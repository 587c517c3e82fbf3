/**
 * A snapshot on disk: Parquet (zstd) that pandas and DuckDB read as it is.
 *
 * Columns: `station` text · `time` timestamp in UTC · one double a channel, NULL where nothing valid was measured · then for each channel
 * `<name>_qc` (ok, missing, range, step, flatline) and `<name>_raw`, the value that quality control refused, NULL elsewhere.
 * Rows are in order of station and time. The file's key-value metadata `fleetcast` hold the header, the stations and the digest.
 * Rows that are not in the dataset (between two steps, superseded, in conflict, repeated) lie beside it in a second file.
 */
import * as z from 'zod'
import { DatasetDigest } from '@fleetcast/shared/ids.ts'
import { ASIDE_REASONS } from './clean-rows.ts'
import { SNAPSHOT_SCHEMA } from './content-digest.ts'
import { FLAGS } from './judge-channels.ts'
import { sqlList, sqlName, sqlText } from './sql-text.ts'

export const SnapshotMetadata = z.strictObject({
  schema: z.literal(SNAPSHOT_SCHEMA),
  digest: DatasetDigest,
  cadenceMs: z.int().positive(),
  channels: z
    .array(z.strictObject({ name: z.string(), unit: z.string() }))
    .min(1)
    .max(32)
    .readonly(),
  /** In order: a station's place here is its place in every block. */
  stations: z.array(z.string()).readonly(),
  rows: z.int().min(1),
})
export type SnapshotMetadata = z.infer<typeof SnapshotMetadata>

const PARQUET = 'FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880'

const stationSql = (stations: readonly string[]): string =>
  `${sqlList(stations.map(sqlText))}[station::INTEGER + 1]`

const timeSql = 'make_timestamptz((ms * 1000)::BIGINT)'

/** The name at the place that the code says; the first ones are the frequent ones. */
const flagSql = (code: string, names: readonly string[]): string =>
  `CASE ${names.map((name, i) => `WHEN ${code} = ${i} THEN ${sqlText(name)}`).join(' ')} END`

/** What `clean` and `set_aside` mean: their station numbers are places in `stations`. */
export type SnapshotContent = { readonly metadata: SnapshotMetadata; readonly stations: readonly string[] }

/** Writes `clean` in its order. */
export function writeSnapshotSql(file: string, { metadata, stations }: SnapshotContent): string {
  const channels = metadata.channels.map(({ name }, i) => ({ name, m: `m${i}`, f: `f${i}` }))
  const [okCode, missingCode] = [FLAGS.indexOf('ok'), FLAGS.indexOf('missing')]
  const columns = [
    `${stationSql(stations)} AS station`,
    `${timeSql} AS time`,
    ...channels.map(({ name, m, f }) => `CASE WHEN ${f} = ${okCode} THEN ${m} END AS ${sqlName(name)}`),
    ...channels.flatMap(({ name, m, f }) => [
      `${flagSql(f, FLAGS)} AS ${sqlName(`${name}_qc`)}`,
      `CASE WHEN ${f} NOT IN (${okCode}, ${missingCode}) THEN ${m} END AS ${sqlName(`${name}_raw`)}`,
    ]),
  ]
  const notes = `KV_METADATA {fleetcast: ${sqlText(JSON.stringify(metadata))}}`
  return `COPY (SELECT ${columns.join(', ')} FROM clean) TO ${sqlText(file)} (${PARQUET}, ${notes})`
}

/** Writes `set_aside` in order of station and time. */
export function writeAsideSql(file: string, { metadata, stations }: SnapshotContent): string {
  const values = metadata.channels.map(
    ({ name }, i) => `CASE WHEN NOT isnan(v${i}) THEN v${i} END AS ${sqlName(name)}`,
  )
  const columns = [
    `${stationSql(stations)} AS station`,
    `${timeSql} AS time`,
    'CASE WHEN arrived >= 0 THEN make_timestamptz((arrived * 1000)::BIGINT) END AS arrived',
    `${flagSql('reason', ASIDE_REASONS)} AS reason`,
    ...values,
  ]
  return `COPY (SELECT ${columns.join(', ')} FROM set_aside ORDER BY ALL) TO ${sqlText(file)} (${PARQUET})`
}

/** The metadata as text; no row when the file is no snapshot. */
export const readMetadataSql = (file: string): string =>
  `SELECT decode(value) AS value FROM parquet_kv_metadata(${sqlText(file)}) WHERE decode(key) = 'fleetcast'`

/** Every row in the file's order: station's place, ms, measured values (NULL: missing), then flag codes. */
export function readSnapshotSql(file: string, { channels, stations }: SnapshotMetadata): string {
  const names = channels.map(({ name }) => name)
  const columns = [
    `list_position(${sqlList(stations.map(sqlText))}, station)::DOUBLE - 1`,
    'epoch_ms(time)::DOUBLE',
    ...names.map((name) => `coalesce(${sqlName(name)}, ${sqlName(`${name}_raw`)})`),
    ...names.map(
      (name) => `list_position(${sqlList(FLAGS.map(sqlText))}, ${sqlName(`${name}_qc`)})::DOUBLE - 1`,
    ),
  ]
  return `SELECT ${columns.join(', ')} FROM read_parquet(${sqlText(file)})`
}
