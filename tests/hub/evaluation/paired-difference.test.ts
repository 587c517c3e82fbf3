import { createRandom } from '@fleetcast/shared/random.ts'
import { boundsOf } from '@fleetcast/shared/statistics/day-mean.ts'
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
const compare = (lossA: Float64Array, lossB: Float64Array, of = rows) => {
  const found = pairedDifference({ lossA, lossB, timeSeconds, rows: of })
  return { ...found, ...boundsOf(found.relative, 0.975) }
}

describe('a paired difference', () => {
  test('finds a model that is 5 % better through weather ten times as large', () => {
    const { relative, upper, lossA, lossB, n, days } = compare(losses(0.95, 2), losses(1, 3))
    expect(relative.mean).toBeCloseTo(-0.05, 1.7)
    expect(relative.mean).toBeCloseTo(lossA / lossB - 1, 9)
    expect(upper).toBeLessThan(0)
    expect([n, days]).toEqual([HOURS, DAYS + 1])
  })
  test('does not tell models apart that are as good as each other', () => {
    const { lower, upper } = compare(losses(1, 2), losses(1, 3))
    expect(lower).toBeLessThan(0)
    expect(upper).toBeGreaterThan(0)
  })
  test('of a model against itself is exactly nothing', () => {
    expect(compare(losses(1, 2), losses(1, 2))).toMatchObject({ relative: { mean: 0 }, lower: 0, upper: 0 })
  })
  test('is no number without rows, where a loss is none, and beside a model that never errs', () => {
    const one = (value: number) => losses(1, 2).fill(value, 5, 6)
    for (const found of [
      compare(losses(0.5, 2), losses(1, 3), rows.slice(0, 0)),
      compare(one(Number.NaN), losses(1, 3)),
      compare(one(Infinity), losses(1, 3)),
      compare(losses(1, 3), one(Infinity)),
      compare(losses(1, 3), losses(0, 3)),
    ])
      expect([found.relative.mean, found.lower, found.upper]).toEqual([Number.NaN, Number.NaN, Number.NaN])
  })
})

test('of equal models, bounds on 48 test days of a year leave 0 outside about as often as they say', () => {
  const HISTORIES = 600
  const BLOCK_DAYS = 8
  /** Losses of one row a day: hard weather lasts for days and is shared, each model's own luck lasts as well. */
  const history = (seed: number) => {
    const random = createRandom(seed)
    const persistent = (phi: number) =>
      Array.from({ length: 6 }, () => {
        let x = random.normal()
        return Array.from(
          { length: BLOCK_DAYS },
          () => (x = phi * x + Math.sqrt(1 - phi ** 2) * random.normal()),
        )
      }).flat()
    const [hard, a, b] = [persistent(0.7), persistent(0.5), persistent(0.5)]
    const losses = (own: number[]) => own.map((x, day) => Math.exp(0.4 * hard[day]! + 0.3 * x))
    const day = (i: number): number => 60 * Math.floor(i / BLOCK_DAYS) + (i % BLOCK_DAYS)
    return {
      ...{ lossA: losses(a), lossB: losses(b), rows: [...hard.keys()] },
      timeSeconds: hard.map((_, i) => day(i) * 86_400),
    }
  }
  let missed = 0
  for (let seed = 0; seed < HISTORIES; seed++) {
    const { lower, upper } = boundsOf(pairedDifference(history(seed)).relative, 0.95)
    if (lower > 0 || upper < 0) missed += 1
  }
  expect(missed / HISTORIES / 2).toBeLessThan(0.075)
  expect(missed / HISTORIES / 2).toBeGreaterThan(0.03)
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
