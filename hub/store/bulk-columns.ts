/** How a table's rows become driver values, read from the table itself. */
import { getTableColumns, getTableName, type Table } from 'drizzle-orm'
import type { OnConflict, TableName } from './store.ts'

export type BulkColumn = {
  readonly key: string
  readonly quotedName: string
  readonly sqlType: string
  readonly valueOf: (row: Readonly<Record<string, unknown>>) => unknown
}

/** Columns that any of the rows names, in insert order; row numbers and what no row names are left to the database. */
export function bulkColumns(
  table: Table,
  rows: readonly Readonly<Record<string, unknown>>[],
): readonly BulkColumn[] {
  return Object.entries(getTableColumns(table))
    .filter(([key]) => rows.some((row) => key in row))
    .filter(
      ([, column]) =>
        !(
          column.primary &&
          (column.hasDefault || column.getSQLType() === 'bigserial') &&
          column.name === 'id'
        ),
    )
    .map(([key, column]) => ({
      key,
      quotedName: `"${column.name}"`,
      sqlType: column.getSQLType(),
      valueOf: (row) => {
        const value = row[key] ?? column.default
        return value === null || value === undefined ? null : column.mapToDriverValue(value)
      },
    }))
}

/** The `on conflict` clause, the same words in both dialects. */
export function conflictClause<K extends TableName>(
  table: Table,
  columns: readonly BulkColumn[],
  onConflict: OnConflict<K>,
): string {
  if (onConflict === 'fail') return ''
  if (onConflict === 'ignore') return ' on conflict do nothing'
  const keys = new Set<string>(onConflict.key)
  const keyNames = columns.filter((column) => keys.has(column.key)).map((column) => column.quotedName)
  const stored = `"${getTableName(table)}"`
  const updates = columns
    .filter((column) => !keys.has(column.key))
    .map(({ quotedName: name }) =>
      onConflict.merge === 'add'
        ? `${name} = ${stored}.${name} + excluded.${name}`
        : `${name} = excluded.${name}`,
    )
  return ` on conflict (${keyNames.join()}) do update set ${updates.join()}`
}
