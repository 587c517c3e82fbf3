import { describe, expect, test } from 'vitest'
import { createRandom } from '@fleetcast/shared/random.ts'
import { confidenceMultiplier, confidenceSequence } from '@fleetcast/shared/statistics/confidence-sequence.ts'
import { longRunVariance, sampleVariance, varianceOfMean } from '@fleetcast/shared/statistics/newey-west.ts'

describe('the multiplier of the standard error', () => {
  const DAYS = [7, 14, 21, 42, 90]
  test('has the golden two-sided values (alpha 0.05, tightest at 21 days)', () => {
    const got = DAYS.map((n) => confidenceMultiplier(n, { alpha: 0.05, sides: 'two' }).toFixed(4))
    expect(got).toEqual(['3.1684', '3.0513', '3.0352', '3.0615', '3.1349'])
  })
  test('has the golden one-sided values', () => {
    const got = DAYS.map((n) => confidenceMultiplier(n, { alpha: 0.05, sides: 'one' }).toFixed(4))
    expect(got).toEqual(['2.9365', '2.8012', '2.7791', '2.8013', '2.8763'])
  })
})

describe('the long-run variance', () => {
  test('is the Newey-West sum with Bartlett weights, scaled for few days', () => {
    const values = [1, 1, 2, 2, 5, 5]
    const centered = values.map((value) => value - 16 / 6)
    const at = (lag: number) =>
      centered.slice(lag).reduce((sum, value, i) => sum + value * centered[i]!, 0) / 5
    expect(longRunVariance(values)).toBeCloseTo((6 / 2) * (at(0) + 1.5 * at(1) + at(2) + 0.5 * at(3)), 12)
    expect(varianceOfMean(values)).toBeCloseTo(longRunVariance(values) / 6, 12)
  })
  test('is never below the sample variance', () => {
    const zigzag = [1, -1, 1, -1, 1, -1, 1, -1]
    expect(longRunVariance(zigzag)).toBe(sampleVariance(zigzag))
  })
  test('of one value is zero', () => {
    expect(longRunVariance([4])).toBe(0)
  })
})

/** Daily values with memory `phi`, unit variance and the given mean. */
function autoregression(seed: number, { phi, mean, n }: { phi: number; mean: number; n: number }): number[] {
  const random = createRandom(seed)
  let state = random.normal()
  return Array.from({ length: n }, () => {
    const value = mean + state
    state = phi * state + Math.sqrt(1 - phi * phi) * random.normal()
    return value
  })
}

/** Share of streams whose lower bound rises above the true mean at any look from day 21 to 120. */
function everAbove(phi: number, isIndependent: boolean): number {
  let alarms = 0
  for (let seed = 1; seed <= 300; seed++) {
    const values = autoregression(seed, { phi, mean: 0, n: 120 })
    for (let n = 21; n <= 120; n++) {
      const seen = values.slice(0, n)
      const { lower, mean } = confidenceSequence(seen, { alpha: 0.05, sides: 'one' })
      const narrow =
        mean - Math.sqrt(sampleVariance(seen) / n) * confidenceMultiplier(n, { alpha: 0.05, sides: 'one' })
      if ((isIndependent ? narrow : lower) > 0) {
        alarms += 1
        break
      }
    }
  }
  return alarms / 300
}

describe('a one-sided sequence looked at daily from day 21 on', () => {
  test('errs no more often than alpha with the memory daily errors have', () => {
    expect(everAbove(0, false)).toBeLessThanOrEqual(0.05)
    expect(everAbove(0.2, false)).toBeLessThanOrEqual(0.05)
  })
  test('errs too often when days are taken as independent though they are not', () => {
    expect(everAbove(0.6, true)).toBeGreaterThan(0.08)
  })
})
