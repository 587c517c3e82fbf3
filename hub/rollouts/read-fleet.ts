/** The planner's snapshot: what every device reports, and the paired evidence of the version under way. */
import { BundleDigest, DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import { trainedSites, ManifestEnvelope } from '@fleetcast/shared/bundle/manifest.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import { evidenceOfModel, servedDays } from '../store/queries/evidence.ts'
import { findVersionByDigest } from '../store/queries/runs-and-versions.ts'
import { listDevices, type DeviceRow } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'
import type { DeviceView, EvidenceDay } from './plan-rollout.ts'
import type { Rollout } from './rollout.ts'

export type FleetSnapshot = { readonly devices: readonly DeviceView[]; readonly evidence: readonly EvidenceDay[] }

export type ReachableInput = { readonly now: EpochMs; readonly silentAfterMs: number }

export async function readFleet(store: Store, rollout: Rollout, reachable: ReachableInput): Promise<FleetSnapshot> {
  const [devices, rows, served] = await Promise.all([
    listDevices(store),
    evidenceOfModel(store, rollout.digest),
    servedDays(store, rollout.digest),
  ])
  const servedByDevice = new Map(served.map(({ device, days }) => [device, days]))
  const siteByDevice = new Map(devices.map((device) => [device.id, SiteId.parse(device.site)]))
  return {
    devices: devices
      .filter((device) => device.enrolledAt !== null)
      .map((device) => deviceView(device, servedByDevice.get(device.id) ?? 0, reachable)),
    evidence: rows.flatMap((row) => {
      const site = siteByDevice.get(row.device)
      return site === undefined ? [] : [{ ...row, device: DeviceId.parse(row.device), site, source: row.source as EvidenceDay['source'] }]
    }),
  }
}

function deviceView(device: DeviceRow, servedDaysOfVersion: number, { now, silentAfterMs }: ReachableInput): DeviceView {
  const { status } = device
  return {
    device: DeviceId.parse(device.id),
    site: SiteId.parse(device.site),
    latitude: device.latitude,
    longitude: device.longitude,
    serving: status?.serving ?? null,
    servingState: status?.servingState ?? 'baseline',
    candidate: status?.candidate ?? null,
    candidateState: status?.candidateState ?? 'none',
    bundles: status?.bundles ?? [],
    generation: status?.generation ?? 0,
    isReachable: device.lastSeenAt !== null && now - device.lastSeenAt < silentAfterMs,
    lastReadingAt: device.lastReadingAt,
    servedDaysOfVersion,
  }
}

/** Sites whose history trained the version; stages go to them first. */
export async function trainedSitesOf(store: Store, digest: BundleDigest): Promise<readonly SiteId[]> {
  const version = await findVersionByDigest(store, digest)
  return version === undefined ? [] : trainedSites(ManifestEnvelope.parse(version.manifest).signed)
}
