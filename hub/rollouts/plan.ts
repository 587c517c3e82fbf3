/** What the planner sees and what it answers. */
import type { BundleDigest, DeviceId } from '@fleetcast/shared/ids.ts'
import type { BundleStatus, StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { EvidenceDay } from './evidence-day.ts'
import type { Rollout } from './rollout.ts'

/** A device as it last reported itself, and what it is ordered to do. */
export type DeviceView = {
  readonly device: DeviceId
  readonly site: string
  readonly serving: BundleDigest | null
  readonly servingState: StatusRecord['servingState']
  readonly candidate: BundleDigest | null
  readonly candidateState: StatusRecord['candidateState']
  readonly bundles: readonly BundleStatus[]
  /** Heard recently and reading the sky: only such devices can hold a stage up. */
  readonly isReachable: boolean
  /** Of the desired state it last applied, and of the newest one ordered. */
  readonly generation: number
  readonly wantedGeneration: number
  /** What it is ordered to serve now; null: the baseline. */
  readonly wantedChampion: BundleDigest | null
  readonly lastReadingAt: EpochMs | null
  /** Days on which it served the version of this rollout. */
  readonly servedDaysOfVersion: number
}

/** What a device shall run; the caller signs and sends only what differs from the last order. */
export type DesiredOrder = {
  readonly device: DeviceId
  readonly champion: BundleDigest | null
  readonly candidate: BundleDigest | null
  readonly prefetch: readonly BundleDigest[]
}

export type RolloutEvent = {
  readonly code: string
  readonly severity: 'info' | 'warning' | 'error'
  readonly message: string
}

export type PlanInput = {
  readonly rollout: Rollout
  /** Every enrolled device of the fleet. */
  readonly devices: readonly DeviceView[]
  /** Every paired day of this version, of days after its training data only. */
  readonly evidence: readonly EvidenceDay[]
  readonly now: EpochMs
}

export type Plan = {
  /** The same object when nothing changed. */
  readonly rollout: Rollout
  /** One order for every device of the fleet. */
  readonly desired: readonly DesiredOrder[]
  readonly events: readonly RolloutEvent[]
  /** What happens and what it waits for, one sentence a line. */
  readonly report: readonly string[]
}
