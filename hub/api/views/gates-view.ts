import { weakerLimits } from '@fleetcast/shared/recipe/weaker-limits.ts'
import { blockingGates } from '../../gates/blocking-gates.ts'
import { GateReport } from '../../gates/gate-report.ts'
import type { OverrideRow } from '../../store/queries/gate-overrides.ts'
import type { VersionRow } from '../../store/queries/runs-and-versions.ts'
import type { GatesResource } from '../resources/gates.ts'

/** Null for a version that is older than the gates. */
export function gatesView(version: VersionRow, overrides: readonly OverrideRow[]): GatesResource | null {
  if (version.gates === null) return null
  const { passed, policy, policyDigest, gates } = GateReport.parse(version.gates)
  const weaker = [...weakerLimits(policy)]
  return { passed, policyDigest, gates, blocking: [...blockingGates(version, overrides)], weaker }
}
