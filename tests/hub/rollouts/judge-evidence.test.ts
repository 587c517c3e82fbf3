import { describe, expect, test } from 'vitest'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { EvidenceDay } from '@fleetcast/hub/rollouts/evidence-day.ts'
import { judgeEvidence, type Judgement, type JudgeInput } from '@fleetcast/hub/rollouts/judge-evidence.ts'
import { CHAMPION, dailyDifferences, evidenceDay, evidenceOf, POLICY } from './rollout-fixtures.ts'

const judge = (evidence: JudgeInput['evidence'], change: Partial<JudgeInput> = {}): Judgement =>
  judgeEvidence({
    evidence,
    champions: [],
    policy: POLICY,
    pairsPerDay: 24,
    daysMax: POLICY.daysMax,
    ...change,
  })

describe('a verdict', () => {
  test('is noData without pairs, and never a pass', () => {
    expect(judge([])).toMatchObject({
      verdict: 'noData',
      waitsFor: ['verified forecasts: 0 of at least 400, over 0 whole days'],
    })
    expect(judge(evidenceOf('jfk', { mean: -0.5, sd: 0.01, days: 16 })).verdict).toBe('noData')
  })
  test('is open before the first look, however good the evidence is', () => {
    const judged = judge(evidenceOf('jfk', { mean: -0.5, sd: 0.01, days: 20 }))
    expect(judged.verdict).toBeNull()
    expect(judged.waitsFor).toEqual(['whole days of pairs against persistence: 20 of at least 21'])
  })
  test('is pass when the evidence is clear, with its numbers', () => {
    const judged = judge(evidenceOf('jfk', { mean: -0.14, sd: 0.1, days: 21 }))
    expect(judged.verdict).toBe('pass')
    const [persistence] = judged.measurements
    expect(persistence).toMatchObject({
      reference: 'persistence',
      days: 21,
      pairs: 504,
      margin: 0.05,
      referenceMae: 2.5,
    })
    expect(persistence!.mae / persistence!.referenceMae - 1).toBeCloseTo(persistence!.relativeDifference, 10)
    expect(judged.reasons[0]).toMatch(
      /^against persistence -\d+\.\d % \(-\d.* over 21 days and 504 pairs: the upper bound is below/,
    )
  })
  test('is fail once it is surely worse than persistence, whatever the margin', () => {
    const judged = judge(evidenceOf('sea', { mean: 0.13, sd: 0.1, days: 40 }))
    expect(judged.verdict).toBe('fail')
    expect(judged.reasons).toEqual([expect.stringContaining('even the lower bound is above +0.0 %')])
  })
  test('is open in between, with the days it would take', () => {
    const judged = judge(evidenceOf('jfk', { mean: -0.07, sd: 0.4, days: 40, seed: 4 }))
    expect(judged.verdict).toBeNull()
    expect(judged.waitsFor[0]).toMatch(
      /upper bound against persistence to fall from .* at this spread in about \d+ more days/,
    )
  })
  test('is fail at the last day when persistence is not beaten', () => {
    const judged = judge(evidenceOf('sea', { mean: 0.03, sd: 0.4, days: 150, seed: 2 }))
    expect(judged.measurements[0]!.relativeDifference).toBeGreaterThan(0)
    expect(judged.measurements[0]!.lower).toBeLessThan(0)
    expect(judged.verdict).toBe('fail')
    expect(judged.reasons[0]).toContain('after 150 days it does not beat persistence')
  })
  test('is open while it is no better than persistence, though surely not much worse', () => {
    const level = Array.from({ length: 30 }, (_, i) => evidenceDay('jfk', i, i % 2 === 0 ? 0.05 : -0.03))
    const judged = judge(level)
    expect(judged.measurements[0]!.upper).toBeLessThan(POLICY.marginToPersistence)
    expect(judged.verdict).toBeNull()
    expect(judged.waitsFor[0]).toContain("the mean to fall below persistence's from +1.0 %")
  })
  test('is inconclusive at the last day when it is better but not surely enough', () => {
    const judged = judge(evidenceOf('sea', { mean: -0.03, sd: 0.6, days: 150, seed: 3 }))
    expect(judged.measurements[0]!.relativeDifference).toBeLessThan(0)
    expect(judged.verdict).toBe('inconclusive')
  })
  test('goes on past the last day when an operator allowed more', () => {
    const evidence = evidenceOf('sea', { mean: -0.03, sd: 0.6, days: 150, seed: 3 })
    expect(judge(evidence, { daysMax: 300 }).verdict).toBeNull()
  })
  test('waits for live shadow days even when the backtest is clear', () => {
    const replayed = evidenceOf('jfk', { mean: -0.2, sd: 0.1, days: 60 }).map((row, i) =>
      Object.assign(row, { source: i < 57 ? 'backtest' : 'shadow' } as const),
    )
    expect(judge(replayed)).toMatchObject({
      verdict: null,
      waitsFor: ['days of live shadow operation: 3 of at least 5'],
    })
  })
})

const halfOf = (row: EvidenceDay, source: EvidenceDay['source']): EvidenceDay => ({
  ...row,
  source,
  n: row.n / 2,
  sumAbs: row.sumAbs / 2,
  sumAbsReference: row.sumAbsReference / 2,
  sumDifference: row.sumDifference / 2,
})

describe('the unit of analysis', () => {
  test('is the fleet-averaged day: a second station under the same sky adds pairs and no days', () => {
    const jfk = evidenceOf('jfk', { mean: -0.14, sd: 0.3, days: 30 })
    const lga = evidenceOf('jfk', { mean: -0.14, sd: 0.3, days: 30 })
    const twins = [...jfk, ...lga.map((row) => Object.assign(row, { device: 'lga', site: 'lga' }))]
    const [one] = judge(jfk).measurements
    const [both] = judge(twins).measurements
    expect(both).toEqual({ ...one, pairs: 2 * one!.pairs })
  })
  test('leaves out device-days with fewer than half of the pairs', () => {
    const whole = evidenceOf('jfk', { mean: -0.14, sd: 0.1, days: 30 })
    const half = [...whole, evidenceDay('lga', 3, 5, { n: 11 }), evidenceDay('jfk', 31, 5, { n: 11 })]
    expect(judge(half).measurements).toEqual(judge(whole).measurements)
    expect(judge([...whole, evidenceDay('jfk', 31, 5, { n: 12 })]).measurements).not.toEqual(
      judge(whole).measurements,
    )
  })
  test('adds up the sources of one device-day', () => {
    const parts = evidenceOf('jfk', { mean: -0.14, sd: 0.1, days: 30 }).flatMap((row) =>
      (['backtest', 'shadow'] as const).map((source) => halfOf(row, source)),
    )
    const whole = judge(evidenceOf('jfk', { mean: -0.14, sd: 0.1, days: 30 })).measurements[0]!
    expect(judge(parts).measurements[0]!.upper).toBeCloseTo(whole.upper, 12)
  })
  test('shows every station of the stage beside persistence', () => {
    const judged = judge([evidenceDay('sea', 1, 0.2), evidenceDay('jfk', 1, -0.2)])
    expect(judged.bySite).toEqual([
      { site: 'jfk', device: 'jfk', pairs: 24, mae: 2, persistenceMae: 2.5 },
      { site: 'sea', device: 'sea', pairs: 24, mae: 3, persistenceMae: 2.5 },
    ])
  })
})

const against = (mean: number, days = 40) =>
  evidenceOf('jfk', { mean, sd: 0.08, days, reference: CHAMPION, seed: 5 })

describe('a running champion', () => {
  const good = evidenceOf('jfk', { mean: -0.14, sd: 0.1, days: 40 })
  test('must have been compared with', () => {
    const judged = judge(good, { champions: [CHAMPION] })
    expect(judged.verdict).toBeNull()
    expect(judged.waitsFor).toEqual(['whole days of pairs against champion cccccccccccc: 0 of at least 21'])
  })
  test('must not be lost against by more than the margin', () => {
    expect(judge([...good, ...against(0.15)], { champions: [CHAMPION] }).verdict).toBe('fail')
    expect(judge([...good, ...against(0)], { champions: [CHAMPION] }).verdict).toBe('pass')
  })
  test('need not be beaten: just as good is good enough', () => {
    const judged = judge([...good, ...against(0.03)], { champions: [CHAMPION] })
    expect(judged.measurements[1]!.relativeDifference).toBeGreaterThan(0)
    expect(judged.verdict).toBe('pass')
  })
})

/** Verdicts of a stage looked at every day, as shares of the replications. */
function verdictShares(mean: number, phi: number) {
  const REPLICATIONS = 200
  const count = { pass: 0, early: 0, atLimit: 0, inconclusive: 0 }
  for (let seed = 1; seed <= REPLICATIONS; seed++) {
    const rows = dailyDifferences(createRandom(seed), { mean, sd: 0.4, phi, days: 150 }).map((relative, i) =>
      evidenceDay('jfk', i, relative),
    )
    for (let n = POLICY.daysMin; n <= 150; n++) {
      const { verdict } = judge(rows.slice(0, n))
      if (verdict === null) continue
      if (verdict === 'pass' || verdict === 'inconclusive') count[verdict] += 1
      else count[n < 150 ? 'early' : 'atLimit'] += 1
      break
    }
  }
  const share = (n: number): number => n / REPLICATIONS
  return {
    pass: share(count.pass),
    early: share(count.early),
    atLimit: share(count.atLimit),
    inconclusive: share(count.inconclusive),
  }
}

// Real paired days have a lag-1 correlation between -0.07 and 0.12 (five stations, 2022); 0.2 is beyond them.
describe('error rates under daily looks (200 replications, fixed seeds, memory 0.2)', () => {
  test('a version as bad as the margin passes no more often than alpha', () => {
    expect(verdictShares(POLICY.marginToPersistence, 0.2).pass).toBeLessThanOrEqual(POLICY.alpha)
  })
  // 0.02 above alpha: one standard error of 200 replications is 0.015.
  test('a version just as good as persistence (A/A) is called worse before the limit no more often than alpha', () => {
    expect(verdictShares(0, 0.2).early).toBeLessThanOrEqual(POLICY.alpha + 0.02)
  })
  test('a version 14 % better passes nearly always, one 13 % worse never', () => {
    expect(verdictShares(-0.14, 0).pass).toBeGreaterThan(0.9)
    const worse = verdictShares(0.13, 0)
    expect(worse.pass).toBe(0)
    expect(worse.early + worse.atLimit).toBe(1)
  })
})
