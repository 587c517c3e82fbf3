/** Is it time to train a recipe again? Pure; every reason that holds is told with its numbers. */
import { SKILL_DAYS_MIN, type RetrainingSpec } from '@fleetcast/shared/recipe/recipe.ts'
import { boundsOf, dayMean } from '@fleetcast/shared/statistics/day-mean.ts'
import { ratioByDay } from '@fleetcast/shared/statistics/ratio-by-day.ts'
import { DAY_MS, type EpochMs } from '@fleetcast/shared/units.ts'

export type StationAccuracy = {
  readonly device: string
  /** Live pairs of what serves against persistence, and the sums of their losses. */
  readonly n: number
  readonly sumLoss: number
  readonly sumLossReference: number
}

/** Of all these stations together. */
export type DayAccuracy = Pick<StationAccuracy, 'sumLoss' | 'sumLossReference'>

export type RetrainingInput = {
  /** Event time of the fleet's newest reading, and after which the newest version that serves saw no row. */
  readonly fleetTime: EpochMs
  readonly dataUntil: EpochMs
  /** Stations with enough verified forecasts for a word. */
  readonly stations: readonly StationAccuracy[]
  /** Their days in order. */
  readonly days: readonly DayAccuracy[]
}

export type RetrainingReason = {
  readonly code: 'retraining/newData' | 'retraining/lowSkill' | 'retraining/worseStations'
  readonly message: string
}

export function retrainingReasons(
  { afterDays, skillBelow, worseStationsShare }: RetrainingSpec,
  { fleetTime, dataUntil, stations, days }: RetrainingInput,
): readonly RetrainingReason[] {
  const reasons: RetrainingReason[] = []
  const unseenDays = Math.floor((fleetTime - dataUntil) / DAY_MS)
  if (afterDays !== undefined && unseenDays >= afterDays)
    reasons.push({
      code: 'retraining/newData',
      message: `the stations have ${unseenDays} days of readings that the serving version never saw, limit ${afterDays}`,
    })
  if (stations.length === 0) return reasons
  const highest = skillAtMost(days)
  if (skillBelow !== undefined && highest !== null && highest < skillBelow)
    reasons.push({
      code: 'retraining/lowSkill',
      message: `live skill against persistence is ${skillOf(stations).toFixed(3)}, at most ${highest.toFixed(3)} (95 %, by ${days.length} days), over ${total(stations, 'n')} forecasts, limit ${skillBelow}`,
    })
  const worse = stations.filter(({ sumLoss, sumLossReference }) => sumLoss > sumLossReference)
  if (worseStationsShare !== undefined && worse.length / stations.length >= worseStationsShare)
    reasons.push({
      code: 'retraining/worseStations',
      message: `${worse.length} of ${stations.length} stations are worse than persistence (${namesOf(worse)}), limit ${worseStationsShare}`,
    })
  return reasons
}

/** 1 - error / persistence's error; NaN where persistence makes none. */
export const skillOf = (parts: readonly DayAccuracy[]): number =>
  1 - total(parts, 'sumLoss') / total(parts, 'sumLossReference')

const CONFIDENCE = 0.95

/**
 * One-sided upper 95 % bound of the skill; null on too few days for a word. Of fleets whose skill is the limit itself, one look at
 * 30 days calls 5 % fallen, where the mean alone would half of them. Every later day is another look, so in a year it is more.
 */
function skillAtMost(days: readonly DayAccuracy[]): number | null {
  if (days.length < SKILL_DAYS_MIN || !(total(days, 'sumLossReference') > 0)) return null
  const ratios = ratioByDay(days.map(({ sumLoss, sumLossReference }) => [sumLoss, sumLossReference]))
  return 1 - boundsOf(dayMean(ratios), CONFIDENCE).lower
}

const total = <K extends string>(parts: readonly Readonly<Record<K, number>>[], field: K): number =>
  parts.reduce((sum, part) => sum + part[field], 0)

const NAMES_SHOWN = 5

function namesOf(stations: readonly StationAccuracy[]): string {
  const shown = stations.slice(0, NAMES_SHOWN).map(({ device }) => device)
  return [...shown, ...(stations.length > NAMES_SHOWN ? ['...'] : [])].join(', ')
}
