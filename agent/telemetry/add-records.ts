/** Increments of one kind and one name add up to one: what lets a message be cut anywhere and a day cross restarts. Pure. */
import type { EvidenceRecord, LedgerRecord, ProfileRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { assert } from '@fleetcast/shared/assert.ts'

export type Increment = EvidenceRecord | LedgerRecord | ProfileRecord

/** Increments with equal keys add up. */
export function keyOf(record: Increment): string {
  if (record.kind === 'evidence')
    return `evidence|${record.day}|${record.model}|${record.reference}|${record.source}`
  if (record.kind === 'ledger') return `ledger|${record.day}`
  return `profile|${record.day}|${record.channel}|${record.edges ?? '-'}`
}

export function addIncrements(a: Increment, b: Increment): Increment {
  assert(keyOf(a) === keyOf(b), 'only increments of one name add up')
  if (a.kind === 'evidence' && b.kind === 'evidence') return addEvidence(a, b)
  if (a.kind === 'ledger' && b.kind === 'ledger') return addLedger(a, b)
  if (a.kind === 'profile' && b.kind === 'profile') return addProfile(a, b)
  throw new Error('unreachable: equal keys mean equal kinds')
}

const addEvidence = (a: EvidenceRecord, b: EvidenceRecord): EvidenceRecord => ({
  ...a,
  n: a.n + b.n,
  sumError: a.sumError + b.sumError,
  sumAbs: a.sumAbs + b.sumAbs,
  sumSquared: a.sumSquared + b.sumSquared,
  sumAbsReference: a.sumAbsReference + b.sumAbsReference,
  sumDifference: a.sumDifference + b.sumDifference,
  sumDifferenceSquared: a.sumDifferenceSquared + b.sumDifferenceSquared,
})

const addLedger = (a: LedgerRecord, b: LedgerRecord): LedgerRecord => ({
  ...a,
  issued: a.issued + b.issued,
  verified: a.verified + b.verified,
  unverifiable: a.unverifiable + b.unverifiable,
  expired: a.expired + b.expired,
})

const addProfile = (a: ProfileRecord, b: ProfileRecord): ProfileRecord => ({
  ...a,
  counts: a.counts.map((count, i) => count + (b.counts[i] ?? 0)),
  missing: a.missing + b.missing,
  invalid: a.invalid + b.invalid,
  n: a.n + b.n,
  sum: a.sum + b.sum,
  sumSquared: a.sumSquared + b.sumSquared,
  min: extreme(Math.min, a.min, b.min),
  max: extreme(Math.max, a.max, b.max),
})

const extreme = (
  pick: (a: number, b: number) => number,
  a: number | null,
  b: number | null,
): number | null => (a === null ? b : b === null ? a : pick(a, b))
