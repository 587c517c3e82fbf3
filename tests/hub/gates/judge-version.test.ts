import { describe, expect, test } from 'vitest'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { GATE_DEFAULTS, type GatePolicy } from '@fleetcast/shared/recipe/gates.ts'
import { failedGates, GateReport, type GateName } from '../../../hub/gates/gate-report.ts'
import { blockingGates } from '../../../hub/gates/blocking-gates.ts'
import { judgeVersion, type GateEvidence } from '../../../hub/gates/judge-version.ts'
import { madeUpEvidence, madeUpRows } from './gate-evidence.ts'

const judge = (change: Partial<GateEvidence>, policy: Partial<GatePolicy> = {}): GateReport =>
  GateReport.parse(
    JSON.parse(JSON.stringify(judgeVersion({ ...GATE_DEFAULTS, ...policy }, madeUpEvidence(change)))),
  )
const { data, leakage, robustness, exported } = madeUpEvidence()
const entryOf = (report: GateReport, gate: GateName, slice: string | null = null) =>
  report.gates.find((entry) => entry.gate === gate && entry.slice === slice)
const rows = madeUpRows()
const withLoss = (change: (value: number, row: number) => number) => ({
  rows: { ...rows, loss: rows.loss.map(change) },
})
const broken = (change: object) => ({
  robustness: { ...robustness!, faults: robustness!.faults.map((fault) => ({ ...fault, ...change })) },
})

describe('a good version', () => {
  const report = judge({})
  test('passes, with value, limit, interval and sample size of each gate', () => {
    expect([report.passed, failedGates(report)]).toEqual([true, []])
    const skill = entryOf(report, 'beatsPersistence')!
    expect(skill).toMatchObject({ verdict: 'pass', limit: 0.1, n: rows.loss.length, days: 120 })
    expect(skill.value).toBeCloseTo(0.3, 3)
    expect(skill.lower!).toBeLessThanOrEqual(skill.value!)
    expect(skill.upper!).toBeGreaterThanOrEqual(skill.value!)
  })
  test('says what could not be tested, and why', () => {
    expect(entryOf(report, 'champion')).toMatchObject({
      verdict: 'notTestable',
      message: expect.stringContaining('first version'),
    })
    expect(entryOf(report, 'absolute')).toMatchObject({ verdict: 'notTestable' })
    expect(entryOf(report, 'calibration')).toMatchObject({ verdict: 'notTestable' })
    expect(entryOf(report, 'slices', 'season summer')).toMatchObject({ verdict: 'notTestable', days: 0 })
    expect(entryOf(report, 'slices')?.message).toMatch(/\d+ tested, 0 of them too bad; \d+ not testable/)
  })
  test('is looked at by site, season and the hours of the sun at the time that is forecast', () => {
    const sun = madeUpRows()
    const sites = sun.sites.map((site, i) => ({
      ...site,
      longitude: i === 0 ? 0 : -120,
      latitude: i === 0 ? 45 : -45,
    }))
    const { gates } = judge({ rows: { ...sun, sites, horizonSeconds: 6 * 3_600 } })
    const names = gates
      .filter(({ gate, slice }) => gate === 'slices' && slice !== null)
      .map(({ slice }) => slice)
    expect(names).toEqual([
      ...['site alpha', 'site beta', 'season winter', 'season spring', 'season summer', 'season autumn'],
      ...['00-03', '03-06', '06-09', '09-12', '12-15', '15-18', '18-21', '21-24'].map(
        (hours) => `hours ${hours}`,
      ),
    ])
    // 00 UTC + 6 h is morning at alpha and, eight hours earlier, night at beta; January is beta's summer.
    const onlyNight = {
      ...sun,
      sites,
      horizonSeconds: 6 * 3_600,
      loss: sun.loss.map((value, row) => (row % 48 === 1 ? 9 * value : value)),
    }
    const worst = judge({ rows: onlyNight }).gates.filter(
      ({ gate, slice, verdict }) => gate === 'slices' && slice !== null && verdict === 'fail',
    )
    expect(worst.map(({ slice }) => slice)).toContain('hours 21-24')
    expect(worst.map(({ slice }) => slice)).not.toContain('hours 06-09')
    expect(gates.find(({ slice }) => slice === 'season summer')!.days).toBeGreaterThan(0)
  })
  test('is judged the same again', () => {
    expect(judge({})).toEqual(report)
  })
})

/** int8 weights whose losses are those of float32 times a factor. */
function compact({ shipped = 1, heldOut = 1, days = 60 }): Partial<GateEvidence> {
  const { timeSeconds, loss } = madeUpRows({ days })
  const times = (factor: number) => ({ compact: loss.map((value) => factor * value), exact: loss })
  const pairs = { timeSeconds, shipped: times(shipped), heldOut: times(heldOut) }
  const weights = { kind: 'compact', storage: 'int8', bytes: 21_000, float32Bytes: 40_000, ...pairs } as const
  return { exported: { ...exported, weights } }
}

const FAILURES: readonly (readonly [GateName, string, Partial<GateEvidence>, Partial<GatePolicy>])[] = [
  [
    'data',
    'a channel with many gaps',
    { data: { ...data, channels: [{ ...data.channels[0]!, share: 0.2 }] } },
    {},
  ],
  ['data', 'a site with few samples', { data: { ...data, sites: [{ ...data.sites[0]!, share: 0.5 }] } }, {}],
  [
    'data',
    'a share that is none',
    { data: { ...data, sites: [{ ...data.sites[0]!, share: Number.NaN }] } },
    {},
  ],
  ['leakage', 'test rows beside training rows', { leakage: { ...leakage, gapSeconds: 3_600 } }, {}],
  ['leakage', 'no training rows at all', { leakage: { ...leakage, gapSeconds: Infinity } }, {}],
  ['beatsPersistence', 'a skill below the least', { rows: madeUpRows({ share: 0.95 }) }, {}],
  ['beatsPersistence', 'no skill', { rows: madeUpRows({ share: 1.1 }) }, {}],
  ['beatsPersistence', 'a week of test rows', { rows: madeUpRows({ days: 7 }) }, {}],
  [
    'beatsPersistence',
    'one loss that is no number',
    withLoss((value, row) => (row === 7 ? Number.NaN : value)),
    {},
  ],
  ['beatsPersistence', 'no test rows', { rows: madeUpRows({ days: 0 }) }, {}],
  ['beatsSeasonalPersistence', 'worse than the hour before', { rows: madeUpRows({ share: 1.2 }) }, {}],
  ['beatsClimatology', 'worse than climatology', { rows: madeUpRows({ share: 1.5 }) }, {}],
  [
    'beatsClimatology',
    'a reference with a hole',
    { rows: { ...rows, climatologyLoss: rows.loss.map((value, row) => (row === 3 ? Number.NaN : value)) } },
    {},
  ],
  ['absolute', 'a loss above the limit', {}, { lossMax: 0.5 }],
  ['absolute', 'a loss that is no number', withLoss(() => Number.NaN), {}],
  [
    'champion',
    'worse than the champion',
    { rows: madeUpRows({ overChampion: { ratio: 1.1, noise: 0.01 } }) },
    {},
  ],
  [
    'champion',
    'a champion that answers with no number',
    { rows: { ...rows, championLoss: rows.loss.map(() => Infinity) } },
    {},
  ],
  [
    'champion',
    'too few common days where the policy wants some',
    { rows: { ...rows, championLoss: rows.loss.map(() => Number.NaN) } },
    { championDaysMin: 30 },
  ],
  ['slices', 'one bad site', withLoss((value, row) => (row % 2 === 0 ? 1.8 * value : 0.3 * value)), {}],
  [
    'extremes',
    'bad where it is hot',
    withLoss((value, row) => (rows.truth[row]! > 15.5 ? 6 * value : value)),
    {},
  ],
  ['robustness', 'a broken channel that costs too much', broken({ loss: 3.1 }), {}],
  ['robustness', 'a broken channel that gives no number', broken({ notFinite: 1 }), {}],
  ['robustness', 'an answer outside the limits', broken({ outside: 1 }), {}],
  ['robustness', 'nothing measured', { robustness: null }, {}],
  [
    'fuzz',
    'one answer that is no number',
    { robustness: { ...robustness!, fuzz: { inputs: 10_000, notFinite: 1 } } },
    {},
  ],
  [
    'fuzz',
    'fewer windows than wanted',
    { robustness: { ...robustness!, fuzz: { inputs: 10, notFinite: 0 } } },
    {},
  ],
  [
    'parity',
    'another graph',
    { exported: { ...exported, parity: { ...exported.parity!, maxDifference: 0.1 } } },
    {},
  ],
  ['parity', 'not compared', { exported: { ...exported, parity: null } }, {}],
  ['size', 'a large file', { exported: { ...exported, onnxBytes: 3_000_000 } }, {}],
  ['latency', 'a slow file', { exported: { ...exported, latency: { p50Ms: 20, p95Ms: 40, n: 200 } } }, {}],
  ['latency', 'not measured', { exported: { ...exported, latency: null } }, {}],
  ['load', 'a file that loads slowly', { exported: { ...exported, load: { medianMs: 900, n: 9 } } }, {}],
  ['load', 'not measured', { exported: { ...exported, load: null } }, {}],
  [
    'memory',
    'a process that grew too much, though not by the file alone',
    { exported: { ...exported, memory: ok({ runtimeMb: 30, modelMb: 40 }) } },
    {},
  ],
  [
    'memory',
    'not measured',
    { exported: { ...exported, memory: refuse('memory/notMeasured', 'the probe ended') } },
    {},
  ],
  ['compactWeights', 'a file that ships and lost accuracy', compact({ shipped: 1.02 }), {}],
  [
    'compactWeights',
    'a held-out loss that rose, though not in the file that ships',
    compact({ heldOut: 1.02 }),
    {},
  ],
  [
    'compactWeights',
    'more than its own limit',
    compact({ shipped: 1.004 }),
    { compactLossIncreaseMax: 0.003 },
  ],
  ['compactWeights', 'an answer that is no number', compact({ shipped: Number.NaN }), {}],
  ['compactWeights', 'a week of test rows', compact({ days: 7 }), {}],
  ['compactWeights', 'not measured', { exported: { ...exported, weights: null } }, {}],
  [
    'calibration',
    'too narrow',
    { exported: { ...exported, intervalCoverage: { asked: 0.8, share: 0.6, n: 100, days: 60 } } },
    {},
  ],
  [
    'calibration',
    'too wide',
    { exported: { ...exported, intervalCoverage: { asked: 0.8, share: 0.95, n: 100, days: 60 } } },
    {},
  ],
]

describe('a gate fails on', () => {
  test.each(FAILURES)('%s: %s', (gate, _what, change, policy) => {
    const report = judge(change, policy)
    expect(failedGates(report)).toContain(gate)
    expect(report.passed).toBe(false)
  })
})

describe('a gate passes on', () => {
  test.each<readonly [GateName, string, Partial<GateEvidence>, Partial<GatePolicy>]>([
    ['absolute', 'a loss below the limit', {}, { lossMax: 5 }],
    ['champion', 'the same quality', { rows: madeUpRows({ overChampion: { ratio: 1, noise: 0.01 } }) }, {}],
    ['load', 'a file that loads at once', {}, {}],
    ['memory', 'a process that grew little', {}, {}],
    ['compactWeights', 'weights that cost next to nothing', compact({ shipped: 1.001, heldOut: 0.999 }), {}],
    [
      'calibration',
      'a fair interval',
      { exported: { ...exported, intervalCoverage: { asked: 0.8, share: 0.81, n: 100, days: 60 } } },
      {},
    ],
  ])('%s: %s', (gate, _what, change, policy) => {
    expect(entryOf(judge(change, policy), gate)?.verdict).toBe('pass')
  })
  test('the target’s own broken sensor where persistence fares as badly', () => {
    const fault = broken({ channel: 'temperature', isTarget: true, loss: 9, persistenceLoss: 12, outside: 3 })
    expect(failedGates(judge(fault))).toEqual([])
    expect(failedGates(judge(broken({ isTarget: true, loss: 9, persistenceLoss: 5 })))).toEqual([
      'robustness',
    ])
  })
})

test('weights in fewer bits are judged twice: in the file that ships, and where the model never saw the rows', () => {
  const report = judge(compact({ shipped: 1.001, heldOut: 1.002 }))
  const [shipped, heldOut] = report.gates.filter(({ gate }) => gate === 'compactWeights')
  expect(shipped).toMatchObject({ slice: null, verdict: 'pass', limit: 0.005, days: 60 })
  expect(shipped!.value).toBeCloseTo(0.001, 6)
  expect(heldOut).toMatchObject({ slice: 'fitted without the test rows', verdict: 'pass' })
  expect(heldOut!.value).toBeCloseTo(0.002, 6)
  expect(shipped!.message).toContain('21000 bytes instead of 40000')
})

test('float32 weights have nothing to be compared with', () => {
  expect(entryOf(judge({}), 'compactWeights')).toMatchObject({
    verdict: 'notTestable',
    message: 'the weights are float32',
  })
})

describe('a report of an older hub, which knew fewer gates and limits', () => {
  const { policy, gates, ...rest } = judge({})
  const { loadMsMax: _load, memoryMbMax: _memory, compactLossIncreaseMax: _compact, ...fewer } = policy
  const added: readonly GateName[] = ['load', 'memory', 'compactWeights']
  const older = { ...rest, policy: fewer, gates: gates.filter(({ gate }) => !added.includes(gate)) }
  test('is read, and what it does not know blocks nothing', () => {
    expect(GateReport.parse(older)).toEqual(older)
    expect(blockingGates({ gates: older, digest: BundleDigest.parse('0'.repeat(64)) }, [])).toEqual([])
  })
})

test('few common days with a champion are only reported where the policy wants none', () => {
  const report = judge({ rows: { ...rows, championLoss: rows.loss.map(() => Number.NaN) } })
  expect(entryOf(report, 'champion')).toMatchObject({ verdict: 'notTestable', days: 0 })
})

test('classes have no extremes', () => {
  expect(entryOf(judge({ rows: { ...rows, isTruthOrdered: false } }), 'extremes')?.verdict).toBe(
    'notTestable',
  )
})
