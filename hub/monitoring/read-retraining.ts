/** Which recipes are due for training again, read from what the stations run and report. */
import { Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import { MONITORING_DEFAULT, Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { DAY_MS, epochMs, epochMsToUtcDay, type EpochMs, type UtcDay } from '@fleetcast/shared/units.ts'
import { liveAccuracy, liveAccuracyByDay } from '../store/queries/evidence.ts'
import { listRecipes } from '../store/queries/recipes-and-datasets.ts'
import { listVersions, type VersionRow } from '../store/queries/runs-and-versions.ts'
import { listEnrolled, type DeviceRow } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'
import {
  retrainingReasons,
  skillOf,
  type DayAccuracy,
  type RetrainingReason,
  type StationAccuracy,
} from './retraining.ts'

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
    const stations = await accuracies(store, { recipe, devices, fleetTime })
    // A skill that is above its limit cannot be below it beyond doubt.
    const isLow = stations.length > 0 && skillOf(stations) < (recipe.retraining.skillBelow ?? -Infinity)
    const days = isLow ? await accuracyByDay(store, stations, firstDay(recipe, fleetTime)) : []
    const input = { fleetTime, dataUntil: dataUntilOf(newest), stations, days }
    const reasons = retrainingReasons(recipe.retraining, input)
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

const firstDay = ({ monitoring }: Recipe, fleetTime: EpochMs): UtcDay =>
  epochMsToUtcDay(epochMs(fleetTime - (monitoring ?? MONITORING_DEFAULT).days * DAY_MS))

/** Of the model that the station serves now. */
type ServingAccuracy = StationAccuracy & { readonly model: string }

async function accuracies(
  store: Store,
  { recipe, devices, fleetTime }: { recipe: Recipe; devices: readonly DeviceRow[]; fleetTime: EpochMs },
): Promise<readonly ServingAccuracy[]> {
  const { verifiedForecastsMin } = recipe.monitoring ?? MONITORING_DEFAULT
  const totals = await liveAccuracy(store, firstDay(recipe, fleetTime))
  const servingByDevice = new Map(devices.map(({ id, status }) => [id, status?.serving ?? null]))
  return totals
    .filter(({ device, model, n }) => servingByDevice.get(device) === model && n >= verifiedForecastsMin)
    .map(({ device, model, n, sumAbs, sumAbsReference }) => ({
      device,
      model,
      n,
      sumLoss: sumAbs,
      sumLossReference: sumAbsReference,
    }))
}

/** Parameters that a query may have, with room to spare. */
const DEVICES_A_QUERY = 500

/** The stations' sums by day, in order of day. */
async function accuracyByDay(
  store: Store,
  stations: readonly ServingAccuracy[],
  sinceDay: UtcDay,
): Promise<readonly DayAccuracy[]> {
  const byDay = new Map<string, DayAccuracy>()
  for (const model of new Set(stations.map((station) => station.model))) {
    const serving = stations.filter((station) => station.model === model).map(({ device }) => device)
    for (let at = 0; at < serving.length; at += DEVICES_A_QUERY) {
      const devices = serving.slice(at, at + DEVICES_A_QUERY)
      for (const { day, ...sums } of await liveAccuracyByDay(store, { model, devices, sinceDay })) {
        const { sumLoss, sumLossReference } = byDay.get(day) ?? { sumLoss: 0, sumLossReference: 0 }
        byDay.set(day, {
          sumLoss: sumLoss + sums.sumAbs,
          sumLossReference: sumLossReference + sums.sumAbsReference,
        })
      }
    }
  }
  return [...byDay].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sums]) => sums)
}
