/** How a table's rows become driver values, read from the table itself. */
import { getTableColumns, type Table } from 'drizzle-orm'

export type BulkColumn = {
  readonly quotedName: string
  readonly sqlType: string
  readonly valueOf: (row: Readonly<Record<string, unknown>>) => unknown
}

/** Columns in insert order; row numbers are left to the database. */
export function bulkColumns(table: Table): readonly BulkColumn[] {
  return Object.entries(getTableColumns(table))
    .filter(
      ([, column]) =>
        !(
          column.primary &&
          (column.hasDefault || column.getSQLType() === 'bigserial') &&
          column.name === 'id'
        ),
    )
    .map(([key, column]) => ({
      quotedName: `"${column.name}"`,
      sqlType: column.getSQLType(),
      valueOf: (row) => {
        const value = row[key] ?? column.default
        return value === null || value === undefined ? null : column.mapToDriverValue(value)
      },
    }))
}
