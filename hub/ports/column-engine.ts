/**
 * A columnar SQL engine with tables larger than memory. Numbers travel as columns of doubles, NaN where SQL says NULL,
 * so that nothing is boxed row by row.
 */
export type NumericColumns = {
  readonly rows: number
  /** In the order of the select list; each `rows` long and the receiver's own. */
  readonly columns: readonly Float64Array[]
}

export type SqlValue = string | number | boolean | null | readonly SqlValue[]

export type ColumnAppender = {
  /** Appends the first `rows` values of each column to the table; NaN is stored as NaN. */
  readonly append: (columns: readonly Float64Array[], rows: number) => void
  /** Only now the rows are in the table. */
  readonly close: () => Promise<void>
}

export type ColumnEngine = {
  /** Runs statements; `onFraction` (0..1) is told now and then how far the last one is. */
  readonly run: (sql: string, onFraction?: (fraction: number) => void) => Promise<void>
  /** A small result as rows by column name. 64-bit integers come as numbers: keep them below 2^53. */
  readonly query: (sql: string) => Promise<readonly Readonly<Record<string, SqlValue>>[]>
  /** A result of any length, in order, a few thousand rows at a time. Every column must be DOUBLE. */
  readonly stream: (sql: string) => AsyncIterable<NumericColumns>
  /** Rows for a table whose columns are all DOUBLE. */
  readonly appender: (table: string, columns: number) => Promise<ColumnAppender>
}

/** The engine's own refusal of bytes or of a statement; every other failure is a fault. */
export class EngineError extends Error {}
