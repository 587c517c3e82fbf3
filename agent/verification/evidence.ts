/** One verified forecast beside a reference, as an increment that adds up. Pure. */
import type { EvidenceRecord } from '@fleetcast/shared/protocol/telemetry.ts'

export type Pair = Pick<EvidenceRecord, 'model' | 'reference' | 'source' | 'day'> & {
  readonly forecast: number
  readonly referenceForecast: number
  readonly truth: number
}

/** Null unless forecast, reference and truth are all finite. */
export function evidenceOf({ forecast, referenceForecast, truth, ...name }: Pair): EvidenceRecord | null {
  if (![forecast, referenceForecast, truth].every(Number.isFinite)) return null
  const error = forecast - truth
  const absolute = Math.abs(error)
  const absoluteReference = Math.abs(referenceForecast - truth)
  const difference = absolute - absoluteReference
  return {
    kind: 'evidence',
    ...name,
    n: 1,
    sumError: error,
    sumAbs: absolute,
    sumSquared: error * error,
    sumAbsReference: absoluteReference,
    sumDifference: difference,
    sumDifferenceSquared: difference * difference,
  }
}
