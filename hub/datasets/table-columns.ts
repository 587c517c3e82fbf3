/** The columns of a table against what the recipe needs. */
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { placeIn, type ImportResult } from './import-codes.ts'
import type { MappedChannel, TableMapping } from './table-mapping.ts'
import type { SourceColumn, TableSource } from './table-source.ts'

export type TableColumns = {
  /** Null when every row belongs to the mapping's station. */
  readonly station: SourceColumn | null
  readonly time: SourceColumn
  readonly arrived: SourceColumn | null
  /** In the order of the recipe's channels. */
  readonly channels: readonly SourceColumn[]
  /** Names of columns that nothing needs. */
  readonly ignored: readonly string[]
}

export function findColumns(
  { columns }: TableSource,
  channels: readonly MappedChannel[],
  mapping: TableMapping,
): ImportResult<TableColumns> {
  const stationColumn = mapping.station === null ? [mapping.stationColumn] : []
  const arrived = mapping.arrivedColumn === null ? [] : [mapping.arrivedColumn]
  const needed = [...stationColumn, mapping.timeColumn, ...arrived, ...channels.map(({ column }) => column)]
  const names = columns.map(({ name }) => name)
  const missing = needed.filter((name) => !names.includes(name))
  if (missing.length > 0)
    return refuse('dataset/missingColumn', missingText(missing, names, needed), placeIn(0, missing[0]!))
  const twice = needed.find((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice !== undefined)
    return refuse(
      'dataset/notCsv',
      `the header names the column ${twice} twice; rename one of the two`,
      placeIn(0, twice),
    )
  const find = (name: string): SourceColumn => columns[names.indexOf(name)]!
  return ok({
    station: mapping.station === null ? find(mapping.stationColumn) : null,
    time: find(mapping.timeColumn),
    arrived: mapping.arrivedColumn === null ? null : find(mapping.arrivedColumn),
    channels: channels.map(({ column }) => find(column)),
    ignored: names.filter((name) => !needed.includes(name)),
  })
}

const missingText = (
  missing: readonly string[],
  found: readonly string[],
  needed: readonly string[],
): string =>
  `the table lacks ${missing.join(', ')}; it has ${found.slice(0, 40).join(', ').slice(0, 400)}; needed are ${needed.join(', ')} ` +
  '(name yours with --map channel=column, --time-column and --station-column or --station)'
