/** Options that say how a table is written, and the mapping they make. */
import { Option } from 'commander'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { TableMapping } from '../datasets/table-mapping.ts'

export type MappingOptions = {
  readonly map?: readonly string[]
  readonly unit?: readonly string[]
  readonly stationColumn?: string
  readonly station?: string
  readonly timeColumn?: string
  readonly timeFormat?: string
  readonly utcOffset?: string
  readonly arrivedColumn?: string
  readonly missing?: readonly string[]
  readonly delimiter?: string
}

const many = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
]

/** Made anew for each command: an option belongs to one. */
export const MAPPING_OPTIONS: readonly (() => Option)[] = [
  () =>
    new Option('--map <channel=column>', "a column, where the recipe's name is not the table's").argParser(
      many,
    ),
  () => new Option('--unit <channel=unit>', 'a unit of the table, converted to the recipe’s').argParser(many),
  () => new Option('--station-column <name>', 'the column that names the station (default: station)'),
  () => new Option('--station <id>', 'the station of every row, for a table without such a column'),
  () => new Option('--time-column <name>', 'the column of the event time (default: time_utc)'),
  () =>
    new Option(
      '--time-format <format>',
      'iso, epoch-s, epoch-ms or a pattern as "dd.mm.yyyy hh:mm" (default: iso)',
    ),
  () => new Option('--utc-offset <offset>', 'zone of times that name none, as +01:00'),
  () => new Option('--arrived-column <name>', 'when a row became known: the latest revision counts'),
  () =>
    new Option('--missing <number>', 'a number that means nothing was measured, as -9999').argParser(many),
  () => new Option('--delimiter <character>', 'between the fields of a CSV (default: a comma)'),
]

/** The mapping, or the first option that does not fit. */
export function mappingOf(options: MappingOptions): Result<TableMapping, Refusal<'cli/badOption'>> {
  const columns = pairs(options.map)
  const units = pairs(options.unit)
  if (columns === null)
    return refuse('cli/badOption', 'write --map channel=column, as in --map temperature=temp_f')
  if (units === null) return refuse('cli/badOption', 'write --unit channel=unit, as in --unit temperature=F')
  const { stationColumn, timeColumn, timeFormat } = options
  const parsed = TableMapping.safeParse({
    ...{ columns, units, stationColumn, timeColumn, timeFormat },
    station: options.station?.toLowerCase() ?? null,
    utcOffset: options.utcOffset ?? null,
    arrivedColumn: options.arrivedColumn ?? null,
    missing: options.missing?.map(Number) ?? [],
    delimiter: options.delimiter === '\\t' ? '\t' : options.delimiter,
  })
  if (parsed.success) return ok(parsed.data)
  const [issue] = parsed.error.issues
  return refuse('cli/badOption', `${issue?.path.join('.')}: ${issue?.message}`)
}

function pairs(texts: readonly string[] | undefined): Record<string, string> | null {
  const parts = (texts ?? []).map((text) => /^([^=]+)=(.+)$/.exec(text))
  if (parts.includes(null)) return null
  return Object.fromEntries(parts.map((match) => [match![1]!, match![2]!]))
}
