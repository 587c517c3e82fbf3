import { createRandom } from '@fleetcast/shared/random.ts'
import { describe, expect, test } from 'vitest'
import { chooseTrial } from '../../../hub/evaluation/choose-trial.ts'

const DAYS = 120
const timeSeconds = Float64Array.from({ length: DAYS * 24 }, (_, i) => i * 3_600)

/** Losses around a size, with days that are hard for every trial and weeks that are hard for this one. */
function lossesOf(size: number, seed: number): Float32Array {
  const random = createRandom(seed)
  const ofWeek = Array.from({ length: DAYS }, () => 0).map(() => 0.3 * random.normal())
  return Float32Array.from(timeSeconds, (_, i) => size + ofWeek[Math.floor(i / 168)]! + 0.1 * random.normal())
}

describe('the trial that is kept', () => {
  test('is the best one when it is clearly better', () => {
    const trials = [
      { bytes: 1_000, losses: lossesOf(2, 1) },
      { bytes: 9_000, losses: lossesOf(1, 2) },
    ]
    expect(chooseTrial(trials, timeSeconds).index).toBe(1)
  })
  test('is the smaller one when the difference may be a few weeks of chance', () => {
    const better = lossesOf(2, 1)
    const nearly = better.map((error, i) => error + 0.01 + (Math.floor(i / 504) % 2 === 0 ? 0.2 : -0.2))
    const trials = [
      { bytes: 9_000, losses: better },
      { bytes: 1_000, losses: nearly },
    ]
    expect(chooseTrial(trials, timeSeconds)).toMatchObject({ index: 1 })
    expect(chooseTrial(trials, timeSeconds).reason).toContain('within one standard error')
  })
  test('is none that diverged, however small and wherever it stands', () => {
    const diverged = { bytes: 100, losses: lossesOf(1, 3).fill(Number.NaN, 500) }
    const endless = { bytes: 100, losses: lossesOf(1, 4).fill(Infinity, 500) }
    const sound = { bytes: 1_000, losses: lossesOf(2, 1) }
    expect(chooseTrial([diverged, endless, sound], timeSeconds).index).toBe(2)
    expect(chooseTrial([sound, endless, diverged], timeSeconds).index).toBe(0)
    expect(chooseTrial([diverged, diverged], timeSeconds).index).toBe(0)
  })
  test('is the same for the same trials, and of equal ones the first', () => {
    const losses = lossesOf(2, 1)
    const equal = [
      { bytes: 500, losses },
      { bytes: 500, losses },
    ]
    expect(chooseTrial(equal, timeSeconds)).toEqual(chooseTrial(equal, timeSeconds))
    expect(chooseTrial(equal, timeSeconds).index).toBe(0)
  })
})
