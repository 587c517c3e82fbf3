/** Is it time to train a recipe again? Pure; every reason that holds is told with its numbers. */
import type { RetrainingSpec } from '@fleetcast/shared/recipe/recipe.ts'
import { DAY_MS, type EpochMs } from '@fleetcast/shared/units.ts'

export type StationAccuracy = {
  readonly device: string
  /** Live pairs of what serves against persistence, and the sums of their losses. */
  readonly n: number
  readonly sumLoss: number
  readonly sumLossReference: number
}

export type RetrainingInput = {
  /** Event time of the fleet's newest reading, and after which the newest version that serves saw no row. */
  readonly fleetTime: EpochMs
  readonly dataUntil: EpochMs
  /** Stations with enough verified forecasts for a word. */
  readonly stations: readonly StationAccuracy[]
}

export type RetrainingReason = {
  readonly code: 'retraining/newData' | 'retraining/lowSkill' | 'retraining/worseStations'
  readonly message: string
}

export function retrainingReasons(
  { afterDays, skillBelow, worseStationsShare }: RetrainingSpec,
  { fleetTime, dataUntil, stations }: RetrainingInput,
): readonly RetrainingReason[] {
  const reasons: RetrainingReason[] = []
  const unseenDays = Math.floor((fleetTime - dataUntil) / DAY_MS)
  if (afterDays !== undefined && unseenDays >= afterDays)
    reasons.push({
      code: 'retraining/newData',
      message: `the stations have ${unseenDays} days of readings that the serving version never saw, limit ${afterDays}`,
    })
  if (stations.length === 0) return reasons
  const skill = 1 - sum(stations, 'sumLoss') / sum(stations, 'sumLossReference')
  if (skillBelow !== undefined && skill < skillBelow)
    reasons.push({
      code: 'retraining/lowSkill',
      message: `live skill against persistence is ${skill.toFixed(3)} over ${sum(stations, 'n')} forecasts, limit ${skillBelow}`,
    })
  const worse = stations.filter(({ sumLoss, sumLossReference }) => sumLoss > sumLossReference)
  if (worseStationsShare !== undefined && worse.length / stations.length >= worseStationsShare)
    reasons.push({
      code: 'retraining/worseStations',
      message: `${worse.length} of ${stations.length} stations are worse than persistence (${namesOf(worse)}), limit ${worseStationsShare}`,
    })
  return reasons
}

const sum = (stations: readonly StationAccuracy[], field: 'n' | 'sumLoss' | 'sumLossReference'): number =>
  stations.reduce((total, station) => total + station[field], 0)

const NAMES_SHOWN = 5

function namesOf(stations: readonly StationAccuracy[]): string {
  const shown = stations.slice(0, NAMES_SHOWN).map(({ device }) => device)
  return [...shown, ...(stations.length > NAMES_SHOWN ? ['...'] : [])].join(', ')
}
