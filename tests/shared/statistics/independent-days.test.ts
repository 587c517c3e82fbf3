/** Numbers of independent days and intervals of daily means, against series whose answer is known. */
import { describe, expect, test } from 'vitest'
import { createRandom } from '@fleetcast/shared/random.ts'
import { dayMean } from '@fleetcast/shared/statistics/day-mean.ts'
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

describe('the interval of a daily mean', () => {
  const misses = (phi: number, n: number): number => {
    const random = createRandom(5)
    const outside = Array.from({ length: 200 }, (_, i) => {
      const { lower, upper } = dayMean(persistent(phi, n, 100 + i), { random })
      return lower > 0 || upper < 0
    })
    return outside.filter(Boolean).length / outside.length
  }
  test('misses the truth about one time in twenty', () => {
    expect(misses(0, 40)).toBeLessThan(0.08)
    expect(misses(0.3, 60)).toBeLessThan(0.1)
    expect(misses(0.3, 200)).toBeLessThan(0.1)
  })
  test('agrees with its p-value', () => {
    const random = createRandom(6)
    for (let seed = 0; seed < 40; seed++) {
      const values = persistent(0.2, 90, seed).map((x) => x + 0.3)
      const { lower, upper, pValue } = dayMean(values, { random })
      expect(pValue < 0.05).toBe(lower > 0 || upper < 0)
    }
  })
  test('of nothing but zeros is zero, and says that nothing differs', () => {
    const zeros = dayMean(
      Array.from({ length: 30 }, () => 0),
      { random: createRandom(7) },
    )
    expect(zeros).toEqual({ mean: 0, standardError: 0, lower: 0, upper: 0, pValue: 1 })
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
