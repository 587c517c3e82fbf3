/** The planner's snapshot: what every device reports and is ordered to do, and the paired evidence of the version under way. */
import { Manifest, trainedSites } from '@fleetcast/shared/bundle/manifest.ts'
import { DeviceId } from '@fleetcast/shared/ids.ts'
import type { Desired } from '@fleetcast/shared/protocol/desired.ts'
import { epochMs, type EpochMs } from '@fleetcast/shared/units.ts'
import { listOrders } from '../store/queries/orders.ts'
import { evidenceOfModel, servedDays, type EvidenceRow } from '../store/queries/evidence.ts'
import { findVersionByDigest } from '../store/queries/runs-and-versions.ts'
import { listEnrolled, type DeviceRow } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'
import type { EvidenceDay } from './evidence-day.ts'
import type { DeviceView } from './plan.ts'
import type { Rollout } from './rollout.ts'

export type FleetSnapshot = {
  readonly devices: readonly DeviceView[]
  readonly evidence: readonly EvidenceDay[]
}

export type ReachableInput = { readonly now: EpochMs; readonly silentAfterMs: number }

export async function readFleet(
  store: Store,
  rollout: Rollout,
  reachable: ReachableInput,
): Promise<FleetSnapshot> {
  const [devices, rows, served, orders, manifest] = await Promise.all([
    listEnrolled(store, rollout.recipe),
    evidenceOfModel(store, rollout.digest),
    servedDays(store, rollout.digest),
    listOrders(store),
    manifestOf(store, rollout.digest),
  ])
  const servedByDevice = new Map(served.map(({ device, days }) => [device, days]))
  const orderByDevice = new Map(orders.map((row) => [row.device, row.order]))
  const siteByDevice = new Map(devices.map((device) => [device.id, device.site]))
  const isUnseen = unseenDays(manifest)
  return {
    devices: devices.map((device) =>
      deviceView(device, {
        order: orderByDevice.get(device.id),
        servedDays: servedByDevice.get(device.id) ?? 0,
        reachable,
      }),
    ),
    evidence: rows.flatMap((row) => {
      const site = siteByDevice.get(row.device)
      return site === undefined || !isUnseen(site, row.day) ? [] : [evidenceDay(row, site)]
    }),
  }
}

export async function manifestOf(store: Store, digest: string): Promise<Manifest> {
  const version = await findVersionByDigest(store, digest)
  return Manifest.parse(version?.manifest)
}

/** A site that trained the model counts only after its training data ends: the model may know every day before. */
function unseenDays(manifest: Manifest): (site: string, day: string) => boolean {
  const trained = new Set<string>(trainedSites(manifest))
  const lastDay = manifest.annotations['io.fleetcast.dataUntil'].slice(0, 10)
  return (site, day) => !trained.has(site) || day > lastDay
}

const evidenceDay = (row: EvidenceRow, site: string): EvidenceDay => ({
  ...row,
  site,
  reference: row.reference as EvidenceDay['reference'],
  source: row.source as EvidenceDay['source'],
})

type ViewInput = {
  readonly order: Desired | undefined
  readonly servedDays: number
  readonly reachable: ReachableInput
}

function deviceView(device: DeviceRow, { order, servedDays, reachable }: ViewInput): DeviceView {
  const { status, lastReadingAt } = device
  return {
    device: DeviceId.parse(device.id),
    site: device.site,
    serving: status?.serving ?? null,
    servingState: status?.servingState ?? 'baseline',
    candidate: status?.candidate ?? null,
    candidateState: status?.candidateState ?? 'none',
    bundles: status?.bundles ?? [],
    isReachable: isReachable(device, reachable),
    generation: status?.generation ?? 0,
    wantedGeneration: order?.generation ?? 0,
    wantedChampion: order?.champion ?? null,
    lastReadingAt: lastReadingAt === null ? null : epochMs(lastReadingAt),
    servedDaysOfVersion: servedDays,
  }
}

/** A connection may be made anew within this time; after it a device without one holds nobody up. */
const DISCONNECTED_GRACE_MS = 30_000

function isReachable(
  { lastSeenAt, isConnected }: DeviceRow,
  { now, silentAfterMs }: ReachableInput,
): boolean {
  if (lastSeenAt === null) return false
  return now - lastSeenAt < (isConnected ? silentAfterMs : DISCONNECTED_GRACE_MS)
}
