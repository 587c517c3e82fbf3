import { describe, expect, test } from 'vitest'
import { createRandom } from '@fleetcast/shared/random.ts'
import { dayBlockBootstrap } from '@fleetcast/shared/statistics/day-block-bootstrap.ts'

function days(phi: number, n: number, seed: number): number[] {
  const random = createRandom(seed)
  let state = random.normal()
  return Array.from({ length: n }, () => {
    const value = state
    state = phi * state + Math.sqrt(1 - phi * phi) * random.normal()
    return value
  })
}

const missed = (blockDays: number): number =>
  Array.from({ length: 150 }, (_, seed) =>
    dayBlockBootstrap(days(0.7, 300, seed + 1), {
      random: createRandom(seed),
      blockDays,
      resamples: 300,
    }),
  ).filter(({ lower, upper }) => lower > 0 || upper < 0).length / 150

describe('the day-block bootstrap', () => {
  test('of independent days has the textbook standard error', () => {
    const interval = dayBlockBootstrap(days(0, 400, 5), { random: createRandom(1) })
    expect(interval.standardError).toBeGreaterThan(0.035)
    expect(interval.standardError).toBeLessThan(0.065)
    expect(interval.lower).toBeLessThan(interval.mean)
    expect(interval.upper).toBeGreaterThan(interval.mean)
  })
  test('sees that days with memory say less than single draws would have it', () => {
    const values = days(0.8, 400, 5)
    const blocks = dayBlockBootstrap(values, { random: createRandom(1) })
    const single = dayBlockBootstrap(values, { random: createRandom(1), blockDays: 1 })
    expect(blocks.standardError).toBeGreaterThan(1.8 * single.standardError)
  })
  test('covers the true mean about as often as it says, where single draws fail', () => {
    expect(missed(10)).toBeLessThan(0.15)
    expect(missed(1)).toBeGreaterThan(0.25)
  })
  test('gives the same interval for the same seed', () => {
    const values = days(0.3, 60, 2)
    const draw = () => dayBlockBootstrap(values, { random: createRandom(9) })
    expect(draw()).toEqual(draw())
  })
  test('of one day is that day', () => {
    expect(dayBlockBootstrap([3], { random: createRandom(1) })).toEqual({
      mean: 3,
      standardError: 0,
      lower: 3,
      upper: 3,
    })
  })
})
