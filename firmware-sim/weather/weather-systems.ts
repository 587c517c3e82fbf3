/**
 * Weather systems of one region, hour by hour at its reference point: fronts with a warm sector ahead and cold air behind,
 * pressure that falls before they come, clouds around them, and slow red noise on top. Stations see them earlier or later.
 */
import type { Random } from '@fleetcast/shared/random.ts'
import { redNoise } from './noise.ts'

/** Hours before the first and after the last hour, so that a lag never reaches past an end. */
export const MARGIN_HOURS = 120

/** One value an hour; index MARGIN_HOURS is the first hour of the world. */
export type RegionalWeather = {
  /** Temperature of the air mass against the season, without fronts, C. */
  readonly airMassC: Float64Array
  /** What fronts add: warm ahead, cold behind, C. */
  readonly frontC: Float64Array
  /** Pressure at sea level, hPa. */
  readonly pressureHpa: Float64Array
  /** 0 clear to 1 overcast. */
  readonly cloud: Float64Array
  /** Additional wind around fronts, as a factor above 0. */
  readonly gust: Float64Array
  /** Hours since the last front passed: turns the wind. */
  readonly sinceFront: Float64Array
}

const AIR_MASS = { deviation: 3.4, memoryHours: 20 }
const PRESSURE = { deviation: 4, memoryHours: 90 }
const PRESSURE_MEAN_HPA = 1016
const CLOUD = { deviation: 0.28, memoryHours: 9 }
const CLOUD_MEAN = 0.42
/** Days between two fronts: at least the first number, the second one more on average. */
const FRONT_DAYS_MIN = 1.6
const FRONT_DAYS_MORE = 2.2
const FRONT_DROP_C = { least: 2, more: 6 }

type Front = { readonly hour: number; readonly dropC: number; readonly depthHpa: number }

export function createRegion(random: Random, hours: number): RegionalWeather {
  const length = hours + 2 * MARGIN_HOURS
  const weather: RegionalWeather = {
    airMassC: redNoise(random.fork('air mass'), length, AIR_MASS),
    frontC: new Float64Array(length),
    pressureHpa: redNoise(random.fork('pressure'), length, PRESSURE).map((p) => p + PRESSURE_MEAN_HPA),
    cloud: redNoise(random.fork('cloud'), length, CLOUD).map((c) => c + CLOUD_MEAN),
    gust: new Float64Array(length),
    sinceFront: new Float64Array(length).fill(100),
  }
  for (const front of createFronts(random.fork('fronts'), length)) addFront(weather, front)
  weather.cloud.forEach((cloud, hour) => {
    weather.cloud[hour] = Math.min(1, Math.max(0, cloud))
  })
  return weather
}

function createFronts(random: Random, length: number): readonly Front[] {
  const fronts: Front[] = []
  for (let hour = 0; hour < length;) {
    hour += 24 * (FRONT_DAYS_MIN - FRONT_DAYS_MORE * Math.log(1 - random.next()))
    const dropC = FRONT_DROP_C.least + FRONT_DROP_C.more * random.next()
    fronts.push({ hour, dropC, depthHpa: 3 + dropC * (0.8 + 0.6 * random.next()) })
  }
  return fronts
}

const REACH_HOURS = { before: 48, behind: 96 }

function addFront(weather: RegionalWeather, { hour, dropC, depthHpa }: Front): void {
  const last = Math.min(weather.frontC.length - 1, Math.floor(hour + REACH_HOURS.behind))
  for (let at = Math.max(0, Math.ceil(hour - REACH_HOURS.before)); at <= last; at++) {
    const since = at - hour
    weather.frontC[at]! += dropC * frontShape(since)
    weather.pressureHpa[at]! -= depthHpa * Math.exp(since < 0 ? since / 20 : -since / 10)
    weather.cloud[at]! += 0.6 * Math.exp(-((since / 8) ** 2))
    weather.gust[at]! += 0.9 * Math.exp(-Math.abs(since - 3) / 8)
    if (since >= 0) weather.sinceFront[at] = since
  }
}

/** Warm air rises to half the drop before the front, falls within four hours, and comes back over two days. */
function frontShape(since: number): number {
  if (since < 0) return 0.5 * Math.exp(since / 12)
  return since < 4 ? 0.5 - since / 4 : -0.5 * Math.exp(-(since - 4) / 30)
}
