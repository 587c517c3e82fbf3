import { createRandom } from '@fleetcast/shared/random.ts'
import { describe, expect, test } from 'vitest'
import { pairedDifference } from '../../../hub/evaluation/paired-difference.ts'
import { hoursOf, seasonOf } from '../../../hub/evaluation/slices.ts'
import {
  liveDays,
  smallestDifference,
  spreadOf,
  varianceOfFleet,
} from '../../../hub/evaluation/smallest-difference.ts'

const DAYS = 120
const HOURS = DAYS * 24
const timeSeconds = Float64Array.from({ length: HOURS }, (_, i) => 1_600_000_000 + i * 3_600)
const rows = Int32Array.from({ length: HOURS }, (_, i) => i)

/** Losses around `level` with days that are hard for everybody, and days that are hard for this one. */
function losses(level: number, seed: number): Float64Array {
  const weather = createRandom(1)
  const hard = Array.from({ length: DAYS + 1 }, () => 1 + 0.5 * weather.next())
  const random = createRandom(seed)
  const own = Array.from({ length: DAYS + 1 }, () => 1 + 0.1 * (random.next() - 0.5))
  return Float64Array.from(rows, (i) => level * hard[Math.floor(i / 24)]! * own[Math.floor(i / 24)]!)
}
const compare = (lossA: Float64Array, lossB: Float64Array, of = rows) =>
  pairedDifference({ lossA, lossB, timeSeconds, rows: of, random: createRandom(3) })!

describe('a paired difference', () => {
  test('finds a model that is 5 % better through weather ten times as large', () => {
    const { relativeDifference, interval, lossA, lossB, n, days } = compare(losses(0.95, 2), losses(1, 3))
    expect(relativeDifference).toBeCloseTo(-0.05, 1.7)
    expect(relativeDifference).toBeCloseTo(lossA / lossB - 1, 9)
    expect(interval!.upper).toBeLessThan(0)
    expect([n, days]).toEqual([HOURS, DAYS + 1])
  })
  test('does not tell models apart that are as good as each other', () => {
    const { interval } = compare(losses(1, 2), losses(1, 3))
    expect(interval!.lower).toBeLessThan(0)
    expect(interval!.upper).toBeGreaterThan(0)
  })
  test('of a model against itself is exactly nothing', () => {
    const found = compare(losses(1, 2), losses(1, 2))
    expect(found.relativeDifference).toBe(0)
    expect(found.interval).toEqual({ lower: 0, upper: 0, pValue: 1 })
  })
  test('has no interval on a fortnight, and is none without rows', () => {
    expect(compare(losses(0.5, 2), losses(1, 3), rows.slice(0, 14 * 24)).interval).toBeNull()
    expect(compare(losses(0.5, 2), losses(1, 3), rows.slice(0, 0))).toBeNull()
  })
})

describe('the smallest difference that can be told apart', () => {
  const stations = 4
  /** Daily differences of stations that share `common` of their variance, 0.2 deviation each. */
  const spread = (common: number) => {
    const random = createRandom(7)
    const shared = Array.from({ length: 2_000 }, () => random.normal())
    const length = 2_000 * stations
    return spreadOf({
      difference: Float64Array.from({ length }, (_, i) => {
        const own = Math.sqrt(1 - common) * random.normal()
        return 0.2 * (Math.sqrt(common) * shared[Math.floor(i / stations)]! + own)
      }),
      seriesIndex: Int32Array.from({ length }, (_, i) => i % stations),
      timeSeconds: Float64Array.from({ length }, (_, i) => Math.floor(i / stations) * 86_400),
      rows: Int32Array.from({ length }, (_, i) => i),
      scale: 1,
    })!
  }
  test('is 2.8 standard errors', () => {
    const found = spread(1)
    expect(smallestDifference(found, 100)! / ((2.8016 * 0.2) / 10)).toBeCloseTo(1, 1)
    expect(smallestDifference(found, 0)).toBeNull()
  })
  test('shrinks with the fleet only as far as stations have weather of their own', () => {
    const share = (common: number, devices: number): number => varianceOfFleet(spread(common), devices) / 0.04
    expect(share(1, 100)).toBeCloseTo(1, 0.5)
    expect(share(0.5, 1_000)).toBeCloseTo(0.5, 0.7)
    expect(share(0, 100)).toBeLessThan(0.08)
    expect(share(0.5, 1)).toBeCloseTo(1, 0.5)
  })
  test('asks a live fleet for more days the narrower the margin is, and for fewer when the model is better', () => {
    const days = (margin: number, expected = 0) =>
      liveDays(spread(0.5), { devices: 5, alpha: 0.05, margin, daysMin: 21, expected })
    expect(days(0.1)).toBeLessThan(days(0.05)!)
    expect(days(0.05, -0.05)).toBe(days(0.1))
    expect(days(5)).toBe(21)
    expect(days(0.0001)).toBeNull()
  })
})

describe('slices', () => {
  const at = (text: string): number => Date.parse(text) / 1_000
  test('know that winter is elsewhere in July', () => {
    expect(seasonOf(at('2022-12-01T00:00Z'), 45)).toBe('winter')
    expect(seasonOf(at('2022-02-28T23:00Z'), 45)).toBe('winter')
    expect(seasonOf(at('2022-03-01T00:00Z'), 45)).toBe('spring')
    expect(seasonOf(at('2022-07-01T00:00Z'), -33)).toBe('winter')
    expect(seasonOf(at('2022-10-01T00:00Z'), -33)).toBe('spring')
  })
  test('take the hours from the sun, across midnight too', () => {
    expect(hoursOf(at('2022-01-01T12:00Z'), 0)).toBe('12-15')
    expect(hoursOf(at('2022-01-01T02:00Z'), -122)).toBe('15-18')
    expect(hoursOf(at('2022-01-01T23:00Z'), 30)).toBe('00-03')
  })
})
