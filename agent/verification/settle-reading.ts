/** Settles every forecast that the reading decides, and books the new one. Call inside the reading's transaction. */
import type { EvidenceRecord, LedgerRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { epochMsToUtcDay, type UtcDay } from '@fleetcast/shared/units.ts'
import type { StationForecast } from '../inference/forecast-station.ts'
import type { Store } from '../ports/store.ts'
import { timeOf, type Axis } from '../readings/axis.ts'
import { storePending, takeDue } from './pending-forecasts.ts'
import { GRACE_STEPS, ledgerOf, verifyForecast } from './verify-forecasts.ts'

export type Settlement = {
  readonly axis: Axis
  readonly step: number
  readonly horizonSteps: number
  /** The target channel's value, NaN when quality control refused it. */
  readonly truth: number
  readonly forecast: StationForecast
}

export function settleReading(
  store: Store,
  { axis, step, horizonSteps, truth, forecast }: Settlement,
): readonly (EvidenceRecord | LedgerRecord)[] {
  const dayOf = (of: number): UtcDay => epochMsToUtcDay(timeOf(axis, of))
  const settled = takeDue(store, step, GRACE_STEPS).flatMap((pending) =>
    verifyForecast(pending, { step, truth, day: dayOf(pending.target) }),
  )
  const target = step + horizonSteps
  storePending(store, { issued: step, target, forecast })
  return forecast.served === null ? settled : [...settled, ledgerOf(dayOf(target), 'issued')]
}
