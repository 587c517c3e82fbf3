/** Many increments -> one sum a key, so that a batch costs one statement a table. Pure. */
import { addEvidence, addLedger, addProfile } from '@fleetcast/shared/protocol/add-sums.ts'
import type {
  EvidenceRecord,
  EventRecord,
  LedgerRecord,
  ProfileRecord,
  StatusRecord,
  TelemetryMessage,
} from '@fleetcast/shared/protocol/telemetry.ts'
import { observedOf, type Observed } from './append-observations.ts'

type OfDevice<R> = Omit<R, 'kind'> & { readonly device: string }
export type EvidenceSum = OfDevice<EvidenceRecord>
export type LedgerSum = OfDevice<LedgerRecord>
export type ProfileSum = Omit<OfDevice<ProfileRecord>, 'edges'> & { readonly edges: string }
export type DeviceEvent = OfDevice<EventRecord>

/** What a device last said of itself, and the event time of the newest reading it spoke of. */
export type Report = { readonly status: StatusRecord; readonly newestAt: number | null }

export type Folded = {
  readonly evidence: readonly EvidenceSum[]
  readonly ledger: readonly LedgerSum[]
  readonly profiles: readonly ProfileSum[]
  readonly reports: ReadonlyMap<string, Report>
  readonly events: readonly DeviceEvent[]
  /** No sums: every reading, in the order of arrival. */
  readonly observed: readonly Observed[]
}

/** Messages in the order they were stored. */
export function foldRecords(messages: readonly Pick<TelemetryMessage, 'device' | 'records'>[]): Folded {
  const evidence = new Map<string, EvidenceSum>()
  const ledger = new Map<string, LedgerSum>()
  const profiles = new Map<string, ProfileSum>()
  const reports = new Map<string, Report>()
  const events: DeviceEvent[] = []
  const observed: Observed[] = []
  for (const { device, records } of messages)
    for (const record of records) {
      if (record.kind === 'status')
        reports.set(device, {
          status: record,
          newestAt: later(reports.get(device)?.newestAt ?? null, record.at),
        })
      else if (record.kind === 'event') events.push(withoutKind(device, record))
      else if (record.kind === 'readings') observed.push(...observedOf(device, record))
      else if (record.kind === 'evidence')
        merge(
          evidence,
          `${device} ${record.model} ${record.reference} ${record.source} ${record.day}`,
          withoutKind(device, record),
          addEvidence,
        )
      else if (record.kind === 'ledger')
        merge(ledger, `${device} ${record.day}`, withoutKind(device, record), addLedger)
      else {
        const profile = { ...withoutKind(device, record), edges: record.edges ?? '' }
        merge(profiles, `${device} ${record.channel} ${record.day} ${profile.edges}`, profile, addProfile)
      }
    }
  return {
    evidence: [...evidence.values()],
    ledger: [...ledger.values()],
    profiles: [...profiles.values()],
    reports,
    events,
    observed,
  }
}

function withoutKind<R extends { readonly kind: string }>(
  device: string,
  { kind: _kind, ...rest }: R,
): Omit<R, 'kind'> & { device: string } {
  return { device, ...rest }
}

function merge<V>(sums: Map<string, V>, key: string, value: V, add: (a: V, b: V) => V): void {
  const known = sums.get(key)
  sums.set(key, known === undefined ? value : add(known, value))
}

const later = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b)
