/** How often the comparison with the champion errs: on two versions that are alike, and on one that is worse. */
import { describe, expect, test } from 'vitest'
import { GATE_DEFAULTS } from '@fleetcast/shared/recipe/gates.ts'
import { judgeSkill } from '../../../hub/gates/judge-skill.ts'
import { judgeSlices } from '../../../hub/gates/judge-slices.ts'
import { madeUpRows, type RowsWish } from './gate-evidence.ts'

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1)
const failures = (wish: RowsWish['overChampion'], worseThanChampionMax: number): number =>
  SEEDS.filter((seed) => {
    const rows = madeUpRows({ seed, days: 60, overChampion: wish ?? null })
    const entries = judgeSkill({ ...GATE_DEFAULTS, worseThanChampionMax }, rows)
    return entries.find(({ gate }) => gate === 'champion')?.verdict === 'fail'
  }).length

describe('beside the champion', () => {
  test('a version of the same quality passes, where the days resolve the margin', () => {
    expect(failures({ ratio: 1, noise: 0.1 }, 0.01)).toBeLessThanOrEqual(2)
  })
  test('a version at the margin passes no more often than the confidence allows', () => {
    expect(SEEDS.length - failures({ ratio: 1.02, noise: 0.1 }, 0.01)).toBeLessThanOrEqual(4)
  })
  test('a version that is 10 % worse fails', () => {
    expect(failures({ ratio: 1.1, noise: 0.1 }, 0.01)).toBe(SEEDS.length)
    expect(failures({ ratio: 1.1, noise: 0.1 }, 0.08)).toBeGreaterThanOrEqual(SEEDS.length - 2)
  })
})

test('of many slices that are alike none fails by luck (Holm)', () => {
  const unlucky = SEEDS.filter((seed) => {
    const rows = madeUpRows({ seed, days: 60, overChampion: { ratio: 1, noise: 0.3 } })
    const entries = judgeSlices({ ...GATE_DEFAULTS, sliceWorseMax: 0 }, rows)
    return entries.some(({ gate, verdict }) => gate === 'slices' && verdict === 'fail')
  })
  expect(unlucky.length).toBeLessThanOrEqual(6)
})
