/** DuckDB behind the column engine's port: no network, no extension from outside, no file beyond the folders it is given. */
import { DOUBLE, DuckDBDataChunk, DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { assert } from '@fleetcast/shared/assert.ts'
import { sqlList, sqlText } from '../datasets/sql-text.ts'
import {
  EngineError,
  type ColumnAppender,
  type ColumnEngine,
  type NumericColumns,
  type SqlValue,
} from '../ports/column-engine.ts'

export type DuckDbOptions = {
  /** Database file, or null for one that lives in memory and spills into the first folder. */
  readonly file: string | null
  /** The only folders whose files may be read or written; the first one holds what does not fit into memory. */
  readonly folders: readonly [string, ...string[]]
  /** Buffers of the engine; the process needs about 150 MB beside them. */
  readonly memoryMb: number
  readonly threads: number
}

export type DuckDb = ColumnEngine & { readonly close: () => void }

const PROGRESS_EVERY_MS = 250

export async function openDuckDb({ file, folders, memoryMb, threads }: DuckDbOptions): Promise<DuckDb> {
  const instance = await DuckDBInstance.create(file ?? ':memory:', {
    threads: String(threads),
    memory_limit: `${memoryMb}MB`,
    temp_directory: folders[0],
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  await connection.run(
    `SET allowed_directories = ${sqlList(folders.map(sqlText))}; SET enable_external_access = false; SET lock_configuration = true`,
  )
  // The database of a job is thrown away with its folder: nothing in it has to be made whole at the end.
  if (file !== null) await connection.run('PRAGMA disable_checkpoint_on_shutdown')
  return {
    run: (sql, onFraction) => refusing(() => runWatched(connection, sql, onFraction)),
    query: (sql) =>
      refusing(async () => {
        const result = await connection.runAndReadAll(sql)
        return result.getRowObjectsJS().map(toRow)
      }),
    stream: (sql) => streamDoubles(connection, sql),
    // A statement of the same connection would end a stream in the middle, without an error: rows are written by another one.
    appender: async (table, columns) => createAppender(await instance.connect(), table, columns),
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new EngineError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

async function runWatched(
  connection: DuckDBConnection,
  sql: string,
  onFraction: ((fraction: number) => void) | undefined,
): Promise<void> {
  const timer = setInterval(() => {
    const { percentage } = connection.progress
    if (percentage > 0) onFraction?.(Math.min(1, percentage / 100))
  }, PROGRESS_EVERY_MS)
  try {
    await connection.run(sql)
  } finally {
    clearInterval(timer)
  }
}

const toRow = (row: Record<string, unknown>): Record<string, SqlValue> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toValue(value)]))

function toValue(value: unknown): SqlValue {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as SqlValue
  if (typeof value === 'bigint') return Number(value)
  assert(Array.isArray(value), 'small results hold text, numbers, booleans and lists of them')
  return value.map(toValue)
}

async function* streamDoubles(connection: DuckDBConnection, sql: string): AsyncGenerator<NumericColumns> {
  const result = await refusing(() => connection.stream(sql))
  const isDouble = result.columnTypes().every(({ typeId }) => typeId === DOUBLE.typeId)
  assert(isDouble, 'a stream has columns of doubles')
  for (;;) {
    const chunk = await refusing(() => result.fetchChunk())
    if (chunk === null || chunk.rowCount === 0) return
    const columns = Array.from({ length: chunk.columnCount }, (_, i) => copyColumn(chunk, i))
    yield { rows: chunk.rowCount, columns }
  }
}

type DoubleVector = {
  readonly items: Float64Array
  readonly validity: { readonly itemValid: (index: number) => boolean; readonly data?: unknown }
  readonly flush: () => void
}

/** The engine's memory is only lent: the values are copied before the next chunk is fetched. */
function copyColumn(chunk: DuckDBDataChunk, index: number): Float64Array {
  const vector = chunk.getColumnVector(index) as unknown as DoubleVector
  const values = Float64Array.from(vector.items)
  if (vector.validity.data === null) return values
  for (let row = 0; row < values.length; row++) if (!vector.validity.itemValid(row)) values[row] = Number.NaN
  return values
}

/** Rows of one of the engine's chunks. */
const CHUNK_ROWS = 2_048

async function createAppender(
  connection: DuckDBConnection,
  table: string,
  width: number,
): Promise<ColumnAppender> {
  // One transaction: without it every hundred thousand rows go through the log as well.
  await connection.run('BEGIN TRANSACTION')
  const appender = await connection.createAppender(table)
  const types = Array.from({ length: width }, () => DOUBLE)
  const appendSlice = (columns: readonly Float64Array[], from: number, rows: number): void => {
    const chunk = DuckDBDataChunk.create(types, rows)
    columns.forEach((column, i) => {
      const vector = chunk.getColumnVector(i) as unknown as DoubleVector
      vector.items.set(column.subarray(from, from + rows))
      vector.flush()
    })
    appender.appendDataChunk(chunk)
  }
  return {
    append: (columns, rows) => {
      assert(columns.length === width, 'an appended row has every column')
      for (let from = 0; from < rows; from += CHUNK_ROWS)
        appendSlice(columns, from, Math.min(CHUNK_ROWS, rows - from))
    },
    close: async () => {
      appender.closeSync()
      await connection.run('COMMIT')
      connection.closeSync()
    },
  }
}
