/** Which recipes are due for training again, read from what the stations run and report. */
import { Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import { MONITORING_DEFAULT, Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { DAY_MS, epochMs, epochMsToUtcDay, type EpochMs } from '@fleetcast/shared/units.ts'
import { liveAccuracy } from '../store/queries/evidence.ts'
import { listRecipes } from '../store/queries/recipes-and-datasets.ts'
import { listVersions, type VersionRow } from '../store/queries/runs-and-versions.ts'
import { listEnrolled, type DeviceRow } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'
import { retrainingReasons, type RetrainingReason, type StationAccuracy } from './retraining.ts'

export type DueRecipe = {
  readonly recipe: string
  /** The newest version that a station serves. */
  readonly version: number
  readonly reasons: readonly RetrainingReason[]
}

/** Recipes without a trigger, or without a version that serves anywhere, are left out. */
export async function readRetraining(store: Store): Promise<readonly DueRecipe[]> {
  const versions = await listVersions(store)
  const due: DueRecipe[] = []
  for (const row of await listRecipes(store)) {
    const recipe = Recipe.parse(row.body)
    if (recipe.retraining === undefined) continue
    const devices = await listEnrolled(store, recipe.name)
    const newest = newestServing(versions, recipe.name, devices)
    const fleetTime = newestReading(devices)
    if (newest === null || fleetTime === null) continue
    const reasons = retrainingReasons(recipe.retraining, {
      fleetTime,
      dataUntil: dataUntilOf(newest),
      stations: await accuracies(store, { recipe, devices, fleetTime }),
    })
    if (reasons.length > 0) due.push({ recipe: recipe.name, version: newest.version, reasons })
  }
  return due
}

function newestServing(
  versions: readonly VersionRow[],
  recipe: string,
  devices: readonly DeviceRow[],
): VersionRow | null {
  const served = new Set<string | null | undefined>(devices.map(({ status }) => status?.serving))
  const serving = versions.filter((version) => version.recipe === recipe && served.has(version.digest))
  return serving.reduce<VersionRow | null>(
    (newest, version) => (newest === null || version.version > newest.version ? version : newest),
    null,
  )
}

const dataUntilOf = ({ manifest }: VersionRow): EpochMs =>
  epochMs(Date.parse(Manifest.parse(manifest).annotations['io.fleetcast.dataUntil']))

function newestReading(devices: readonly DeviceRow[]): EpochMs | null {
  const times = devices.flatMap(({ lastReadingAt }) => lastReadingAt ?? [])
  return times.length === 0 ? null : epochMs(Math.max(...times))
}

async function accuracies(
  store: Store,
  { recipe, devices, fleetTime }: { recipe: Recipe; devices: readonly DeviceRow[]; fleetTime: EpochMs },
): Promise<readonly StationAccuracy[]> {
  const { days, verifiedForecastsMin } = recipe.monitoring ?? MONITORING_DEFAULT
  const totals = await liveAccuracy(store, epochMsToUtcDay(epochMs(fleetTime - days * DAY_MS)))
  const servingByDevice = new Map(devices.map(({ id, status }) => [id, status?.serving ?? null]))
  return totals
    .filter(({ device, model, n }) => servingByDevice.get(device) === model && n >= verifiedForecastsMin)
    .map(({ device, n, sumAbs, sumAbsReference }) => ({
      device,
      n,
      sumLoss: sumAbs,
      sumLossReference: sumAbsReference,
    }))
}
