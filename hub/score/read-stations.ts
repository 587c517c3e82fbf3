/** What the stations of a recipe report of one version. */
import { MONITORING_DEFAULT, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { DAY_MS, epochMs, epochMsToUtcDay } from '@fleetcast/shared/units.ts'
import { countProfileDays, liveAccuracy } from '../store/queries/evidence.ts'
import type { DeviceRow } from '../store/queries/sites-and-devices.ts'
import type { Store } from '../store/store.ts'
import type { StationEvidence } from './score-evidence.ts'

type Wanted = {
  readonly recipe: Recipe
  readonly devices: readonly DeviceRow[]
  /** Null without any version. */
  readonly digest: string | null
}

export async function readStations(
  store: Store,
  { recipe, devices, digest }: Wanted,
): Promise<readonly StationEvidence[]> {
  const profiles = new Map((await countProfileDays(store)).map(({ device, days }) => [device, days]))
  const totals = await liveAccuracy(store, firstDay(recipe, devices))
  return devices.map(({ id, site, status }) => {
    const live = totals.find(({ device, model }) => device === id && model === digest)
    const isServing = digest !== null && status?.serving === digest
    const isOnDisk =
      status?.bundles.some((one) => one.digest === digest && one.state === 'installed') === true
    return {
      ...{ device: id, site, isServing, hasInstalled: isServing || isOnDisk },
      rssMb: status?.rssMb ?? null,
      profileDays: profiles.get(id) ?? 0,
      live:
        live === undefined ? null : { n: live.n, sumAbs: live.sumAbs, sumAbsReference: live.sumAbsReference },
    }
  })
}

/** Of the days that are monitored, counted back from the fleet's newest reading. */
function firstDay(recipe: Recipe, devices: readonly DeviceRow[]): string {
  const { days } = recipe.monitoring ?? MONITORING_DEFAULT
  const newest = devices.reduce((latest, { lastReadingAt }) => Math.max(latest, lastReadingAt ?? 0), 0)
  return epochMsToUtcDay(epochMs(Math.max(0, newest - days * DAY_MS)))
}
