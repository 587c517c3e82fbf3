/** Increments of one kind and one name add up to one: what lets a message be cut anywhere and a day cross restarts. Pure. */
import type { EvidenceRecord, LedgerRecord, ProfileRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { addEvidence, addLedger, addProfile } from '@fleetcast/shared/protocol/add-sums.ts'
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
