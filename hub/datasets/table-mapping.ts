/** How a table's columns, units and times become a recipe's channels. */
import * as z from 'zod'
import { SiteId } from '@fleetcast/shared/ids.ts'
import { ChannelName, type Recipe, type SensorChannel } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import type { ImportResult } from './import-codes.ts'
import { findConversion, unitSymbols, type Conversion } from './units.ts'

const column = z.string().min(1).max(200)

export const TableMapping = z.strictObject({
  /** Column by channel, over the recipe's own names. */
  columns: z.record(ChannelName, column).default({}),
  /** Unit of the table by channel, where it is not the recipe's. */
  units: z.record(ChannelName, z.string().max(16)).default({}),
  stationColumn: column.default('station'),
  /** The station of every row, for a table without such a column. */
  station: SiteId.nullable().default(null),
  timeColumn: column.default('time_utc'),
  /** `iso`, `epoch-s`, `epoch-ms`, or a pattern as `dd.mm.yyyy hh:mm`. */
  timeFormat: z.string().min(1).max(60).default('iso'),
  /** Zone of times that do not name theirs, as `+01:00`; without it such times are refused. */
  utcOffset: z
    .string()
    .regex(/^[+-](0\d|1[0-4]):[0-5]\d$/, 'an offset from UTC is written +01:00')
    .nullable()
    .default(null),
  /** When a row became known: the table may hold several revisions of one reading. */
  arrivedColumn: column.nullable().default(null),
  /** Numbers that mean "nothing was measured", as -9999. */
  missing: z.array(z.number()).max(8).default([]),
  delimiter: z.enum([',', ';', '\t', '|']).default(','),
})
export type TableMapping = z.infer<typeof TableMapping>

/** The mapping of a table that is written as the recipe says. */
export const PLAIN_MAPPING: TableMapping = TableMapping.parse({})

export type MappedChannel = SensorChannel & { readonly conversion: Conversion | null }

/** Names in the snapshot that no channel may have. */
const RESERVED = new Set(['station', 'time'])

/** The recipe's channels with the columns and units of the table; a name that no channel has is refused. */
export function mapChannels(
  { channels }: Pick<Recipe, 'channels'>,
  mapping: TableMapping,
): ImportResult<readonly MappedChannel[]> {
  const known = new Set(channels.map(({ name }) => name))
  const stranger = [...Object.keys(mapping.columns), ...Object.keys(mapping.units)].find(
    (name) => !known.has(name),
  )
  if (stranger !== undefined)
    return refuse(
      'dataset/badMapping',
      `the recipe has no channel ${stranger}; it has ${[...known].join(', ')}`,
      stranger,
    )
  const reserved = channels.find(({ name }) => RESERVED.has(name))
  if (reserved !== undefined)
    return refuse(
      'dataset/badMapping',
      `a channel may not be called ${reserved.name}; rename it in the recipe`,
      reserved.name,
    )
  const mapped: MappedChannel[] = []
  for (const channel of channels) {
    const unit = mapping.units[channel.name] ?? channel.unit
    const conversion = unit === channel.unit ? null : findConversion(unit, channel.unit)
    if (unit !== channel.unit && conversion === null)
      return refuse('dataset/badMapping', noConversion(channel, unit), channel.name)
    mapped.push({ ...channel, column: mapping.columns[channel.name] ?? channel.column, conversion })
  }
  return ok(mapped)
}

const noConversion = ({ name, unit }: SensorChannel, from: string): string =>
  `${from} of ${name} cannot be converted to ${unit}; ${unitSymbols(unit) === '' ? 'no other unit is known for it' : `known are ${unitSymbols(unit)}`}`
