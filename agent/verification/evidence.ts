/** One verified forecast beside a reference, as an increment that adds up. Pure. */
import { lossOf, type Scored } from '@fleetcast/shared/recipe/target.ts'
import type { EvidenceRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { saidBy, type Forecast } from '../inference/predict.ts'

export type Pair = Pick<EvidenceRecord, 'model' | 'reference' | 'source' | 'day'> & {
  readonly forecast: Forecast
  readonly referenceForecast: Forecast
  readonly truth: number
}

/** Null unless forecast, reference and truth are all finite. */
export function evidenceOf(
  target: Scored,
  { forecast, referenceForecast, truth, ...name }: Pair,
): EvidenceRecord | null {
  if (![forecast.value, referenceForecast.value, truth].every(Number.isFinite)) return null
  const { interval } = forecast
  const error = forecast.value - truth
  const loss = lossOf(target, saidBy(forecast), truth)
  const lossReference = lossOf(target, saidBy(referenceForecast), truth)
  const difference = loss - lossReference
  return {
    kind: 'evidence',
    ...name,
    n: 1,
    sumError: error,
    sumAbs: loss,
    sumSquared: error * error,
    sumAbsReference: lossReference,
    sumDifference: difference,
    sumDifferenceSquared: difference * difference,
    ...(interval === undefined
      ? {}
      : { intervals: 1, covered: truth >= interval[0] && truth <= interval[1] ? 1 : 0 }),
  }
}
