/** The station proves the models: forecasts meet the truth that its own sensor measured. Pure. */
import type { EvidenceRecord, LedgerRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import type { UtcDay } from '@fleetcast/shared/units.ts'
import { evidenceOf } from './evidence.ts'
import type { PendingForecast } from './pending-forecasts.ts'

/** Intervals past the target time after which the truth is given up. */
export const GRACE_STEPS = 2

export type LedgerOutcome = 'issued' | 'verified' | 'unverifiable' | 'expired'

/** Both the ledger and the evidence belong to the UTC day of the target time. */
export const ledgerOf = (day: UtcDay, outcome: LedgerOutcome): LedgerRecord => ({
  kind: 'ledger',
  day,
  issued: 0,
  verified: 0,
  unverifiable: 0,
  expired: 0,
  [outcome]: 1,
})

/** What one due forecast adds; `truth` is NaN when the readings do not tell. */
export function verifyForecast(
  pending: PendingForecast,
  { target, step, truth, day }: { target: TargetSpec; step: number; truth: number; day: UtcDay },
): readonly (EvidenceRecord | LedgerRecord)[] {
  const isExpired = pending.target !== step
  const outcome = isExpired ? 'expired' : Number.isFinite(truth) ? 'verified' : 'unverifiable'
  const ledger = pending.served === null ? [] : [ledgerOf(day, outcome)]
  return outcome === 'verified' ? [...ledger, ...evidence(pending, { target, truth, day })] : ledger
}

function evidence(
  pending: PendingForecast,
  { target, truth, day }: { target: TargetSpec; truth: number; day: UtcDay },
): readonly EvidenceRecord[] {
  const served = pending.models.find((forecast) => forecast.role === 'served')
  const baseline = { value: pending.baseline }
  return pending.models.flatMap(({ model, role, ...forecast }) => {
    const pair = { model, source: role, day, forecast, truth }
    const beside = [evidenceOf(target, { ...pair, reference: 'persistence', referenceForecast: baseline })]
    if (role === 'shadow' && served !== undefined && served.model !== model)
      beside.push(evidenceOf(target, { ...pair, reference: served.model, referenceForecast: served }))
    return beside.filter((record) => record !== null)
  })
}
