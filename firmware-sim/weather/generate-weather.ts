/** Generated weather, not real: a seeded world of several years, one table row a station and hour. */
import { createRandom, type Random } from '@fleetcast/shared/random.ts'
import { HOUR_MS, epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type { GeneratedStation } from './generated-stations.ts'
import { createStationWeather, lagHours, type TrueWeather, type WorldHours } from './station-weather.ts'
import { createRegion, type RegionalWeather } from './weather-systems.ts'

export type WeatherOptions = {
  readonly seed: number
  /** First calendar year (UTC) and how many follow one another. */
  readonly firstYear: number
  readonly years: number
  readonly stations: readonly GeneratedStation[]
}

/** What a station's sensors say of one hour. */
export type WeatherRow = {
  readonly station: string
  readonly at: EpochMs
  readonly values: Readonly<Record<WeatherColumn, number>>
}

/** Columns of the airports' table, in its order, units in the names. */
export const WEATHER_COLUMNS = [
  'temp_c',
  'dewp_c',
  'rh_pct',
  'wind_dir_deg',
  'wind_ms',
  'precip_mm',
  'slp_hpa',
  'visib_km',
] as const
export type WeatherColumn = (typeof WEATHER_COLUMNS)[number]

/** Rows by station, each in order of time; some hours are missing, as in real tables. */
export function* generateWeather({
  seed,
  firstYear,
  years,
  stations,
}: WeatherOptions): Generator<WeatherRow> {
  const random = createRandom(seed)
  const startAt = epochMs(Date.UTC(firstYear, 0))
  const world: WorldHours = { startAt, hours: (Date.UTC(firstYear + years, 0) - startAt) / HOUR_MS }
  const regions = new Map<string, RegionalWeather>()
  for (const station of stations) {
    const { region: name } = station.climate
    const region = regions.get(name) ?? createRegion(random.fork(`region/${name}`), world.hours)
    regions.set(name, region)
    const reference = stations.find(({ climate }) => climate.region === name)!
    const own = random.fork(`station/${station.id}`)
    const weather = createStationWeather(station, {
      random: own,
      region,
      world,
      lag: lagHours(reference, station),
    })
    const from = (Date.UTC(firstYear + station.sinceYear, 0) - startAt) / HOUR_MS
    yield* measure(station, { random: own.fork('sensors'), weather, world, from })
  }
}

type Measuring = {
  readonly random: Random
  readonly weather: (hour: number) => TrueWeather
  readonly world: WorldHours
  readonly from: number
}

/** Share of hours without a row. */
const MISSING_SHARE = 0.002

function* measure(
  station: GeneratedStation,
  { random, weather, world, from }: Measuring,
): Generator<WeatherRow> {
  const name = station.id.toUpperCase()
  const noise = random.fork('noise')
  const missing = random.fork('missing')
  for (let hour = from; hour < world.hours; hour++) {
    const values = sense(weather(hour), noise)
    if (missing.next() >= MISSING_SHARE)
      yield { station: name, at: epochMs(world.startAt + hour * HOUR_MS), values }
  }
}

/** Noise and resolution of ordinary instruments: 0.1 of every unit. */
function sense(weather: TrueWeather, noise: Random): Readonly<Record<WeatherColumn, number>> {
  const temperature = tenths(weather.temperatureC + 0.15 * noise.normal())
  return {
    temp_c: temperature,
    dewp_c: Math.min(temperature, tenths(weather.dewPointC + 0.2 * noise.normal())),
    rh_pct: Math.min(100, Math.max(3, tenths(weather.humidityPercent + noise.normal()))),
    wind_dir_deg: weather.windDirectionDegrees,
    wind_ms: Math.max(0, tenths(weather.windMs + 0.3 * noise.normal())),
    precip_mm: weather.precipitationMm,
    slp_hpa: tenths(weather.pressureHpa + 0.1 * noise.normal()),
    visib_km: weather.visibilityKm,
  }
}

const tenths = (value: number): number => Math.round(value * 10) / 10 + 0
