/** Everything measured -> the report of the gates. Pure: the same evidence under the same policy gives the same verdicts. */
import { policyDigestOf, type GatePolicy } from '@fleetcast/shared/recipe/gates.ts'
import { failed } from './gate-entry.ts'
import { GATES, type GateEntry, type GateReport } from './gate-report.ts'
import type { GateRows } from './gate-rows.ts'
import { judgeData, judgeLeakage } from './judge-data.ts'
import { judgeCalibration } from './judge-calibration.ts'
import { judgeCoverage, judgeExport, type ExportMeasures } from './judge-export.ts'
import { judgeRobustness } from './judge-robustness.ts'
import { judgeSkill } from './judge-skill.ts'
import { judgeSlices } from './judge-slices.ts'
import type { DataMeasures, LeakageMeasure } from './measure-data.ts'
import type { Robustness } from './measure-robustness.ts'

export type GateEvidence = {
  readonly rows: GateRows
  readonly data: DataMeasures
  readonly leakage: LeakageMeasure
  /** Null when it could not be measured, which fails. */
  readonly robustness: Robustness | null
  readonly exported: ExportMeasures
}

export function judgeVersion(policy: GatePolicy, evidence: GateEvidence): GateReport {
  const { rows, data, leakage, robustness, exported } = evidence
  const entries: readonly GateEntry[] = [
    ...judgeData(policy, data),
    judgeLeakage(leakage),
    ...judgeSkill(policy, rows),
    ...judgeSlices(policy, rows),
    ...(robustness === null
      ? (['robustness', 'fuzz'] as const).map((gate) =>
          failed(gate, 'the version was not tried with broken sensors'),
        )
      : judgeRobustness(policy, robustness)),
    ...judgeExport(policy, exported),
    ...(rows.answers.length > 0
      ? judgeCalibration(policy, rows)
      : [judgeCoverage(policy, exported.intervalCoverage)]),
  ]
  const gates = [...entries, ...missing(policy, entries)]
  return {
    schema: 'fleetcast/gates/1',
    policy,
    policyDigest: policyDigestOf(policy),
    gates,
    passed: gates.every(({ verdict }) => verdict !== 'fail'),
  }
}

/** A gate that says nothing has not passed. */
function missing(policy: GatePolicy, entries: readonly GateEntry[]): readonly GateEntry[] {
  const said = new Set(entries.map(({ gate }) => gate))
  return GATES.filter((gate) => !said.has(gate) && isWanted(policy, gate)).map((gate) =>
    failed(gate, 'there is no measure of it'),
  )
}

function isWanted(policy: GatePolicy, gate: GateEntry['gate']): boolean {
  if (gate === 'beatsClimatology') return policy.mustBeatClimatology
  return gate === 'beatsSeasonalPersistence' ? policy.mustBeatSeasonalPersistence : true
}
