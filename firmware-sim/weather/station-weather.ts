/** The true weather at one station, hour by hour: season, day, air mass, fronts with their lag, and the place itself. */
import { greatCircleKm, type GeoPoint } from '@fleetcast/shared/geo.ts'
import type { Random } from '@fleetcast/shared/random.ts'
import { HOUR_MS, type EpochMs } from '@fleetcast/shared/units.ts'
import { humidityOf, solarHour } from './atmosphere.ts'
import type { Climate } from './climate.ts'
import type { GeneratedStation } from './generated-stations.ts'
import { redNoise, sampleAt } from './noise.ts'
import { MARGIN_HOURS, type RegionalWeather } from './weather-systems.ts'

/** One hour at one station, before any sensor. */
export type TrueWeather = {
  readonly temperatureC: number
  readonly dewPointC: number
  readonly humidityPercent: number
  readonly windDirectionDegrees: number
  readonly windMs: number
  readonly precipitationMm: number
  readonly pressureHpa: number
  readonly visibilityKm: number
}

export type WorldHours = { readonly startAt: EpochMs; readonly hours: number }

/** Systems travel eastwards at this speed. */
const TRAVEL_KM_PER_HOUR = 45

/** Hours from the region's reference point to a station: negative for stations west of it. */
export function lagHours(reference: GeoPoint, station: GeoPoint): number {
  const eastKm = greatCircleKm(reference, { latitude: reference.latitude, longitude: station.longitude })
  return ((station.longitude < reference.longitude ? -1 : 1) * eastKm) / TRAVEL_KM_PER_HOUR
}

export type StationContext = {
  readonly random: Random
  readonly region: RegionalWeather
  readonly lag: number
  readonly world: WorldHours
}

/** Weather of every hour of the world, as a function of the hour. */
export function createStationWeather(
  station: GeneratedStation,
  { random, region, lag, world }: StationContext,
): (hour: number) => TrueWeather {
  const { climate } = station
  const slow = redNoise(random.fork('slow'), world.hours, {
    deviation: climate.slowC,
    memoryHours: climate.slowHours,
  })
  const fast = redNoise(random.fork('fast'), world.hours, {
    deviation: climate.fastC,
    memoryHours: climate.fastHours,
  })
  const moisture = redNoise(random.fork('moisture'), world.hours, { deviation: 2, memoryHours: 30 })
  const calm = redNoise(random.fork('wind'), world.hours, { deviation: 0.35, memoryHours: 6 })
  const pool = coldPool(climate, { region, lag, world })
  return (hour) => {
    const at = hour + MARGIN_HOURS - lag
    const utc = world.startAt + hour * HOUR_MS
    const cloud = sampleAt(region.cloud, at)
    const air =
      climate.airMassShare * sampleAt(region.airMassC, at) + climate.frontShare * sampleAt(region.frontC, at)
    const season = seasonal(climate, utc)
    const dayMean = season + air + slow[hour]! - pool[hour]!
    const temperatureC =
      dayMean + diurnal(climate, { utc, longitude: station.longitude, cloud }) + fast[hour]!
    const wanted = dayMean - climate.drynessC + moisture[hour]! + 3 * (cloud - 0.5)
    const dewPointC = Math.min(wanted, temperatureC - 0.2)
    const humidityPercent = humidityOf(temperatureC, dewPointC)
    const gust = sampleAt(region.gust, at)
    return {
      temperatureC,
      dewPointC,
      humidityPercent,
      windDirectionDegrees: windDirection(sampleAt(region.sinceFront, at)),
      windMs: climate.windMs * Math.exp(calm[hour]! - 0.1) * (0.75 + 0.6 * gust),
      precipitationMm: cloud > 0.9 && gust > 0.45 ? Math.round(20 * (gust - 0.45)) / 10 : 0,
      pressureHpa: sampleAt(region.pressureHpa, at),
      visibilityKm: humidityPercent > 97 ? 2.4 : humidityPercent > 92 ? 8 : 16.1,
    }
  }
}

const DAYS_OF_A_YEAR = 365.2425
const dayOfYear = (utc: number): number => (utc / 86_400_000) % DAYS_OF_A_YEAR

/** -1 in the coldest, 1 in the warmest season. */
const seasonPhase = ({ warmestDay }: Climate, utc: number): number =>
  Math.cos((2 * Math.PI * (dayOfYear(utc) - warmestDay)) / DAYS_OF_A_YEAR)

const seasonal = (climate: Climate, utc: number): number =>
  climate.annualMeanC + climate.annualAmplitudeC * seasonPhase(climate, utc)

/** Steeper in the morning than in the evening; clouds halve it. */
function diurnal(
  climate: Climate,
  { utc, longitude, cloud }: { utc: number; longitude: number; cloud: number },
): number {
  const summer = (1 + seasonPhase(climate, utc)) / 2
  const amplitude = climate.diurnalWinterC + (climate.diurnalSummerC - climate.diurnalWinterC) * summer
  const phase = (2 * Math.PI * (solarHour((utc / HOUR_MS) % 24, longitude) - climate.warmestHour)) / 24
  return amplitude * (1.2 - 0.75 * cloud) * (Math.cos(phase) + 0.2 * Math.cos(2 * phase + 0.6))
}

/** South-west ahead of a front, north-west behind it, back to the south-west within three days. */
const windDirection = (sinceFront: number): number =>
  Math.round((220 + 100 * Math.exp(-sinceFront / 30)) / 10) * 10

/** Fills under high pressure in winter within days, and is swept out by a front within hours. */
function coldPool(climate: Climate, { region, lag, world }: Omit<StationContext, 'random'>): Float64Array {
  const pool = new Float64Array(world.hours)
  let depth = 0
  for (let hour = 0; hour < world.hours && climate.coldPoolC > 0; hour++) {
    const at = hour + MARGIN_HOURS - lag
    const winter = Math.max(0, -seasonPhase(climate, world.startAt + hour * HOUR_MS))
    const isHigh = sampleAt(region.pressureHpa, at) > 1017
    const target = isHigh ? climate.coldPoolC * winter : 0
    depth += (target - depth) / (isHigh ? 40 : 8)
    pool[hour] = depth
  }
  return pool
}
