/**
 * Who is exposed first. Least surprise first: stations the version was trained on, then the others by distance to the
 * nearest of them, because error grows with distance from what a model has seen. So every stage asks a little more of
 * the model than the one before, and a stop says how far it carries. (A random sample would learn sooner that it fails
 * somewhere far, at the price of exposing the far stations first.)
 */
import { greatCircleKm, type GeoPoint } from '@fleetcast/shared/geo.ts'
import type { DeviceId } from '@fleetcast/shared/ids.ts'
import type { RolloutPolicy } from '@fleetcast/shared/recipe/recipe.ts'

export type PlacedDevice = { readonly device: DeviceId; readonly site: string; readonly position: GeoPoint }
export type TrainedSite = { readonly site: string; readonly position: GeoPoint }

export type AssignInput = {
  readonly stages: RolloutPolicy['stages']
  readonly devices: readonly PlacedDevice[]
  readonly trainedSites: readonly TrainedSite[]
}

/** Devices by stage, in stage order; stages left without a device are left out. */
export function assignStages({
  stages,
  devices,
  trainedSites,
}: AssignInput): readonly { name: string; devices: DeviceId[] }[] {
  const ordered = orderOfExposure(devices, trainedSites)
  const ends = stageEnds(
    stages.map(({ share }) => share),
    ordered.length,
  )
  return stages
    .map(({ name }, i) => ({ name, devices: ordered.slice(ends[i - 1] ?? 0, ends[i]) }))
    .filter((stage) => stage.devices.length > 0)
}

/** Trained sites first, then by distance to the nearest of them, ties by device id. */
export function orderOfExposure(
  devices: readonly PlacedDevice[],
  trainedSites: readonly TrainedSite[],
): readonly DeviceId[] {
  const trained = new Set(trainedSites.map(({ site }) => site))
  const surprise = ({ site, position }: PlacedDevice): number =>
    trained.has(site)
      ? -1
      : Math.min(...trainedSites.map((known) => greatCircleKm(position, known.position)), Number.MAX_VALUE)
  return devices
    .map((placed) => ({ device: placed.device, surprise: surprise(placed) }))
    .sort((a, b) => a.surprise - b.surprise || (a.device < b.device ? -1 : 1))
    .map(({ device }) => device)
}

/** Cumulative device counts: rounded shares, at least one device a stage while devices last, everybody at the end. */
function stageEnds(shares: readonly number[], devices: number): readonly number[] {
  let end = 0
  return shares.map((share, i) => {
    const leftForLater = shares.length - 1 - i
    const rounded = Math.min(Math.round(share * devices), devices - leftForLater)
    end = Math.min(devices, Math.max(rounded, end + 1))
    return end
  })
}
