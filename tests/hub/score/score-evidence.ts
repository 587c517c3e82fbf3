/** Evidence of a made-up recipe that shows every test that can be shown. */
import { gatePolicyOf } from '@fleetcast/shared/recipe/gates.ts'
import { SiteId } from '@fleetcast/shared/ids.ts'
import { judgeVersion } from '../../../hub/gates/judge-version.ts'
import type { FeasibilityReport } from '../../../hub/runs/check/feasibility-report.ts'
import type { Comparison } from '../../../hub/runs/compare/comparison.ts'
import type { RunReport } from '../../../hub/runs/run-report.ts'
import type { ScoreEvidence, StationEvidence } from '../../../hub/score/score-evidence.ts'
import { madeUpEvidence } from '../gates/gate-evidence.ts'
import { recipe } from '../gates/registered-version.ts'
import { REPORT } from '../registry/registry-fixtures.ts'
import { newRollout, VERSION } from '../rollouts/rollout-fixtures.ts'

const NAME = 'temperature-24h@2'
const RECIPE_DIGEST = 'e'.repeat(64)

const places = ['ewr', 'jfk', 'lga', 'pdx', 'sea'].map((name, i) => ({
  site: SiteId.parse(name),
  mae: 1 + i,
}))
const trial: RunReport['trials'][number] = {
  ...{ algorithm: 'ridge', settings: '{}', foldMae: [1], mae: 1, rounds: 1 },
  ...{ bytes: 1, cpuSeconds: 0, backend: 'none' },
}
const report: RunReport = {
  ...REPORT,
  trials: [trial, trial],
  bySite: places.map(({ site, mae }) => ({ site, n: 10, mae, persistenceMae: 9 })),
}

/** Serves, and errs a little more than on its test rows. */
export const station = (change: Partial<StationEvidence> = {}): StationEvidence => ({
  ...{ device: 'sea-1', site: 'sea', isServing: true, hasInstalled: true, rssMb: 40, profileDays: 9 },
  live: { n: 300, sumAbs: 300, sumAbsReference: 400 },
  ...change,
})

export const rollout = (change: Partial<ScoreEvidence['rollouts'][number]> = {}) => {
  const fresh = newRollout()
  const stages = fresh.stages.map((stage) => ({ ...stage, state: 'passed' as const }))
  return { ...fresh, stages, ...change }
}

export const comparison = (change: Partial<Comparison> = {}): Comparison => {
  const line = { kind: 'overall', name: 'all', n: 900, days: 40, lossA: 2, lossB: 2.1 } as const
  const found = { persistence: 3, relativeDifference: -0.05, interval: null, pValue: 0.01 }
  const model = (version: number) => ({
    ...{ name: `temperature-24h@${version}`, digest: 'a', dataUntil: version * 1e10, sites: [] },
  })
  return {
    ...{ schema: 'fleetcast/comparison/1', a: model(2), b: model(1), dataset: 'd', selection: 'all' },
    ...{ target: { channel: 'temperature', unit: 'C' }, from: 0, until: 1, slices: [] },
    rows: { counted: 900, seenByA: 0, seenByB: 0, seenByBoth: 0 },
    overall: { ...line, ...found, verdict: 'better' },
    ...change,
  }
}

export const feasibility = (change: Partial<FeasibilityReport> = {}): FeasibilityReport => ({
  schema: 'fleetcast/feasibility-report/1',
  recipe: { name: 'temperature-24h', title: 'Temperature', digest: RECIPE_DIGEST },
  target: { channel: 'temperature', unit: 'C', horizonMinutes: 1_440, score: 'C' },
  ...{ dataset: 'd'.repeat(64), selection: 'all', verdict: 'feasible', findings: [], stations: [] },
  ...{ quality: [], classes: null, rows: { training: 1, validation: 1, test: 1, embargo: 0 }, scores: null },
  ...{ independence: null, resolution: [], fleet: { devices: 1, isAssumed: true }, budget: null },
  ...change,
})

export function fullEvidence(): ScoreEvidence {
  const gates = judgeVersion(gatePolicyOf(recipe), madeUpEvidence())
  return {
    ...{ recipe, recipeDigest: RECIPE_DIGEST, attestations: {} },
    version: { name: NAME, digest: VERSION, run: 'run-2', isServing: true, report, gates, blocking: [] },
    checks: [{ run: 'check-1', report: feasibility() }],
    comparisons: [{ run: 'compare-1', comparison: comparison() }],
    reproductions: [
      {
        ...{ run: 'again-1', of: NAME, isOfNewest: true, isNewestCode: true },
        ...{ verdict: 'identical', changed: ['node'] },
      },
    ],
    rollouts: [rollout({ state: 'rolledBack', reason: 'too bad at sea' })],
    aliasHistory: [
      {
        ...{ name: 'champion', revision: 2, kind: 'approved', toDigest: VERSION, by: 'bob' },
        ...{ reason: 'better', request: 1, isRestore: false },
      },
    ],
    stations: places.map(({ site, mae }) =>
      station({ device: `${site}-1`, site, live: { n: 300, sumAbs: 300 * mae, sumAbsReference: 3_000 } }),
    ),
  }
}

export const nothingStored = (): ScoreEvidence => {
  const { retraining: _triggers, ...untriggered } = recipe
  return {
    ...{ recipe: untriggered, recipeDigest: RECIPE_DIGEST, version: null, attestations: {} },
    ...{ checks: [], comparisons: [], reproductions: [], rollouts: [], aliasHistory: [], stations: [] },
  }
}
