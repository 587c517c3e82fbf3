import { describe, expect, test } from 'vitest'
import { checkValue, QUALITY_START, type QualityFlag } from '@fleetcast/shared/quality/quality-control.ts'

const limits = { min: -60, max: 60, stepMax: 12, flatlineReadings: 4 }

function flagsOf(values: readonly (number | null)[], using = limits): QualityFlag[] {
  let state = QUALITY_START
  return values.map((value) => {
    const step = checkValue(value, using, state)
    state = step.state
    return step.flag
  })
}

describe('quality control of one channel', () => {
  test('finds a single glitch and takes the values around it (JFK, 9 May 2013)', () => {
    expect(flagsOf([14, 13.9, -10.5, 14, 13.8])).toEqual(['ok', 'ok', 'step', 'ok', 'ok'])
  })
  test('takes a true fast change once the next reading confirms the new level', () => {
    expect(flagsOf([20, 20.5, 5, 4.5, 4])).toEqual(['ok', 'ok', 'step', 'ok', 'ok'])
  })
  test('does not judge a jump after a long gap', () => {
    expect(flagsOf([20, null, null, null, 5])).toEqual(['ok', 'missing', 'missing', 'missing', 'ok'])
  })
  test('refuses what is physically impossible', () => {
    expect(flagsOf([61, -61, Number.NaN, 60])).toEqual(['range', 'range', 'missing', 'ok'])
  })
  test('finds a stuck sensor and takes it back when it moves', () => {
    expect(flagsOf([7, 7, 7, 7, 7, 8])).toEqual(['ok', 'ok', 'ok', 'flatline', 'flatline', 'ok'])
  })
  test('knows channels that may stay constant', () => {
    expect(flagsOf([0, 0, 0, 0, 0], { ...limits, flatlineReadings: null as unknown as number })).toEqual([
      'ok',
      'ok',
      'ok',
      'ok',
      'ok',
    ])
  })
})
