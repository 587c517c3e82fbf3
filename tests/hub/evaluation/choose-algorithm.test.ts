import { createRandom } from '@fleetcast/shared/random.ts'
import { describe, expect, test } from 'vitest'
import { chooseAlgorithm, type Candidate } from '../../../hub/evaluation/choose-algorithm.ts'
import { dailyDifferences } from '../../../hub/evaluation/metrics.ts'

const HOURS = 24 * 60
const times = Array.from({ length: HOURS }, (_, i) => i * 3_600)

/** Losses of a given mean size: the days differ, and differ between candidates by `wobble`. */
function candidate(algorithm: Candidate['algorithm'], size: number, wobble: number, seed = 1): Candidate {
  const random = createRandom(seed)
  const byDay = Array.from({ length: 60 }, () => wobble * random.normal())
  const losses = Float32Array.from(times, (time) => size + byDay[Math.floor(time / 86_400)]!)
  const validationMae = losses.reduce((sum, loss) => sum + loss, 0) / losses.length
  return { algorithm, losses, validationMae }
}

describe('the choice of an algorithm', () => {
  test('takes a clear winner', () => {
    const candidates = [
      candidate('mlp', 2.2, 0.01),
      candidate('gbdt', 2, 0.01),
      candidate('ridge', 2.5, 0.01),
    ]
    expect(chooseAlgorithm(candidates, times).algorithm).toBe('gbdt')
  })
  test('prefers the simpler one when the difference is within one standard error', () => {
    const candidates = [candidate('ridge', 2.02, 0.5, 1), candidate('blend', 2, 0.5, 2)]
    const spread = candidates[0]!.validationMae - candidates[1]!.validationMae
    expect(Math.abs(spread)).toBeLessThan(0.13)
    expect(chooseAlgorithm(candidates, times).algorithm).toBe('ridge')
  })
  test('counts days, not rows: a lucky hour repeated is no evidence', () => {
    const lucky = candidate('gbdt', 2, 0)
    const losses = lucky.losses.map((error, i) => (i < 24 ? 0 : error))
    const candidates = [candidate('ridge', 2, 0), { ...lucky, losses, validationMae: 1.97 }]
    expect(chooseAlgorithm(candidates, times).algorithm).toBe('ridge')
  })
})

test('daily differences are means of each day in order', () => {
  const day = 86_400
  const differences = dailyDifferences(Float32Array.of(3, 1, 2), Float32Array.of(1, 1, 5), [day, day + 60, 0])
  expect(differences).toEqual([-3, 1])
})
