import { labelOf, persistenceOf, type ValueBefore } from '@fleetcast/shared/labels/label.ts'
import { forecastRange, lossOf, type TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import { describe, expect, test } from 'vitest'

/** Values oldest first, the last one at the step in question. */
const at =
  (...values: readonly number[]): ValueBefore =>
  (steps) =>
    values[values.length - 1 - steps] ?? Number.NaN

const target = (change: Partial<TargetSpec>): TargetSpec => ({ channel: 'x', horizonSteps: 3, ...change })
const GAP = Number.NaN

describe('a value', () => {
  test('is what the channel says, and stays', () => {
    expect(labelOf(target({}), at(1, 2, 3, 4))).toBe(4)
    expect(labelOf(target({ predict: 'value' }), at(4))).toBe(4)
    expect(persistenceOf(target({}), at(4))).toBe(4)
    expect(labelOf(target({}), at(1, GAP))).toBeNaN()
  })
})

describe('a change', () => {
  const change = target({ predict: 'change' })
  test('is taken over the horizon, and persistence expects none', () => {
    expect(labelOf(change, at(1_010, 1_011, 1_009, 1_006))).toBe(-4)
    expect(persistenceOf(change, at(1_006))).toBe(0)
  })
  test('is unknown without either end', () => {
    expect(labelOf(change, at(GAP, 1, 2, 3))).toBeNaN()
    expect(labelOf(change, at(0, 1, 2, GAP))).toBeNaN()
    expect(persistenceOf(change, at(GAP))).toBeNaN()
  })
})

describe('an event', () => {
  const rain = target({ event: { of: 'sum', above: 0.2 } })
  test('counts the readings after the forecast alone', () => {
    expect(labelOf(rain, at(9, 0, 0.1, 0.1))).toBe(0)
    expect(labelOf(rain, at(0, 0.1, 0.1, 0.1))).toBe(1)
  })
  test('of persistence is what happened within the last horizon', () => {
    expect(persistenceOf(rain, at(0, 0.3, 0, 0))).toBe(1)
    expect(persistenceOf(rain, at(0.3, 0, 0, 0))).toBe(0)
  })
  test('may be a frost or a gale as well', () => {
    expect(labelOf(target({ event: { of: 'max', above: 17 } }), at(0, 3, 18, 4))).toBe(1)
    expect(labelOf(target({ event: { of: 'min', above: 0 } }), at(0, 3, -1, 4))).toBe(0)
  })
  test('is unknown when more than a tenth of its readings are missing', () => {
    const day = target({ horizonSteps: 24, event: { of: 'sum', above: 0.2 } })
    const hours = (gaps: number) => Array.from({ length: 24 }, (_, i) => (i < gaps ? GAP : 0.1))
    expect(labelOf(day, at(...hours(2)))).toBe(1)
    expect(labelOf(day, at(...hours(3)))).toBeNaN()
  })
  test('is scored by the square, a number by its size', () => {
    expect(lossOf(rain, 0.5, 1)).toBe(0.25)
    expect(lossOf(target({}), 0.5, 1)).toBe(0.5)
  })
})

describe('a class', () => {
  const classes = { limits: [2, 5.5], names: ['calm', 'light', 'strong'] }
  test('is that of the value at the end of the horizon, and stays', () => {
    expect(labelOf(target({ classes }), at(9, 0, 0, 3))).toBe(1)
    expect(persistenceOf(target({ classes }), at(0, 0, 6))).toBe(2)
    expect(labelOf(target({ classes }), at(1, GAP))).toBeNaN()
    expect(persistenceOf(target({ classes }), at(GAP))).toBeNaN()
  })
  test('may be that of the sum, maximum or minimum of the horizon', () => {
    const of = (name: 'sum' | 'max' | 'min') => target({ classes: { ...classes, of: name } })
    expect(labelOf(of('sum'), at(9, 1, 1, 1))).toBe(1)
    expect(labelOf(of('max'), at(9, 1, 6, 1))).toBe(2)
    expect(labelOf(of('min'), at(0, 3, 6, 3))).toBe(1)
    expect(persistenceOf(of('max'), at(9, 1, 3, 1))).toBe(1)
    expect(labelOf(of('max'), at(1, GAP, 1, 1))).toBeNaN()
  })
})

test('a forecast has the range of what it says', () => {
  const channel = { unit: 'hPa', min: 870, max: 1085 }
  expect(forecastRange(target({}), channel)).toEqual(channel)
  expect(forecastRange(target({ predict: 'change' }), channel)).toEqual({ unit: 'hPa', min: -215, max: 215 })
  expect(forecastRange(target({ event: { of: 'sum', above: 1 } }), channel)).toEqual({
    unit: 'probability',
    min: 0,
    max: 1,
  })
})
