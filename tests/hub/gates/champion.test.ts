/** How often the comparison with the champion errs: on two versions that are alike, and on one that is worse. */
import { describe, expect, test } from 'vitest'
import { GATE_DEFAULTS, type GatePolicy } from '@fleetcast/shared/recipe/gates.ts'
import type { GateEntry } from '../../../hub/gates/gate-report.ts'
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

/** The champion gate where the champion was trained on all test days but the last so many. */
function besideTrained(unseenDays: number, policy: Partial<GatePolicy> = {}): GateEntry {
  const rows = madeUpRows({ days: 60, overChampion: { ratio: 1, noise: 0.01 } })
  const firstUnseen = rows.loss.length * (1 - unseenDays / 60)
  const championLoss = rows.championLoss!.map((loss, row) => (row < firstUnseen ? Number.NaN : loss))
  const entries = judgeSkill({ ...GATE_DEFAULTS, ...policy }, { ...rows, championLoss })
  return entries.find(({ gate }) => gate === 'champion')!
}

describe('a champion that was trained on the test rows', () => {
  test.each([
    [0, /^the champion was trained on every test row; no stage of its rollout passes before/],
    [13, /^13 test days that the champion never saw; no stage of its rollout passes before/],
  ])('all but those of %i days is nothing to compare with: that is said, and is no pass', (days, message) => {
    const entry = besideTrained(days)
    expect(entry).toMatchObject({ verdict: 'notTestable', value: null, days })
    expect(entry.message).toMatch(message)
  })
  test('is a failure where the recipe wants days that it never saw', () => {
    expect(besideTrained(0, { championDaysMin: 30 })).toMatchObject({ verdict: 'fail', days: 0 })
    expect(besideTrained(29, { championDaysMin: 30 })).toMatchObject({ verdict: 'fail', days: 29 })
    expect(besideTrained(30, { championDaysMin: 30 })).toMatchObject({ verdict: 'pass', days: 30 })
  })
  test('is compared with on a fortnight that it never saw', () => {
    expect(besideTrained(14)).toMatchObject({ verdict: 'pass', days: 14 })
  })
})

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
