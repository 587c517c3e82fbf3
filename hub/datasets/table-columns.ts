/** The header of a table against what the recipe needs. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import type { ImportResult } from './import-codes.ts'

export const STATION_COLUMN = 'station'
export const TIME_COLUMN = 'time_utc'

/** Position of every needed column. */
export type TableColumns = {
  readonly station: number
  readonly time: number
  /** In the order of the recipe's channels. */
  readonly channels: readonly number[]
  /** Names of columns that nothing needs. */
  readonly ignored: readonly string[]
}

export function readHeader(
  header: readonly string[],
  { channels }: Pick<Recipe, 'channels'>,
): ImportResult<TableColumns> {
  const names = header.map((name) => name.trim())
  const needed = [STATION_COLUMN, TIME_COLUMN, ...channels.map((channel) => channel.column)]
  const missing = needed.filter((name) => !names.includes(name))
  if (missing.length > 0)
    return refuse('dataset/missingColumn', missingText(missing, names, needed), `row 0, column ${missing[0]}`)
  const twice = needed.find((name) => names.indexOf(name) !== names.lastIndexOf(name))
  if (twice !== undefined)
    return refuse(
      'dataset/notCsv',
      `the header names the column ${twice} twice; rename one of the two`,
      `row 0, column ${twice}`,
    )
  return ok({
    station: names.indexOf(STATION_COLUMN),
    time: names.indexOf(TIME_COLUMN),
    channels: channels.map((channel) => names.indexOf(channel.column)),
    ignored: names.filter((name) => !needed.includes(name)),
  })
}

const missingText = (
  missing: readonly string[],
  found: readonly string[],
  needed: readonly string[],
): string =>
  `the table lacks ${missing.join(', ')}; it has ${found.slice(0, 40).join(', ').slice(0, 400)}; needed are ${needed.join(', ')} ` +
  '(rename the columns, or name yours in the recipe under channels.column)'
