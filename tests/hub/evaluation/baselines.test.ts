import { SiteId } from '@fleetcast/shared/ids.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { describe, expect, test } from 'vitest'
import { climatology, seasonalPersistence } from '../../../hub/evaluation/baselines.ts'
import { scoreTest } from '../../../hub/evaluation/score-test.ts'
import type { Samples } from '../../../hub/training/build-samples.ts'
import { smallRecipe } from '../features/small-recipe.ts'

const steps = 200
const recipe = smallRecipe()
const startAt = epochMs(Date.UTC(2022, 0, 1))
/** Temperature counts the hours; pressure stands still. */
const values = Float32Array.from({ length: steps * 2 }, (_, i) => (i % 2 === 0 ? i / 2 : 1_000))
const series = [{ site: SiteId.parse('here'), latitude: 0, longitude: 0, startAt, values, steps }]

function samplesAt(...at: readonly number[]): Samples {
  return {
    matrix: { rows: at.length, columns: 0, data: new Float32Array() },
    target: Float32Array.from(at, () => recipe.target.horizonSteps),
    anchor: Float32Array.from(at),
    persistence: Float32Array.from(at),
    truth: Float32Array.from(at, (step) => step + recipe.target.horizonSteps),
    seriesIndex: new Int32Array(at.length),
    step: Int32Array.from(at),
    timeSeconds: Float64Array.from(at, (step) => startAt / 1_000 + step * 3_600),
  }
}

describe('baselines', () => {
  test('seasonal persistence is the mean of the same hour on the last three known days', () => {
    const samples = samplesAt(100)
    expect(seasonalPersistence({ recipe, series, samples })[0]).toBe(103 - 48)
  })
  test('seasonal persistence skips gaps and the time before the series, and falls back to persistence', () => {
    const gap = values.slice()
    gap[2 * (100 + 3 - 48)] = Number.NaN
    const input = { recipe, series: [{ ...series[0]!, values: gap }] }
    expect(seasonalPersistence({ ...input, samples: samplesAt(100) })[0]).toBe(103 - 48)
    expect(seasonalPersistence({ ...input, samples: samplesAt(30) })[0]).toBe(33 - 24)
    expect(seasonalPersistence({ ...input, samples: samplesAt(10) })[0]).toBe(10)
  })
  test('never uses a reading later than the forecast', () => {
    const far = smallRecipe({ target: { channel: 'temperature', horizonSteps: 30 } })
    const known = seasonalPersistence({ recipe: far, series, samples: samplesAt(120) })[0]!
    expect(known).toBe((120 + 30 - 48 + (120 + 30 - 72) + (120 + 30 - 96)) / 3)
    expect(known).toBeLessThanOrEqual(120)
  })
  test('climatology knows the training rows alone', () => {
    const samples = samplesAt(48, 72, 96, 99)
    const means = climatology({ recipe, series, samples }, Int32Array.of(0, 1))
    expect(means[2]).toBe((51 + 75) / 2)
    expect(means[3]).toBe((51 + 75) / 2)
  })
})

describe('baselines of classes', () => {
  const classes = { limits: [53, 80, 100], names: ['a', 'b', 'c', 'd'] }
  const inClasses = smallRecipe({ target: { channel: 'temperature', horizonSteps: 3, classes } })
  /** The same rows, persistence and truth by their classes. */
  const placed = (...at: readonly number[]): Samples => {
    const place = (value: number): number => classes.limits.filter((limit) => value > limit).length
    const samples = samplesAt(...at)
    return { ...samples, persistence: samples.persistence.map(place), truth: samples.truth.map(place) }
  }
  test('say how often each class came at the same hour, and what persistence says where nothing is known', () => {
    // 103 - 24 is class b, 103 - 48 is b, 103 - 72 is a; at step 10 nothing is known.
    const samples = placed(100, 10)
    expect(Array.from(seasonalPersistence({ recipe: inClasses, series, samples }))).toEqual(
      [1 / 3, 2 / 3, 0, 0, 1, 0, 0, 0].map(Math.fround),
    )
  })
  test('count the classes of the training rows', () => {
    // Truths 51 (a) and 75 (b) train; the cell of 99 is the same month alone.
    const samples = placed(48, 72, 96, 99)
    const shares = climatology({ recipe: inClasses, series, samples }, Int32Array.of(0, 1))
    expect(Array.from(shares.subarray(8))).toEqual([0.5, 0.5, 0, 0, 0.5, 0.5, 0, 0])
  })
  test('are scored like the model, whose likeliest class is counted', () => {
    // Truths 99 (c) and 102 (d), persistence 96 (c) and 99 (c).
    const samples = placed(48, 72, 96, 99)
    const split = {
      training: Int32Array.of(0),
      validation: Int32Array.of(1),
      test: Int32Array.of(2, 3),
    }
    const said = Float32Array.from([
      ...[1, 0, 0, 0],
      ...[1, 0, 0, 0],
      ...[0, 0.25, 0.5, 0.25],
      ...[0, 0, 0.75, 0.25],
    ])
    const score = scoreTest({ recipe: inClasses, series, samples }, split, said)
    expect(score.testMae).toBeCloseTo((0.0625 + 0.0625 + 0.5625) / 3 / 2, 6)
    expect(score.persistenceMae).toBeCloseTo(1 / 3 / 2, 6)
    // The training row was class a: two and three classes off.
    expect(score.climatologyMae).toBeCloseTo((2 / 3 + 1) / 2, 6)
    expect(score.accuracy).toEqual({ model: 0.5, persistence: 0.5 })
  })
})

test('the score looks at test rows only', () => {
  const samples = samplesAt(48, 72, 96)
  const split = { training: Int32Array.of(0), validation: Int32Array.of(1), test: Int32Array.of(2) }
  const score = scoreTest({ recipe, series, samples }, split, Float32Array.of(0, 0, 98))
  expect(score.testMae).toBe(1)
  expect(score.persistenceMae).toBe(3)
  expect(score.accuracy).toBeNull()
  expect(score.bySite).toEqual([{ site: 'here', n: 1, mae: 1, persistenceMae: 3 }])
})
