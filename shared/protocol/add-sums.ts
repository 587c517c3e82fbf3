/** Telemetry records are sums, and sums add: on a device between two messages, in the hub over all of them. Pure. */
import type { EvidenceRecord, LedgerRecord, ProfileRecord } from './telemetry.ts'

type EvidenceSums = Pick<
  EvidenceRecord,
  'n' | 'sumError' | 'sumAbs' | 'sumSquared' | 'sumAbsReference' | 'sumDifference' | 'sumDifferenceSquared'
> &
  Partial<Pick<EvidenceRecord, 'intervals' | 'covered'>>
type LedgerSums = Pick<LedgerRecord, 'issued' | 'verified' | 'unverifiable' | 'expired'>
type ProfileSums = Pick<ProfileRecord, 'missing' | 'invalid' | 'n' | 'sum' | 'sumSquared' | 'min' | 'max'> & {
  readonly counts: readonly number[]
}

/** Everything else (the names of the day, the model, the device) is taken from `a`. */
export const addEvidence = <T extends EvidenceSums>(a: T, b: EvidenceSums): T => ({
  ...a,
  n: a.n + b.n,
  sumError: a.sumError + b.sumError,
  sumAbs: a.sumAbs + b.sumAbs,
  sumSquared: a.sumSquared + b.sumSquared,
  sumAbsReference: a.sumAbsReference + b.sumAbsReference,
  sumDifference: a.sumDifference + b.sumDifference,
  sumDifferenceSquared: a.sumDifferenceSquared + b.sumDifferenceSquared,
  ...(a.intervals === undefined && b.intervals === undefined
    ? {}
    : { intervals: (a.intervals ?? 0) + (b.intervals ?? 0), covered: (a.covered ?? 0) + (b.covered ?? 0) }),
})

export const addLedger = <T extends LedgerSums>(a: T, b: LedgerSums): T => ({
  ...a,
  issued: a.issued + b.issued,
  verified: a.verified + b.verified,
  unverifiable: a.unverifiable + b.unverifiable,
  expired: a.expired + b.expired,
})

export const addProfile = <T extends ProfileSums>(a: T, b: ProfileSums): T => ({
  ...a,
  counts: addCounts(a.counts, b.counts),
  missing: a.missing + b.missing,
  invalid: a.invalid + b.invalid,
  n: a.n + b.n,
  sum: a.sum + b.sum,
  sumSquared: a.sumSquared + b.sumSquared,
  min: extreme(Math.min, a.min, b.min),
  max: extreme(Math.max, a.max, b.max),
})

/** Bin by bin; counts of the same edges have the same length, unless a device is wrong about its edges. */
function addCounts(a: readonly number[], b: readonly number[]): number[] {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a]
  return longer.map((count, i) => count + (shorter[i] ?? 0))
}

const extreme = (
  pick: (a: number, b: number) => number,
  a: number | null,
  b: number | null,
): number | null => (a === null ? b : b === null ? a : pick(a, b))
