/** Settles every forecast that the reading decides, and books the new one. Call inside the reading's transaction. */
import type { EvidenceRecord, LedgerRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import { epochMsToUtcDay, type UtcDay } from '@fleetcast/shared/units.ts'
import type { StationForecast } from '../inference/forecast-station.ts'
import type { Store } from '../ports/store.ts'
import { timeOf, type Axis } from '../readings/axis.ts'
import { storePending, takeDue } from './pending-forecasts.ts'
import { GRACE_STEPS, ledgerOf, verifyForecast } from './verify-forecasts.ts'

export type Settlement = {
  readonly axis: Axis
  readonly step: number
  readonly target: TargetSpec
  /** What a forecast for this step should have said; NaN when the readings do not tell. */
  readonly truth: number
  readonly forecast: StationForecast
}

export function settleReading(
  store: Store,
  { axis, step, target, truth, forecast }: Settlement,
): readonly (EvidenceRecord | LedgerRecord)[] {
  const dayOf = (of: number): UtcDay => epochMsToUtcDay(timeOf(axis, of))
  const settled = takeDue(store, step, GRACE_STEPS).flatMap((pending) =>
    verifyForecast(pending, { target, step, truth, day: dayOf(pending.target) }),
  )
  const targetStep = step + target.horizonSteps
  storePending(store, { issued: step, target: targetStep, forecast })
  return forecast.served === null ? settled : [...settled, ledgerOf(dayOf(targetStep), 'issued')]
}
