/**
 * The file becomes a typed table in the engine, in the file's order: station index, milliseconds, values in the recipe's units.
 * Anything that cannot be read with certainty refuses the whole file and names the first row.
 */
import { err, ok, refuse } from '@fleetcast/shared/result.ts'
import { EngineError, type ColumnEngine } from '../ports/column-engine.ts'
import { placeIn, type ImportResult } from './import-codes.ts'
import { sqlIsIn, sqlText } from './sql-text.ts'
import type { TableColumns } from './table-columns.ts'
import type { MappedChannel, TableMapping } from './table-mapping.ts'
import { sourceRefusal, type SourceColumn, type TableSource } from './table-source.ts'
import { plausibleTimeSql, timeSql } from './time-format.ts'
import { conversionSql } from './units.ts'

export const TABLE_ROWS_MAX = 100_000_000

export type StageInput = {
  readonly source: TableSource
  readonly columns: TableColumns
  readonly channels: readonly MappedChannel[]
  readonly mapping: TableMapping
  /** Ids in order of their bytes: a row's station is its place here. */
  readonly stations: readonly string[]
}

/** Columns of `staged`: station, ms, arrived (-1 where the table has no such column), v0, v1, ... (NULL: missing). Returns the rows. */
export async function stageTable(
  engine: ColumnEngine,
  input: StageInput,
  onFraction: (fraction: number) => void,
): Promise<ImportResult<number>> {
  const sql = stageSql(input)
  if (!sql.ok) return sql
  try {
    await engine.run(`CREATE TYPE site AS ENUM (${input.stations.map(sqlText).join(', ')})`)
    await engine.run(sql.value, onFraction)
  } catch (cause) {
    if (cause instanceof EngineError && !isOfTheMachine(cause))
      return err(sourceRefusal(input.source.format, cause))
    throw cause
  }
  const [counts] = await engine.query(
    'SELECT count(*) AS n, min(rowid) FILTER (WHERE bad > 0) AS first_bad FROM staged',
  )
  const rows = Number(counts!['n'])
  if (rows > TABLE_ROWS_MAX)
    return refuse(
      'dataset/tooLarge',
      `the table has more than ${TABLE_ROWS_MAX} rows; split it by station or by year`,
    )
  if (counts!['first_bad'] !== null) return refuseRow(engine, input, Number(counts!['first_bad']))
  return rows === 0
    ? refuse('dataset/empty', 'the table has a header but no rows; send rows of readings')
    : ok(rows)
}

/** Memory or disk ran out: no fault of the table, and no refusal. */
const isOfTheMachine = ({ message }: EngineError): boolean =>
  /^Out of Memory Error|No space left on device/.test(message)

/** Codes in `bad`: what is wrong with a row; channels follow in their order. */
const BAD = { station: 1, time: 2, arrived: 3, firstChannel: 4 } as const

function stageSql({ source, columns, channels, mapping }: StageInput): ImportResult<string> {
  const time = timeSql('t', columns.time.type, mapping)
  if (!time.ok) return atColumn(time, columns.time)
  const arrived = columns.arrived === null ? ok('-1') : timeSql('a', columns.arrived.type, mapping)
  if (!arrived.ok) return atColumn(arrived, columns.arrived!)
  const strange = columns.channels.find(({ type }) => type !== 'VARCHAR' && !NUMERIC.test(type))
  if (strange !== undefined)
    return refuse(
      'dataset/badType',
      `${strange.name} holds ${strange.type.slice(0, 60)}; a channel needs numbers`,
      placeIn(0, strange.name),
    )
  const raw = columns.channels.map(({ sql }, i) => `${sql} AS r${i}`)
  const station = columns.station === null ? sqlText(mapping.station!) : `${columns.station.sql}::VARCHAR`
  const read = columns.channels.map(({ type }, i) => `${numberSql(`r${i}`, type)} AS n${i}, r${i}`)
  const clean = channels.map(
    ({ conversion }, i) =>
      `${valueSql(`n${i}`, { conversion, missing: mapping.missing })} AS v${i}, ${isBadSql(i, columns.channels[i]!.type)} AS b${i}`,
  )
  const values = channels.map((_, i) => `v${i}`)
  return ok(`CREATE TABLE staged AS
    SELECT station, ms, arrived, ${values.join(', ')}, ${badSql(channels.length)} AS bad
    FROM (SELECT station, ${plausibleTimeSql('ms')} AS ms, ${columns.arrived === null ? 'arrived' : `${plausibleTimeSql('arrived')} AS arrived`}, ${clean.join(', ')}
    FROM (SELECT enum_code(TRY_CAST(lower(trim(s)) AS site))::UINTEGER AS station, ${time.value} AS ms, ${arrived.value}::BIGINT AS arrived, ${read.join(', ')}
    FROM (SELECT ${station} AS s, ${columns.time.sql} AS t, ${columns.arrived?.sql ?? 'NULL'} AS a, ${raw.join(', ')} FROM ${source.relation})))`)
}

const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/

/** How tables write "nothing was measured". */
const MISSING = ['', 'NA', 'NaN', 'nan', 'null']

/** A 32-bit float stands for the shortest decimal that names it: 3.9 is 3.9 in every format. */
const numberSql = (column: string, type: string): string =>
  `TRY_CAST(${type === 'FLOAT' ? `${column}::VARCHAR` : column} AS DOUBLE)`

function valueSql(
  number: string,
  { conversion, missing }: Pick<MappedChannel, 'conversion'> & Pick<TableMapping, 'missing'>,
): string {
  const sentinels = missing.map((n) => `${n}::DOUBLE`)
  const isSentinel = missing.length === 0 ? '' : ` OR ${sqlIsIn(number, sentinels)}`
  const value = conversion === null ? number : conversionSql(number, conversion)
  return `CASE WHEN isnan(${number})${isSentinel} THEN NULL ELSE ${value} END`
}

/** Text that is neither a finite decimal number nor one of the ways to write a missing value. */
function isBadSql(i: number, type: string): string {
  if (type !== 'VARCHAR') return `coalesce(isinf(n${i}), false)`
  const isOther = `NOT ${sqlIsIn(`trim(r${i})`, MISSING.map(sqlText))}`
  return `CASE WHEN n${i} IS NULL THEN r${i} IS NOT NULL AND ${isOther} WHEN isnan(n${i}) THEN ${isOther}
    WHEN isinf(n${i}) THEN true ELSE contains(r${i}, '_') END`
}

const badSql = (channels: number): string => {
  const whens = Array.from({ length: channels }, (_, i) => `WHEN b${i} THEN ${BAD.firstChannel + i}`)
  return `(CASE WHEN station IS NULL THEN ${BAD.station} WHEN ms IS NULL THEN ${BAD.time} WHEN arrived IS NULL THEN ${BAD.arrived} ${whens.join(' ')} ELSE 0 END)::UTINYINT`
}

const atColumn = (result: ImportResult<string>, { name }: SourceColumn): ImportResult<string> =>
  result.ok ? result : err({ at: placeIn(0, name), ...result.error })

/** Reads the row a second time to say what stands there. */
async function refuseRow(
  engine: ColumnEngine,
  { source, columns, stations }: StageInput,
  index: number,
): Promise<ImportResult<never>> {
  const [found] = await engine.query(`SELECT bad FROM staged WHERE rowid = ${index}`)
  const bad = Number(found!['bad'])
  const column = columnOf(columns, bad)
  const [row] = await engine.query(
    `SELECT ${column?.sql ?? 'NULL'}::VARCHAR AS said FROM ${source.relation} LIMIT 1 OFFSET ${index}`,
  )
  const said = quoted(String(row?.['said'] ?? ''))
  const place = placeIn(index + 1, column?.name ?? 'station')
  if (bad === BAD.station) return refuse('dataset/unknownStation', unknownText(said, stations), place)
  if (bad === BAD.time || bad === BAD.arrived) return refuse('dataset/badTime', badTimeText(said), place)
  return refuse('dataset/badNumber', badNumberText(said), place)
}

function columnOf({ station, time, arrived, channels }: TableColumns, bad: number): SourceColumn | null {
  if (bad === BAD.station) return station
  if (bad === BAD.time) return time
  return bad === BAD.arrived ? arrived : channels[bad - BAD.firstChannel]!
}

const quoted = (text: string): string => `"${text.slice(0, 40)}"`

const unknownText = (station: string, stations: readonly string[]): string =>
  `no site is known as ${station}; known are ${stations.slice(0, 20).join(', ') || 'none'}: add the site with its position first`

const badTimeText = (said: string): string =>
  `${said} is no time; write ISO 8601 with a zone, as in 2013-01-01T06:00Z, or name the format with --time-format and --utc-offset`

const badNumberText = (said: string): string =>
  `${said} is no number; use a decimal point and leave the field empty when nothing was measured`
