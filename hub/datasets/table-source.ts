/** A file on disk as a relation the engine can read, with its columns; every kind of file looks the same from here on. */
import { parse as parseCsv } from 'csv-parse/sync'
import { err, ok, refuse, type Refusal } from '@fleetcast/shared/result.ts'
import { EngineError, type ColumnEngine } from '../ports/column-engine.ts'
import type { ImportCode, ImportResult } from './import-codes.ts'
import { sqlName, sqlText } from './sql-text.ts'
import type { TableMapping } from './table-mapping.ts'

export type TableFormat = 'csv' | 'ndjson' | 'parquet'

/** An unpacked file and its first bytes as text. */
export type TableFile = {
  readonly file: string
  readonly format: TableFormat
  readonly head: string
}

export type SourceColumn = { readonly name: string; readonly sql: string; readonly type: string }

export type TableSource = {
  readonly format: TableFormat
  /** Goes behind FROM; rows come in the file's order. */
  readonly relation: string
  readonly columns: readonly SourceColumn[]
}

export const LINE_CHARACTERS_MAX = 16_384
const COLUMNS_MAX = 2_000
/** Objects whose keys are looked at for the names of columns. */
const SAMPLE_LINES = 500

export async function openSource(
  engine: ColumnEngine,
  table: TableFile,
  mapping: TableMapping,
): Promise<ImportResult<TableSource>> {
  if (table.format === 'csv') return csvSource(table, mapping)
  if (table.format === 'ndjson') return jsonSource(table)
  return parquetSource(engine, table)
}

function csvSource({ file, head }: TableFile, { delimiter }: TableMapping): ImportResult<TableSource> {
  if (head.includes('\0')) return refuse('dataset/notCsv', NOT_TEXT)
  const header = readHeader(head, delimiter)
  if (!header.ok) return header
  if (header.value.length > COLUMNS_MAX)
    return refuse(
      'dataset/notCsv',
      `the header has more than ${COLUMNS_MAX} columns; this is no table of readings`,
    )
  // By place: a header may repeat a name, and only a repeated name that is needed matters.
  const columns = header.value.map((name, i) => ({ name, sql: `c${i}`, type: 'VARCHAR' }))
  const types = columns.map(({ sql }) => `'${sql}': 'VARCHAR'`).join(', ')
  const relation = `read_csv(${sqlText(file)}, header = true, auto_detect = false, delim = ${sqlText(delimiter)}, quote = '"', escape = '"', strict_mode = true, max_line_size = ${LINE_CHARACTERS_MAX}, columns = {${types}})`
  return ok({ format: 'csv', relation, columns })
}

const NOT_TEXT =
  'the bytes are no text; send CSV or NDJSON in UTF-8, packed with gzip or not, or a Parquet file'

function readHeader(head: string, delimiter: string): ImportResult<readonly string[]> {
  if (head.replace(/^\u{feff}/u, '').trim() === '')
    return refuse('dataset/empty', 'the table is empty; send a header row and rows of readings')
  try {
    const options = { bom: true, to: 1, trim: true, skip_empty_lines: true, delimiter }
    const [header] = parseCsv(head, { ...options, max_record_size: LINE_CHARACTERS_MAX }) as string[][]
    return ok(header ?? [])
  } catch (cause) {
    return err(csvRefusal(cause instanceof Error ? cause.message : String(cause), 0))
  }
}

function jsonSource({ file, head }: TableFile): ImportResult<TableSource> {
  const names = new Set<string>()
  for (const [row, line] of head.split('\n').slice(0, SAMPLE_LINES).entries()) {
    const keys = keysOf(line)
    if (keys === null && row === 0)
      return refuse('dataset/notJson', 'the first line is no JSON object; write one object a line', 'row 1')
    for (const key of keys ?? []) if (names.size < COLUMNS_MAX) names.add(key)
  }
  const columns = [...names].map((name) => ({ name, sql: sqlName(name), type: 'VARCHAR' }))
  const types = columns.map(({ name }) => `${sqlText(name)}: 'VARCHAR'`).join(', ')
  const relation = `read_json(${sqlText(file)}, format = 'newline_delimited', maximum_object_size = ${LINE_CHARACTERS_MAX}, columns = {${types}})`
  return ok({ format: 'ndjson', relation, columns })
}

/** Null for what is no object; the last line of the head may be cut off. */
function keysOf(line: string): readonly string[] | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : null
  } catch (cause) {
    if (cause instanceof SyntaxError) return null
    throw cause
  }
}

async function parquetSource(engine: ColumnEngine, { file }: TableFile): Promise<ImportResult<TableSource>> {
  const relation = `read_parquet(${sqlText(file)})`
  try {
    const rows = await engine.query(`DESCRIBE SELECT * FROM ${relation}`)
    const columns = rows.map((row) => ({
      name: String(row['column_name']),
      sql: sqlName(String(row['column_name'])),
      type: String(row['column_type']),
    }))
    return ok({ format: 'parquet', relation, columns })
  } catch (cause) {
    if (cause instanceof EngineError) return err(sourceRefusal('parquet', cause))
    throw cause
  }
}

/** What the engine says of bytes it cannot read, with the row where it says one. */
export function sourceRefusal(format: TableFormat, error: EngineError): Refusal<ImportCode> {
  const message = withoutPaths(error.message)
  const line = Number(/(?:on Line: |in line )(\d+)/.exec(message)?.[1] ?? 0)
  if (format === 'csv') return csvRefusal(message, Math.max(0, line - 1))
  const place = line === 0 ? {} : { at: `row ${line}` }
  const said = message.split('\n')[0]!.slice(0, 200)
  return format === 'ndjson'
    ? {
        code: 'dataset/notJson',
        message: `the text is no NDJSON (${said}); write one flat object a line`,
        ...place,
      }
    : {
        code: 'dataset/notParquet',
        message: `the file is damaged or no Parquet (${said}); write it again`,
      }
}

/** Where the hub keeps an upload is nobody's business. */
const withoutPaths = (message: string): string => message.replace(/(?:(?:in )?file )?(["'])\/.*?\1,? ?/g, '')

function csvRefusal(message: string, row: number): Refusal<ImportCode> {
  const place = row === 0 ? {} : { at: `row ${row}` }
  if (/maximum line size|Max Record Size|max_line_size/i.test(message))
    return {
      code: 'dataset/notCsv',
      message: `a line is longer than ${LINE_CHARACTERS_MAX} characters; this is no table of readings, or its line ends are missing`,
      ...place,
    }
  const said = message
    .split('\n')
    .filter((line) => /expected number of columns|unicode|quote|unterminated/i.test(line))
    .join(' ')
    .slice(0, 200)
  return {
    code: 'dataset/notCsv',
    message: `the text is no regular CSV (${said === '' ? message.split('\n')[0]!.slice(0, 200) : said}); use UTF-8, one header row and the same fields in every row`,
    ...place,
  }
}
