/** What the data themselves have against a recipe. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { CheckFinding, FeasibilityReport, StationFeasibility } from './feasibility-report.ts'

/** A channel with less than 2 % of its intervals holds no data. */
const NO_DATA_SHARE = 0.02
/** More gaps than that and typical values stand in for readings too often. */
const SPARSE_SHARE = 0.7
/** Values that quality control took out: beyond 2 % somebody should look at the sensor. */
const SPOILED_SHARE = 0.02

/** A class rarer than this is hardly learned, and whether its probability is right shows in no test. */
const RARE_CLASS_SHARE = 0.01

type Facts = Pick<FeasibilityReport, 'stations' | 'quality' | 'classes'>

export const dataFindings = (recipe: Recipe, facts: Facts): readonly CheckFinding[] => [
  ...recipe.channels.flatMap(({ name }) => channelFindings(recipe, facts, name)),
  ...facts.stations.flatMap((station) => stationFindings(recipe, station)),
  ...facts.stations.flatMap(monthFinding),
  ...classFindings(recipe, facts),
  ...facts.quality.flatMap((finding) => qualityFinding(facts, finding)),
]

function channelFindings(recipe: Recipe, { stations }: Facts, channel: string): CheckFinding[] {
  const isTarget = channel === recipe.target.channel
  const valid = stations.map((station) => ({ station, share: validShare(station, channel) }))
  if (valid.every(({ share }) => share === 0))
    return [
      {
        code: 'check/emptyChannel',
        severity: 'error',
        place: channel,
        message: `${channel} has no valid value at any selected station; training is refused`,
        action: isTarget
          ? 'select stations and times that measured it, or choose another target'
          : 'select other stations and times, or take the channel out of the recipe',
      },
    ]
  return valid
    .filter(({ share }) => share < SPARSE_SHARE)
    .map(({ station, share }) => sparseFinding({ station, channel, share, isTarget }))
}

function sparseFinding({
  station: { station },
  channel,
  share,
  isTarget,
}: {
  readonly station: StationFeasibility
  readonly channel: string
  readonly share: number
  readonly isTarget: boolean
}): CheckFinding {
  const place = `${station} / ${channel}`
  const missing = `${percent(1 - share)} of the intervals have no valid ${channel}`
  if (share >= NO_DATA_SHARE)
    return {
      code: 'check/sparseChannel',
      severity: 'warning',
      place,
      message: isTarget
        ? `${missing}: they are no samples`
        : `${missing}: a typical value stands in for them, here and on the station`,
      action: 'look for the missing rows, or leave the station out with --stations',
    }
  return {
    code: 'check/channelMissing',
    severity: isTarget ? 'error' : 'warning',
    place,
    message: `${missing}: that is no data, and no model learns from it`,
    action: isTarget
      ? 'leave the station out with --stations'
      : 'leave the station out with --stations, or take the channel out of the recipe',
  }
}

const validShare = ({ channels }: StationFeasibility, channel: string): number =>
  channels.find((one) => one.channel === channel)?.valid ?? 0

function stationFindings({ target }: Recipe, station: StationFeasibility): CheckFinding[] {
  const isMissing = validShare(station, target.channel) < NO_DATA_SHARE
  if (station.samples > 0 || isMissing) return []
  return [
    {
      code: 'check/stationWithoutSamples',
      severity: 'warning',
      place: station.station,
      message: `no window of ${station.station} has half of its ${target.channel} and the value ${target.horizonSteps} steps later`,
      action: 'leave the station out with --stations, or select a longer time',
    },
  ]
}

function monthFinding({ station, months, samples }: StationFeasibility): CheckFinding[] {
  if (samples === 0 || months.length === 12) return []
  const missing = Array.from({ length: 12 }, (_, i) => i + 1).filter((month) => !months.includes(month))
  return [
    {
      code: 'check/monthsMissing',
      severity: missing.length > 3 ? 'warning' : 'info',
      place: station,
      message: `${station} has no samples in month ${missing.join(', ')}: what a model says there is a guess`,
      action: 'add history that covers a year, or do not serve the model in those months',
    },
  ]
}

const classFindings = ({ target }: Recipe, { classes }: Facts): CheckFinding[] =>
  (classes ?? [])
    .filter(({ share }) => share < RARE_CLASS_SHARE)
    .map(({ name, samples, share }) => ({
      code: 'check/rareClass',
      severity: 'warning',
      place: `${target.channel} / ${name}`,
      message: `${samples} samples (${percent(share)}) are ${name}: too few to learn when it comes, and to judge its probability`,
      action: 'move the limits, make one class of it and its neighbour, or add history that has it',
    }))

function qualityFinding(
  { stations }: Facts,
  { code, station, channel, count, examples }: Facts['quality'][number],
): CheckFinding[] {
  const place = channel === null ? station : `${station} / ${channel}`
  const detail = examples[0] ?? `${count} times`
  if (code === 'dataset/duplicateStation')
    return [
      {
        code: 'check/copiedStation',
        severity: 'warning',
        place,
        message: `${station} is a copy: ${detail}. Rows count twice and are one`.slice(0, 400),
        action: 'leave one of the two out with --stations',
      },
    ]
  if (code === 'dataset/clockOffset')
    return [
      {
        code: 'check/wrongClock',
        severity: 'warning',
        place,
        message: `the clock of ${station} looks wrong: ${detail}`.slice(0, 400),
        action: 'import the table again with the right --utc-offset, or leave those months out',
      },
    ]
  const intervals = stations.find((one) => one.station === station)?.intervals ?? 0
  if (!code.startsWith('quality/') || count <= SPOILED_SHARE * intervals) return []
  return [
    {
      code: 'check/spoiledChannel',
      severity: 'warning',
      place,
      message: `quality control took ${count} values out (${code}; ${detail})`.slice(0, 400),
      action: 'look at the sensor, and at the limits of the channel in the recipe',
    },
  ]
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
