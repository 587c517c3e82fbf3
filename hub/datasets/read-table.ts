/** Records of a table -> rows by station. Anything that cannot be read with certainty refuses the whole table. */
import type { SiteId } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { breathe, SLICE_ROWS } from './breathe.ts'
import { placeIn, type ImportResult } from './import-codes.ts'
import { parseTime, parseValue } from './parse-fields.ts'
import { RowStore } from './row-store.ts'
import { readHeader, STATION_COLUMN, TIME_COLUMN, type TableColumns } from './table-columns.ts'

export const TABLE_ROWS_MAX = 5_000_000

export type TableInput = {
  readonly recipe: Pick<Recipe, 'channels' | 'cadenceMinutes'>
  readonly sites: ReadonlySet<string>
  /** Rows at or after this event time are left out. */
  readonly until: EpochMs | null
}

export type Table = {
  readonly rowsByStation: ReadonlyMap<SiteId, RowStore>
  readonly ignoredColumns: readonly string[]
  readonly rowsLeftOut: number
}

type Fields = readonly string[]

export async function readTable(
  records: AsyncIterable<ImportResult<Fields>>,
  input: TableInput,
): Promise<ImportResult<Table>> {
  let columns: TableColumns | null = null
  let row = 0
  let rowsLeftOut = 0
  const rowsByStation = new Map<SiteId, RowStore>()
  for await (const record of records) {
    if (!record.ok) return record
    if (columns === null) {
      const header = readHeader(record.value, input.recipe)
      if (!header.ok) return header
      columns = header.value
      continue
    }
    if (++row > TABLE_ROWS_MAX) return refuse('dataset/tooLarge', TOO_MANY_ROWS)
    const added = addRow(record.value, row, { columns, input, rowsByStation })
    if (!added.ok) return added
    if (!added.value) rowsLeftOut++
    if (row % SLICE_ROWS === 0) await breathe()
  }
  if (columns === null)
    return refuse('dataset/empty', 'the table is empty; send a header row and rows of readings')
  if (rowsByStation.size === 0) return refuse('dataset/empty', emptyText(rowsLeftOut))
  return ok({ rowsByStation, ignoredColumns: columns.ignored, rowsLeftOut })
}

const TOO_MANY_ROWS = `the table has more than ${TABLE_ROWS_MAX} rows; split it by station or by year`

const emptyText = (rowsLeftOut: number): string =>
  rowsLeftOut === 0
    ? 'the table has a header but no rows; send rows of readings'
    : `all ${rowsLeftOut} rows lie at or after the time the import ends; choose a later one`

type RowContext = {
  readonly columns: TableColumns
  readonly input: TableInput
  readonly rowsByStation: Map<SiteId, RowStore>
}

/** True when the row was stored, false when it lies after the end of the import. */
function addRow(
  record: Fields,
  row: number,
  { columns, input, rowsByStation }: RowContext,
): ImportResult<boolean> {
  const station = record[columns.station]!.toLowerCase()
  if (!input.sites.has(station))
    return refuse(
      'dataset/unknownStation',
      unknownText(record[columns.station]!, input.sites),
      placeIn(row, STATION_COLUMN),
    )
  const at = parseTime(record[columns.time]!)
  if (at === null)
    return refuse('dataset/badTime', badTimeText(record[columns.time]!), placeIn(row, TIME_COLUMN))
  if (input.until !== null && at >= input.until) return ok(false)
  const values: number[] = []
  for (const [i, channel] of input.recipe.channels.entries()) {
    const text = record[columns.channels[i]!]!
    const value = parseValue(text)
    if (value === null) return refuse('dataset/badNumber', badNumberText(text), placeIn(row, channel.column))
    values.push(value)
  }
  const rows = rowsByStation.get(station as SiteId) ?? new RowStore(values.length)
  rowsByStation.set(station as SiteId, rows)
  rows.add(at, values)
  return ok(true)
}

const quoted = (text: string): string => `"${text.slice(0, 40)}"`

const unknownText = (station: string, sites: ReadonlySet<string>): string =>
  `no site is known as ${quoted(station)}; known are ${[...sites].slice(0, 20).join(', ') || 'none'}: add the site with its position first`

const badTimeText = (text: string): string =>
  `${quoted(text)} is no time; write ISO 8601 with a zone, as in 2013-01-01T06:00Z`

const badNumberText = (text: string): string =>
  `${quoted(text)} is no number; use a decimal point and leave the field empty when nothing was measured`
