/** Each test of the score: its evidence gives the point, and without it there is none. */
import { describe, expect, test } from 'vitest'
import type { GateName } from '../../../hub/gates/gate-report.ts'
import { judgeScore } from '../../../hub/score/judge-score.ts'
import { ML_TEST_IDS, ML_TESTS, SECTIONS, type MlTestId } from '../../../hub/score/ml-tests.ts'
import type { ScoreEvidence, StationEvidence, VersionEvidence } from '../../../hub/score/score-evidence.ts'
import { comparison, feasibility, fullEvidence, nothingStored, rollout } from './score-evidence.ts'

const testOf = (evidence: ScoreEvidence, id: MlTestId) =>
  judgeScore(evidence).tests.find((one) => one.id === id)!

type Change = (full: ScoreEvidence) => Partial<ScoreEvidence>
const version =
  (change: (now: VersionEvidence) => Partial<VersionEvidence>): Change =>
  (full) => ({ version: { ...full.version!, ...change(full.version!) } })
const everyStation =
  (change: Partial<StationEvidence>): Change =>
  (full) => ({ stations: full.stations.map((one) => ({ ...one, ...change })) })
const gateSays = (
  name: GateName,
  verdict: 'fail' | 'notTestable',
  isHit: (slice: string | null) => boolean = () => true,
): Change =>
  version(({ gates }) => ({
    gates: {
      ...gates!,
      gates: gates!.gates.map((entry) =>
        entry.gate === name && isHit(entry.slice) ? { ...entry, verdict } : entry,
      ),
    },
  }))
const reproduced =
  (change: Partial<ScoreEvidence['reproductions'][number]>): Change =>
  (full) => ({ reproductions: full.reproductions.map((one) => ({ ...one, ...change })) })

/** What takes each point away; nothing where nothing stored could give it. */
const SPOILED: Record<MlTestId, readonly (readonly [string, Change])[]> = {
  data1: [
    ['the data gate failed', gateSays('data', 'fail', (slice) => slice === 'temperature missing')],
    ['older than the gates', version(() => ({ gates: null }))],
  ],
  ...{ data2: [], data5: [], data6: [], data7: [], infra5: [] },
  data3: [['the latency gate failed', gateSays('latency', 'fail')]],
  data4: [['the leakage gate failed', gateSays('leakage', 'fail')]],
  model1: [
    ['nobody approved it', () => ({ aliasHistory: [] })],
    [
      'another version was approved',
      ({ aliasHistory }) => ({ aliasHistory: aliasHistory.map((one) => ({ ...one, toDigest: 'b' })) }),
    ],
    [
      'set by one person',
      ({ aliasHistory }) => ({ aliasHistory: aliasHistory.map((one) => ({ ...one, kind: 'set' as const })) }),
    ],
  ],
  model2: [
    ['four stations', ({ stations }) => ({ stations: stations.slice(1) })],
    ['too few forecasts', everyStation({ live: { n: 3, sumAbs: 3, sumAbsReference: 30 } })],
    [
      'the best in the test is the worst in use',
      ({ stations }) => ({
        stations: stations.map((one, i) => ({ ...one, live: stations[stations.length - 1 - i]!.live })),
      }),
    ],
    ['equal errors everywhere', everyStation({ live: { n: 300, sumAbs: 300, sumAbsReference: 3_000 } })],
  ],
  model3: [
    ['one trial', version(({ report }) => ({ report: { ...report, trials: report.trials.slice(1) } }))],
  ],
  model4: [
    ['no comparison', () => ({ comparisons: [] })],
    [
      'both equally old',
      () => {
        const { a, b } = comparison()
        return {
          comparisons: [{ run: 'x', comparison: comparison({ b: { ...b, dataUntil: a.dataUntil } }) }],
        }
      },
    ],
    [
      'too few days',
      () => {
        const overall = { ...comparison().overall, verdict: 'tooFewDays' as const }
        return { comparisons: [{ run: 'x', comparison: comparison({ overall }) }] }
      },
    ],
  ],
  model5: [
    ['worse than climatology', gateSays('beatsClimatology', 'fail')],
    ['ridge was not tried', version(({ report }) => ({ report: { ...report, algorithm: 'mlp' } }))],
  ],
  model6: [['a slice failed', gateSays('slices', 'fail', (slice) => slice === 'season winter')]],
  model7: [
    ['a site failed', gateSays('slices', 'fail', (slice) => slice === 'site beta')],
    ['a site had too few days', gateSays('slices', 'notTestable', (slice) => slice === 'site beta')],
  ],
  infra1: [
    ['no reproduction', () => ({ reproductions: [] })],
    ['it came out otherwise', reproduced({ verdict: 'different' })],
    ['older code', reproduced({ isNewestCode: false })],
    [
      'a later one came out otherwise',
      ({ reproductions: [one] }) => ({ reproductions: [{ ...one!, verdict: 'different' }, one!] }),
    ],
  ],
  infra2: [
    ['no check', () => ({ checks: [] })],
    ['another recipe since', () => ({ recipeDigest: 'f'.repeat(64) })],
    ['not feasible', () => ({ checks: [{ run: 'x', report: feasibility({ verdict: 'notFeasible' }) }] })],
  ],
  infra3: [
    ['no station has it', everyStation({ hasInstalled: false })],
    ['made elsewhere', version(() => ({ run: null }))],
  ],
  infra4: [
    ['it serves nowhere', version(() => ({ isServing: false }))],
    ['a failed gate', version(() => ({ blocking: ['beatsPersistence'] }))],
    ['older than the gates', version(() => ({ gates: null }))],
  ],
  infra6: [
    ['no rollout', () => ({ rollouts: [] })],
    ['one stage', () => ({ rollouts: [rollout({ stages: rollout().stages.slice(3) })] })],
    [
      'the first one is not decided',
      () => ({
        rollouts: [
          rollout({ stages: rollout().stages.map((stage) => ({ ...stage, state: 'gathering' as const })) }),
        ],
      }),
    ],
  ],
  infra7: [
    ['never', () => ({ rollouts: [rollout({ state: 'completed' })] })],
    ['it was only aborted', () => ({ rollouts: [rollout({ state: 'aborted' })] })],
  ],
  monitor1: [['reproduced an older version', reproduced({ isOfNewest: false })]],
  monitor2: [
    [
      'a station sends no profiles',
      ({ stations: [one, ...others] }) => ({ stations: [{ ...one!, profileDays: 0 }, ...others] }),
    ],
    ['no station serves it', everyStation({ isServing: false })],
    ['the data gate failed', gateSays('data', 'fail')],
  ],
  monitor3: [
    ['the parity gate failed', gateSays('parity', 'fail')],
    ['no station has it', everyStation({ hasInstalled: false })],
  ],
  monitor4: [['no trigger', () => ({ recipe: nothingStored().recipe })]],
  monitor5: [['the fuzz gate failed', gateSays('fuzz', 'fail')]],
  monitor6: [
    ['the size gate failed', gateSays('size', 'fail')],
    ['no station serves it', everyStation({ isServing: false })],
  ],
  monitor7: [
    ['worse than persistence', everyStation({ live: { n: 300, sumAbs: 500, sumAbsReference: 400 } })],
    ['too few forecasts', everyStation({ live: { n: 10, sumAbs: 10, sumAbsReference: 40 } })],
    ['nothing is verified', everyStation({ live: null })],
  ],
}

const SHOWN = ML_TEST_IDS.filter((id) => SPOILED[id].length > 0)
const CASES = SHOWN.flatMap((id) => SPOILED[id].map(([what, change]) => [id, what, change] as const))

describe('each test of the score', () => {
  test.each(SHOWN)('%s has its point where its evidence is stored', (id) => {
    expect(testOf(fullEvidence(), id)).toMatchObject({ points: 1, basis: 'automated', earn: null })
  })
  test.each(CASES)('%s has none: %s', (id, _what, change) => {
    const full = fullEvidence()
    const spoiled = testOf({ ...full, ...change(full) }, id)
    expect(spoiled).toMatchObject({ points: 0, basis: 'none' })
    expect(spoiled.earn).toContain(ML_TESTS[id].earn)
  })
  test.each(ML_TEST_IDS)('%s has half a point where only somebody vouches for it', (id) => {
    const attestations = { [id]: { reason: 'looked at it', by: 'ann', at: 0 } }
    expect(testOf({ ...nothingStored(), attestations }, id)).toMatchObject({
      ...{ points: 0.5, basis: 'manual', evidence: 'ann on 1970-01-01: looked at it' },
    })
  })
  test('what is stored counts more than what somebody vouches for', () => {
    const attestations = { infra1: { reason: 'looked at it', by: 'ann', at: 0 } }
    expect(testOf({ ...fullEvidence(), attestations }, 'infra1').basis).toBe('automated')
  })
  test('those that nothing stored can show say so', () => {
    const people = ML_TEST_IDS.filter((id) => ML_TESTS[id].shownBy === null)
    expect(people).toEqual(ML_TEST_IDS.filter((id) => SPOILED[id].length === 0))
  })
})

describe('the score', () => {
  test('is 0 with nothing stored, and every test says how to earn it', () => {
    const { score, tests, version: named, sections } = judgeScore(nothingStored())
    expect([score, named, tests.length]).toEqual([0, null, 28])
    expect(tests.every(({ points, earn }) => points === 0 && earn !== null)).toBe(true)
    expect(sections.map(({ section, points }) => [section, points])).toEqual(SECTIONS.map((one) => [one, 0]))
  })
  test('is the least of the four sums', () => {
    const { score, sections } = judgeScore(fullEvidence())
    expect(sections.map(({ points }) => points)).toEqual([3, 7, 6, 7])
    expect(sections.map(({ isLowest }) => isLowest)).toEqual([true, false, false, false])
    expect(score).toBe(3)
  })
  test('does not rise where a section that is not the least has more', () => {
    const said = { reason: 'looked at it', by: 'ann', at: 0 }
    expect(judgeScore({ ...fullEvidence(), attestations: { infra5: said } }).score).toBe(3)
    expect(judgeScore({ ...fullEvidence(), attestations: { data6: said } }).score).toBe(3.5)
  })
  test('an alias that was restored is a way back, too', () => {
    const full = fullEvidence()
    const aliasHistory = full.aliasHistory.map((one) => ({ ...one, isRestore: true }))
    expect(testOf({ ...full, rollouts: [], aliasHistory }, 'infra7').evidence).toBe(
      'alias champion was restored by bob (revision 2): better',
    )
  })
  test('names the evidence', () => {
    const full = fullEvidence()
    expect(testOf(full, 'infra1').evidence).toBe('run again-1 trained temperature-24h@2 again: identical')
    expect(testOf(full, 'infra7').evidence).toContain('rollout r1 was rolled back: too bad at sea')
    expect(testOf(full, 'data3').evidence).toContain(
      'latency gate of temperature-24h@2: one window in 0.10 ms',
    )
  })
  test('a gate that two people have overridden validates what serves, and shows nothing else', () => {
    const full = fullEvidence()
    const spoiled = gateSays('slices', 'fail')(full).version!
    const passed = { ...spoiled, gates: { ...spoiled.gates!, passed: false } }
    expect(testOf({ ...full, version: passed }, 'infra4')).toMatchObject({
      ...{
        points: 1,
        evidence: 'temperature-24h@2 serves, and two people have overridden the gates it failed',
      },
    })
    expect(testOf({ ...full, version: passed }, 'model6').points).toBe(0)
  })
})
