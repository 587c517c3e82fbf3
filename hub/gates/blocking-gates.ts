/** Whether a version may be released and rolled out: every failed gate needs an override that a second person approved. */
import { refuse, ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { listOverrides, type OverrideRow } from '../store/queries/gate-overrides.ts'
import type { VersionRow } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'
import { failedGates, GateReport, type GateName } from './gate-report.ts'

/** Failed gates that nobody has overridden; none for a version that is older than the gates. */
export function blockingGates(
  { gates, digest }: Pick<VersionRow, 'gates' | 'digest'>,
  overrides: readonly Pick<OverrideRow, 'digest' | 'gate' | 'state'>[],
): readonly GateName[] {
  if (gates === null) return []
  const approved = new Set(
    overrides
      .filter((override) => override.digest === digest && override.state === 'approved')
      .map(({ gate }) => gate),
  )
  return failedGates(GateReport.parse(gates)).filter((gate) => !approved.has(gate))
}

/** `gates/failed` names the gates that stand in the way. */
export async function gatesPassed(
  store: Pick<Store, 'db' | 't'>,
  version: Pick<VersionRow, 'recipe' | 'version' | 'digest' | 'gates'>,
): Promise<Result<void, Refusal<'gates/failed'>>> {
  const blocking = blockingGates(version, await listOverrides(store))
  if (blocking.length === 0) return ok(undefined)
  const name = `${version.recipe}@${version.version}`
  return refuse(
    'gates/failed',
    `${name} did not pass ${blocking.join(', ')}; "fleetcast models show ${name}" says by how much, "fleetcast models gates override" asks a second person`,
    blocking.join(', '),
  )
}
