import {
  classOf,
  likeliestClass,
  rankedProbabilityScore,
  TargetClasses,
} from '@fleetcast/shared/recipe/classes.ts'
import { forecastRange, lossOf, metricOf, widthOf, type TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import { describe, expect, test } from 'vitest'

const classes = { limits: [2, 5.5, 10.8], names: ['calm', 'light', 'fresh', 'strong'] }
const target: TargetSpec = { channel: 'windSpeed', horizonSteps: 6, classes }

describe('a class', () => {
  test.each([
    [-1, 0],
    [2, 0],
    [2.1, 1],
    [5.5, 1],
    [10.8, 2],
    [10.9, 3],
    [80, 3],
  ])('%d m/s is above %d limits', (value, place) => expect(classOf(classes, value)).toBe(place))
  test('is the same of a value in double and in single precision', () => {
    // 10.8 in single precision lies above 10.8 in double precision.
    expect(Math.fround(10.8)).toBeGreaterThan(10.8)
    expect(classOf(classes, Math.fround(10.8))).toBe(2)
  })
  test('that is likeliest is the lowest of equals', () => {
    expect(likeliestClass([0.1, 0.3, 0.4, 0.2])).toBe(2)
    expect(likeliestClass([0.4, 0.1, 0.4, 0.1])).toBe(0)
  })
})

describe('the ranked probability score', () => {
  // By hand: cumulative 0.1, 0.4, 0.8; of class 2 the truth's are 0, 0, 1.
  test('is the mean square of the cumulative differences', () => {
    expect(rankedProbabilityScore([0.1, 0.3, 0.4, 0.2], 2)).toBeCloseTo((0.01 + 0.16 + 0.04) / 3, 12)
    expect(rankedProbabilityScore([0.1, 0.3, 0.4, 0.2], 0)).toBeCloseTo((0.81 + 0.36 + 0.04) / 3, 12)
  })
  test('is 0 of a certain truth, and grows with the distance of a certain error', () => {
    expect([0, 1, 2, 3].map((truth) => rankedProbabilityScore([1, 0, 0, 0], truth))).toEqual([
      0,
      1 / 3,
      2 / 3,
      1,
    ])
  })
  test('of two classes is the Brier score', () => {
    expect(rankedProbabilityScore([0.7, 0.3], 1)).toBeCloseTo(
      lossOf({ event: { of: 'max', above: 1 } }, 0.3, 1),
      12,
    )
  })
  test('is proper: nobody expects to gain by saying anything else than what he believes', () => {
    const believed = [0.2, 0.5, 0.2, 0.1]
    const expected = (said: readonly number[]): number =>
      believed.reduce((sum, p, truth) => sum + p * rankedProbabilityScore(said, truth), 0)
    for (const from of [0, 1, 2, 3])
      for (const to of [0, 1, 2, 3])
        if (from !== to) {
          const other = believed.map((p, k) => p + (k === to ? 0.05 : k === from ? -0.05 : 0))
          expect(expected(other)).toBeGreaterThan(expected(believed))
        }
  })
})

describe('a target of classes', () => {
  test('is scored by it; a class alone counts as certain', () => {
    expect(metricOf(target)).toBe('rps')
    expect(lossOf(target, [0.1, 0.3, 0.4, 0.2], 2)).toBeCloseTo(0.07, 12)
    for (const said of [0, 1, 2, 3])
      for (const truth of [0, 1, 2, 3]) {
        const oneHot = [0, 1, 2, 3].map((k) => (k === said ? 1 : 0))
        expect(lossOf(target, said, truth)).toBeCloseTo(lossOf(target, oneHot, truth), 12)
      }
  })
  test('is forecast by a probability of each, and in one number by their mean place', () => {
    expect(widthOf(target)).toBe(4)
    expect(widthOf({})).toBe(1)
    expect(forecastRange(target, { unit: 'm/s', min: 0, max: 75 })).toEqual({ unit: 'class', min: 0, max: 3 })
  })
  test.each([
    ['names', { ...classes, names: ['calm', 'light', 'fresh'] }, '3 limits part 4 classes: give each a name'],
    ['limits.2', { ...classes, limits: [2, 5.5, 5.5] }, 'limits rise, each above the one before'],
    ['names.3', { ...classes, names: ['calm', 'light', 'fresh', 'calm'] }, 'the class calm stands twice'],
    [
      'names.0',
      { ...classes, names: ['', 'light', 'fresh', 'strong'] },
      'a class is named in up to 30 letters',
    ],
    [
      'limits',
      { limits: [1, 2, 3, 4, 5, 6, 7, 8], names: [...'abcdefghi'] },
      'Too big: expected array to have <=7 items',
    ],
    ['limits', { limits: [], names: ['all'] }, 'Too small: expected array to have >=1 items'],
  ])('with wrong %s is refused', (path, given, message) => {
    const parsed = TargetClasses.safeParse(given)
    expect(parsed.error?.issues.map((issue) => [issue.path.join('.'), issue.message])).toContainEqual([
      path,
      message,
    ])
  })
})
