import { afterAll, describe, expect, test } from 'vitest'
import { DAY_MS } from '@fleetcast/shared/units.ts'
import { generateWeather, type WeatherRow } from '../../firmware-sim/weather/generate-weather.ts'
import { GENERATED_STATIONS } from '../../firmware-sim/weather/generated-stations.ts'
import { WEATHER_HEADER, weatherLine } from '../../firmware-sim/weather/weather-table.ts'
import { acceptedIn, openWorkshop } from '../hub/datasets/tables.ts'

const world = (seed: number, years = 2): WeatherRow[] => [
  ...generateWeather({ seed, firstYear: 2020, years, stations: GENERATED_STATIONS }),
]

const rows = world(7)
const workshop = openWorkshop()
afterAll(workshop.remove)
const textOf = (some: readonly WeatherRow[]): string => WEATHER_HEADER + some.map(weatherLine).join('')

/** Temperatures by hour since 2020 began. */
function temperatures(station: string): Map<number, number> {
  const own = rows.filter((row) => row.station === station)
  return new Map(own.map(({ at, values }) => [(at - Date.UTC(2020, 0)) / 3_600_000, values.temp_c]))
}

function persistenceMae(byHour: ReadonlyMap<number, number>): number {
  const errors = [...byHour].flatMap(([hour, value]) => {
    const later = byHour.get(hour + 24)
    return later === undefined ? [] : [Math.abs(later - value)]
  })
  return errors.reduce((sum, error) => sum + error, 0) / errors.length
}

/** The lag, in hours, at which `later` follows `earlier` best. */
function bestLag(earlier: ReadonlyMap<number, number>, later: ReadonlyMap<number, number>): number {
  const score = (lag: number): number => {
    let sum = 0
    let n = 0
    for (const [hour, value] of earlier) {
      const [before, next, then] = [earlier.get(hour - 6), later.get(hour + lag), later.get(hour + lag - 6)]
      if (before === undefined || next === undefined || then === undefined) continue
      sum += (value - before) * (next - then)
      n++
    }
    return sum / n
  }
  const lags = Array.from({ length: 13 }, (_, i) => i - 6)
  return lags.reduce((best, lag) => (score(lag) > score(best) ? lag : best))
}

const vapour = (celsius: number): number => Math.exp((17.62 * celsius) / (243.12 + celsius))

const meanChange = (some: readonly { readonly temperature: number }[]): number =>
  some.reduce((sum, { temperature }) => sum + temperature, 0) / some.length

const beginning = (seed: number): string => textOf(world(seed, 1).slice(0, 3_000))

describe('generated weather', () => {
  test('is the same for the same seed and another for another', () => {
    expect(beginning(7)).toBe(beginning(7))
    expect(beginning(7)).not.toBe(beginning(8))
  })
  test('a longer world begins like the shorter one: years are only added', () => {
    const shorter = world(7, 1).filter(({ station, at }) => station === 'HARBOR' && at < Date.UTC(2020, 6))
    const longer = rows.filter(({ station, at }) => station === 'HARBOR' && at < Date.UTC(2020, 6))
    expect(shorter.length).toBeGreaterThan(4_000)
    expect(textOf(longer)).toBe(textOf(shorter))
  })
  test('the stations of the west are set up a year later', () => {
    const first = new Map<string, number>()
    for (const { station, at } of rows)
      if (!first.has(station)) first.set(station, new Date(at).getUTCFullYear())
    expect(Object.fromEntries(first)).toEqual({
      HARBOR: 2020,
      MEADOW: 2020,
      ORCHARD: 2020,
      CAPE: 2021,
      VALE: 2021,
    })
  })
  test('channels agree with one another: dew point below temperature, humidity from both', () => {
    const wrong = rows.filter(({ values }) => {
      const expected = (100 * vapour(values.dewp_c)) / vapour(values.temp_c)
      return values.dewp_c > values.temp_c || Math.abs(values.rh_pct - expected) > 9
    })
    expect(wrong).toEqual([])
  })
  test('a falling pressure announces colder air, a rising one warmer air', () => {
    const own = rows.filter(({ station }) => station === 'HARBOR')
    const byTime = new Map(own.map(({ at, values }) => [at as number, values]))
    const changes = own.flatMap(({ at, values }) => {
      const [before, after] = [byTime.get(at - DAY_MS), byTime.get(at + DAY_MS)]
      if (before === undefined || after === undefined) return []
      return [{ pressure: values.slp_hpa - before.slp_hpa, temperature: after.temp_c - values.temp_c }]
    })
    const fallen = changes.filter(({ pressure }) => pressure < -6)
    const risen = changes.filter(({ pressure }) => pressure > 6)
    expect(Math.min(fallen.length, risen.length)).toBeGreaterThan(300)
    expect(meanChange(fallen)).toBeLessThan(-1)
    expect(meanChange(risen)).toBeGreaterThan(1)
  })
  test('fronts come from the west: the inland station feels them first', () => {
    expect(bestLag(temperatures('MEADOW'), temperatures('ORCHARD'))).toBeGreaterThan(0)
  })
  test('yesterday is a poor guide in the east and a good one at the ocean', () => {
    const [east, ocean] = [persistenceMae(temperatures('HARBOR')), persistenceMae(temperatures('CAPE'))]
    expect(east).toBeGreaterThan(3)
    expect(ocean).toBeLessThan(east * 0.7)
  })
  test('is imported as a dataset without a unit, a range or a flatline in doubt', async () => {
    const sites = GENERATED_STATIONS.map(({ id, latitude, longitude }) => ({
      id: id.toLowerCase(),
      latitude,
      longitude,
    }))
    const { report } = await acceptedIn(workshop, textOf(rows), { sites })
    expect(report.stations).toEqual(['cape', 'harbor', 'meadow', 'orchard', 'vale'])
    const codes = report.findings.map(({ code }) => code)
    expect(codes.filter((code) => /range|flatline|noData|duplicate|unordered/.test(code))).toEqual([])
    expect(codes).toContain('dataset/missingIntervals')
  })
})
