/** Readings of the fleet as a table that the import reads like any other: CSV with both times, columns named after the channels. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { ObservationRow } from '../store/queries/observations.ts'
import { PLAIN_MAPPING, type TableMapping } from './table-mapping.ts'

type Channels = Pick<Recipe, 'channels'>
type Observation = Pick<ObservationRow, 'site' | 'eventTime' | 'arrivedAt' | 'measured'>

/** No channel can be called so: their names have no "_". */
const [TIME, ARRIVED] = ['time_utc', 'arrived_utc']

/** Values are in the recipe's units already: stations measure in them. */
export const fleetMapping = ({ channels }: Channels): TableMapping => ({
  ...PLAIN_MAPPING,
  columns: Object.fromEntries(channels.map(({ name }) => [name, name])),
  timeColumn: TIME,
  timeFormat: 'epoch-ms',
  arrivedColumn: ARRIVED,
})

export const fleetHeader = ({ channels }: Channels): string =>
  `${['station', TIME, ARRIVED, ...channels.map(({ name }) => name)].join(',')}\n`

/** What was measured, also what the station refused: the import judges every value again and sets aside with a reason. */
export function fleetRows({ channels }: Channels, rows: readonly Observation[]): string {
  const lines = rows.map(({ site, eventTime, arrivedAt, measured }) => {
    const values = channels.map(({ name }) => textOf(measured[name]))
    return `${[site, eventTime, arrivedAt, ...values].join(',')}\n`
  })
  return lines.join('')
}

/** The shortest decimal that names the number; a channel that the station does not have is missing. */
const textOf = (value: number | null | undefined): string => (typeof value === 'number' ? String(value) : '')

export type SharedSite = { readonly site: string; readonly devices: readonly [string, string] }

/** Finds a site where two devices measured at one time; rows come in order of time, in pages of any size. */
export class SharedSites {
  readonly #deviceBySite = new Map<string, string>()
  #time = Number.NaN

  /** The first one, or null while there is none. */
  add(rows: readonly Pick<ObservationRow, 'site' | 'eventTime' | 'device'>[]): SharedSite | null {
    for (const { site, eventTime, device } of rows) {
      if (eventTime !== this.#time) this.#deviceBySite.clear()
      this.#time = eventTime
      const other = this.#deviceBySite.get(site)
      if (other !== undefined && other !== device) return { site, devices: [other, device] }
      this.#deviceBySite.set(site, device)
    }
    return null
  }
}
