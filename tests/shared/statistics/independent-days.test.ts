/** Numbers of independent days and intervals of daily means, against series whose answer is known. */
import { describe, expect, test } from 'vitest'
import { createRandom } from '@fleetcast/shared/random.ts'
import { boundsOf, dayMean, pValueOf, tailAbove } from '@fleetcast/shared/statistics/day-mean.ts'
import { dependenceOf } from '@fleetcast/shared/statistics/effective-days.ts'
import { holmAdjusted } from '@fleetcast/shared/statistics/holm.ts'
import { studentQuantile, studentTail } from '@fleetcast/shared/statistics/student-t.ts'

/** A stationary AR(1) of mean 0: its integrated autocorrelation time is (1 + phi) / (1 - phi). */
function persistent(phi: number, n: number, seed: number): number[] {
  const random = createRandom(seed)
  let x = random.normal() / Math.sqrt(1 - phi ** 2)
  return Array.from({ length: n }, () => (x = phi * x + random.normal()))
}
const everyDay = (n: number): number[] => Array.from({ length: n }, (_, i) => 15_000 + i)

describe('the number of independent days', () => {
  test.each([
    [0, 1],
    [0.3, 1.857],
    [0.6, 4],
    [0.8, 9],
  ])('of an AR(1) with %f is what theory says', (phi, time) => {
    const found = [1, 2, 3].map((seed) =>
      dependenceOf({ days: everyDay(4_000), values: persistent(phi, 4_000, seed) }),
    )
    const times = found.map(({ days, effectiveDays }) => days / effectiveDays)
    expect(times.reduce((sum, x) => sum + x, 0) / 3 / time).toBeCloseTo(1, 0.7)
    for (const { lag1 } of found) expect(Math.abs(lag1 - phi)).toBeLessThan(0.06)
  })
  test('is never more than there are days', () => {
    const alternating = everyDay(200).map((day) => (day % 2 === 0 ? 1 : -1))
    expect(dependenceOf({ days: everyDay(200), values: alternating }).effectiveDays).toBe(200)
    expect(dependenceOf({ days: everyDay(50), values: everyDay(50).map(() => 3) }).effectiveDays).toBe(50)
  })
  test('knows that days beside a gap are no neighbours', () => {
    const values = persistent(0.8, 4_000, 4)
    const everyTenth = values.filter((_, i) => i % 10 === 0)
    const spaced = { days: everyTenth.map((_, i) => 10 * i), values: everyTenth }
    expect(dependenceOf(spaced).effectiveDays).toBe(400)
  })
})

describe('the bounds of a daily mean', () => {
  const CONFIDENCE = 0.95
  const HISTORIES = 1_000
  /** Share of bounds, lower and upper ones, that leave the truth outside. */
  function misses(phi: number, days: number, blockDays = days): number {
    let missed = 0
    for (let seed = 0; seed < HISTORIES; seed++) {
      const values: number[] = []
      // Blocks lie months apart: each begins anew.
      for (let block = 0; values.length < days; block++)
        values.push(...persistent(phi, Math.min(blockDays, days - values.length), 1_000 * seed + block))
      const { lower, upper } = boundsOf(dayMean(values), CONFIDENCE)
      if (lower > 0 || upper < 0) missed += 1
    }
    return missed / HISTORIES / 2
  }
  test.each([
    [0.3, 14],
    [0.3, 48],
    [0.3, 120],
    [0.6, 14],
    [0.6, 30],
    [0.6, 60],
    [0.6, 120],
  ])(
    'of an AR(1) with %f over %i days miss the truth no more than 1.5 times as often as they say',
    (phi, n) => {
      const missed = misses(phi, n)
      expect(missed).toBeLessThan(0.075)
      expect(missed).toBeGreaterThan(0.03)
    },
  )
  test.each([
    [0.3, 30],
    [0.6, 48],
    [0.6, 120],
  ])('hold as well where %f is cut into test blocks of eight days, %i in all', (phi, n) => {
    const missed = misses(phi, n, 8)
    expect(missed).toBeLessThan(0.075)
    expect(missed).toBeGreaterThan(0.03)
  })
  test('are at most a sixth wider than those of somebody who knows the true spread, from 48 days on', () => {
    const widthOver = (phi: number, n: number): number => {
      const widths = Array.from({ length: 300 }, (_, seed) => {
        const { mean, lower } = boundsOfValues(persistent(phi, n, seed))
        return mean - lower
      })
      const trueError = Math.sqrt(1 / (1 - phi) ** 2 / n)
      return widths.reduce((sum, width) => sum + width, 0) / widths.length / (1.645 * trueError)
    }
    expect(widthOver(0.3, 48)).toBeLessThan(1.17)
    expect(widthOver(0.3, 120)).toBeLessThan(1.12)
  })
  const boundsOfValues = (values: number[]) => {
    const found = dayMean(values)
    return { ...found, ...boundsOf(found, CONFIDENCE) }
  }
  test('agree with the tails, one-sided at any limit and two-sided at 0', () => {
    for (let seed = 0; seed < 60; seed++) {
      const found = dayMean(persistent(0.2, 90, seed).map((x) => x + 0.3))
      for (const limit of [-0.2, 0, 0.2])
        expect(tailAbove(found, limit) < 0.05).toBe(boundsOf(found, 0.95).lower > limit)
      const { lower, upper } = boundsOf(found, 0.975)
      expect(pValueOf(found) < 0.05).toBe(lower > 0 || upper < 0)
    }
  })
  test('of days that are all alike are that day itself', () => {
    const same = dayMean(Array.from({ length: 30 }, () => 0.1))
    expect(boundsOf(same, 0.95).lower).toBeCloseTo(0.1, 12)
    expect(same.standardError).toBe(0)
    expect([tailAbove(same, 0.05), tailAbove(same, 0.15)]).toEqual([0, 1])
    expect(pValueOf(dayMean([0, 0, 0]))).toBe(1)
  })
  test('are no numbers where nothing is known, and that never passes for harmless', () => {
    for (const values of [[], [1], [1, Number.NaN, 2], [1, Infinity, 2]]) {
      expect(boundsOf(dayMean(values), 0.95).lower).toBeNaN()
      expect(tailAbove(dayMean(values), 10)).toBe(0)
    }
  })
})

test('Student’s t is that of the tables', () => {
  expect(studentQuantile(0.95, 1)).toBeCloseTo(12.706, 3)
  expect(studentQuantile(0.95, 5)).toBeCloseTo(2.5706, 4)
  expect(studentQuantile(0.95, 1e6)).toBeCloseTo(1.96, 3)
  expect(studentTail(2.2281, 10)).toBeCloseTo(0.05, 5)
  expect(studentTail(0, 4)).toBeCloseTo(1, 9)
})

test('Holm’s adjustment is that of the textbook', () => {
  expect(holmAdjusted([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02])
  expect(holmAdjusted([])).toEqual([])
})
