import { createRandom } from '@fleetcast/shared/random.ts'
import { describe, expect, test } from 'vitest'
import { calibrate, fitIsotonic, fitPlatt } from '../../../../hub/training/classification/calibration.ts'

const random = createRandom(8)
const scores = Float32Array.from({ length: 4_000 }, () => 2 * random.normal())
const truth = (score: number): number => 1 / (1 + Math.exp(-(0.5 * score - 1)))
const labels = scores.map((score) => (random.next() < truth(score) ? 1 : 0))
const grid = Float32Array.from({ length: 41 }, (_, i) => (i - 20) / 10)

describe('calibration', () => {
  test('after Platt finds the curve that the labels were drawn from', () => {
    calibrate(fitPlatt(scores, labels), grid).forEach((p, i) =>
      expect(Math.abs(p - truth(grid[i]!))).toBeLessThan(0.04),
    )
  })
  test('by pooling follows it too, and never falls', () => {
    const probabilities = calibrate(fitIsotonic(scores, labels), grid)
    probabilities.forEach((p, i) => expect(Math.abs(p - truth(grid[i]!))).toBeLessThan(0.1))
    expect(probabilities).toEqual(probabilities.toSorted())
  })
  test('pools neighbours that contradict each other', () => {
    const calibration = fitIsotonic(Float32Array.of(1, 2, 3, 4), Float32Array.of(0, 1, 0, 1))
    expect(calibration).toMatchObject({
      scores: Float32Array.of(1, 2.5, 4),
      probabilities: Float32Array.of(0, 0.5, 1),
    })
  })
  test('of separable or equal scores stays between zero and one', () => {
    const separable = Float32Array.of(-1, -2, 1, 2)
    const equal = new Float32Array(4).fill(3)
    for (const given of [separable, equal])
      for (const fit of [fitPlatt, fitIsotonic]) {
        const probabilities = calibrate(fit(given, Float32Array.of(0, 0, 1, 1)), given)
        expect(probabilities.every((p) => p > 0 && p < 1)).toBe(true)
      }
  })
})
