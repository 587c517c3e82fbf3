/** One verified forecast beside a reference, as an increment that adds up. Pure. */
import { lossOf, type Scored } from '@fleetcast/shared/recipe/target.ts'
import type { EvidenceRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { Interval } from '../inference/predict.ts'

export type Pair = Pick<EvidenceRecord, 'model' | 'reference' | 'source' | 'day'> & {
  readonly forecast: number
  readonly interval?: Interval | undefined
  readonly referenceForecast: number
  readonly truth: number
}

/** Null unless forecast, reference and truth are all finite. */
export function evidenceOf(
  target: Scored,
  { forecast, interval, referenceForecast, truth, ...name }: Pair,
): EvidenceRecord | null {
  if (![forecast, referenceForecast, truth].every(Number.isFinite)) return null
  const error = forecast - truth
  const loss = lossOf(target, error)
  const lossReference = lossOf(target, referenceForecast - truth)
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
