import { createRandom } from '@fleetcast/shared/random.ts'
import { gatePolicyOf } from '@fleetcast/shared/recipe/gates.ts'
import { describe, expect, test } from 'vitest'
import type { Answered } from '../../../hub/gates/gate-rows.ts'
import { judgeVersion } from '../../../hub/gates/judge-version.ts'
import { madeUpEvidence, madeUpRows } from './gate-evidence.ts'

const policy = gatePolicyOf({})

/** An event that comes as often as `truth` makes of what is said. */
function answered(days: number, truth: (said: number) => number): Answered {
  const random = createRandom(5)
  const said = Float32Array.from({ length: days * 48 }, () => random.next())
  return { name: 'event', said, came: said.map((p) => (random.next() < truth(p) ? 1 : 0)) }
}

function calibrationOf(answers: readonly Answered[], days: number) {
  const evidence = madeUpEvidence({ rows: { ...madeUpRows({ days }), isTruthOrdered: false, answers } })
  return judgeVersion(policy, evidence).gates.filter(({ gate }) => gate === 'calibration')
}

describe('probabilities', () => {
  test('that come true as often as they say pass, with the numbers of every bin', () => {
    const [whole, ...bins] = calibrationOf([answered(120, (p) => p)], 120)
    expect(whole).toMatchObject({ slice: null, verdict: 'pass', limit: 0.05, n: 5_760, days: 120 })
    expect(whole!.value).toBeLessThan(0.02)
    expect(bins.map(({ slice }) => slice)).toEqual(
      [0, 20, 40, 60, 80].map((from) => `event, said ${from}-${from + 20} %`),
    )
    expect(bins.reduce((sum, { n }) => sum + n, 0)).toBe(5_760)
    expect(bins.every(({ verdict }) => verdict === 'pass')).toBe(true)
    expect(bins[2]!.message).toMatch(/^(49|50)\.\d % on average were said, (48|49|50|51)\.\d % came/)
  })
  test('that are too sure of themselves fail where they are', () => {
    const entries = calibrationOf([answered(120, (p) => 0.5 + 0.4 * (p - 0.5))], 120)
    expect(entries.filter(({ verdict }) => verdict === 'fail').map(({ slice }) => slice)).toEqual([
      null,
      'event, said 0-20 %',
      'event, said 20-40 %',
      'event, said 60-80 %',
      'event, said 80-100 %',
    ])
    expect(entries[0]!.message).toContain('4 of 5 kinds of forecast are off by more than 5.0 %')
  })
  test('of one class alone may fail', () => {
    const [good, bad] = [answered(120, (p) => p), answered(120, (p) => Math.max(0, p - 0.2))]
    const entries = calibrationOf(
      [
        { ...good, name: 'class calm' },
        { ...bad, name: 'class strong' },
      ],
      120,
    )
    expect(entries[0]).toMatchObject({ verdict: 'fail' })
    expect(entries[0]!.message).toContain('worst is class strong')
    const failed = entries.filter(({ slice, verdict }) => slice !== null && verdict === 'fail')
    expect(failed.every(({ slice }) => slice!.startsWith('class strong'))).toBe(true)
  })
  test('on a few days are not judged', () => {
    const entries = calibrationOf([answered(25, (p) => p / 3)], 25)
    expect(entries.every(({ verdict }) => verdict === 'notTestable')).toBe(true)
    expect(entries[1]!.message).toBe('25 days, 30 are needed')
  })
})
