/** Parts of the rows that are looked at on their own, by gates and by comparisons: stations, seasons, and eighths of the local day. */
import type { StationSeries } from '../datasets/station-series.ts'
import type { Samples } from '../training/build-samples.ts'

export type SliceKind = 'station' | 'season' | 'hours'
export type Slice = { readonly kind: SliceKind; readonly name: string; readonly rows: readonly number[] }

export type SliceStation = Pick<StationSeries, 'site' | 'latitude' | 'longitude'>

export type SliceInput = {
  readonly series: readonly SliceStation[]
  readonly samples: Pick<Samples, 'seriesIndex' | 'timeSeconds'>
  readonly rows: ArrayLike<number>
  /** From a row's newest reading to what it forecasts. */
  readonly horizonSeconds: number
}

const SEASONS = ['winter', 'spring', 'summer', 'autumn'] as const
const EIGHTHS = ['00-03', '03-06', '06-09', '09-12', '12-15', '15-18', '18-21', '21-24'] as const
const HOURS_OF_DEGREES = 1 / 15

/** Every part, also those without rows: stations in their order, then seasons, then hours; all by the time that is forecast. */
export function slicesOf(input: SliceInput): readonly Slice[] {
  const { series, samples, horizonSeconds } = input
  const stationOf = (row: number): SliceStation => series[samples.seriesIndex[row]!]!
  const timeOf = (row: number): number => samples.timeSeconds[row]! + horizonSeconds
  return [
    ...part(
      input,
      'station',
      series.map(({ site }) => site),
      (row) => stationOf(row).site,
    ),
    ...part(input, 'season', SEASONS, (row) => seasonOf(timeOf(row), stationOf(row).latitude)),
    ...part(input, 'hours', EIGHTHS, (row) => hoursOf(timeOf(row), stationOf(row).longitude)),
  ]
}

function part(
  { rows }: SliceInput,
  kind: SliceKind,
  names: readonly string[],
  nameOf: (row: number) => string,
): readonly Slice[] {
  const rowsByName = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let i = 0; i < rows.length; i++) rowsByName.get(nameOf(rows[i]!))?.push(rows[i]!)
  return [...rowsByName].map(([name, own]) => ({ kind, name, rows: own }))
}

/** Meteorological: winter is December to February, or June to August south of the equator. */
export function seasonOf(timeSeconds: number, latitude: number): string {
  const month = new Date(timeSeconds * 1_000).getUTCMonth()
  const northern = Math.floor(((month + 1) % 12) / 3)
  return SEASONS[(northern + (latitude < 0 ? 2 : 0)) % 4]!
}

/** By the sun: the same hour means the same light everywhere. */
export function hoursOf(timeSeconds: number, longitude: number): string {
  const hour = (timeSeconds / 3_600 + longitude * HOURS_OF_DEGREES) % 24
  return EIGHTHS[Math.floor(((hour + 24) % 24) / 3)]!
}
