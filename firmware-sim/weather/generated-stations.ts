/** The stations of the generated world: three a day's front passes within hours, two far in the west. */
import { CONTINENTAL, MARITIME, VALLEY, type Climate } from './climate.ts'

export type GeneratedStation = {
  /** Lower case; the table writes it in upper case, as the airports' table does. */
  readonly id: string
  readonly latitude: number
  readonly longitude: number
  readonly climate: Climate
  /** The table's year in which this station was set up, counted from 0. */
  readonly sinceYear: number
}

export const GENERATED_STATIONS: readonly GeneratedStation[] = [
  { id: 'harbor', latitude: 40.68, longitude: -74.04, climate: CONTINENTAL, sinceYear: 0 },
  {
    id: 'meadow',
    latitude: 40.83,
    longitude: -74.42,
    climate: shifted(CONTINENTAL, -0.8, 0.8),
    sinceYear: 0,
  },
  {
    id: 'orchard',
    latitude: 41.05,
    longitude: -73.62,
    climate: shifted(CONTINENTAL, -0.5, 0.4),
    sinceYear: 0,
  },
  { id: 'cape', latitude: 47.6, longitude: -124.4, climate: MARITIME, sinceYear: 1 },
  { id: 'vale', latitude: 44.9, longitude: -119.3, climate: VALLEY, sinceYear: 1 },
]

/** A neighbour: a little colder, with a little more difference between day and night. */
function shifted(climate: Climate, byC: number, diurnalC: number): Climate {
  return {
    ...climate,
    annualMeanC: climate.annualMeanC + byC,
    diurnalSummerC: climate.diurnalSummerC + diurnalC,
    diurnalWinterC: climate.diurnalWinterC + diurnalC / 2,
  }
}
