/** What the number of samples and of independent days has against a recipe. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { embargoSeconds } from '../../evaluation/split-rows.ts'
import { ROWS_MIN } from '../train-version.ts'
import type { CheckFinding, FeasibilityReport } from './feasibility-report.ts'

type Facts = Omit<FeasibilityReport, 'verdict' | 'findings'>

const DAY_SECONDS = 86_400
/** Fewer independent days than this say little about anything. */
const INDEPENDENT_DAYS_MIN = 20
/** A linear model that gains less than 1 % on the best baseline has found nothing. */
const GAIN_MIN = 0.99

export const evidenceFindings = (recipe: Recipe, facts: Facts): readonly CheckFinding[] => [
  ...rowFindings(recipe, facts),
  ...resolutionFinding(facts),
  ...learningFinding(facts),
  ...daysFinding(facts),
  ...facts.resolution.flatMap((resolution) => marginFinding(recipe, facts, resolution)),
]

function rowFindings(recipe: Recipe, { rows, stations }: Facts): CheckFinding[] {
  const samples = rows.training + rows.validation + rows.test + rows.embargo
  const days = embargoSeconds(recipe) / DAY_SECONDS
  if (samples > 0 && rows.training === 0)
    return [
      {
        code: 'check/embargoTakesAll',
        severity: 'error',
        place: '',
        message: `no training row is left: window and horizon together are ${days.toFixed(1)} days, and so much is left out on both sides of every held-out block`,
        action: 'shorten windowSteps or the horizon, or select a longer time',
      },
    ]
  const short = (['training', 'validation', 'test'] as const).filter((part) => rows[part] < ROWS_MIN[part])
  if (short.length === 0) return []
  const counts = short.map((part) => `${rows[part]} of ${ROWS_MIN[part]} for ${part}`).join(', ')
  return [
    {
      code: 'check/tooFewRows',
      severity: 'error',
      place: '',
      message: `too few samples: ${counts}; training is refused`,
      action:
        stations.length === 0 ? 'select stations that have rows' : 'select more stations or a longer time',
    },
  ]
}

/** A thermometer in whole degrees cannot show a tenth. */
function resolutionFinding({ stations, scores, target }: Facts): CheckFinding[] {
  // Only where errors are in the channel's own unit.
  if (scores === null || target.score !== target.unit) return []
  const best = Math.min(...scores.map(({ loss }) => loss))
  return stations
    .filter(({ targetResolution }) => targetResolution !== null && targetResolution > best / 2)
    .map(({ station, targetResolution }) => ({
      code: 'check/coarseTarget',
      severity: targetResolution! > best ? ('error' as const) : ('warning' as const),
      place: `${station} / ${target.channel}`,
      message: `values of ${target.channel} lie ${targetResolution!.toPrecision(2)} ${target.unit} apart, and the best baseline errs by ${best.toPrecision(2)}: rounding hides what a model could gain`,
      action: 'use a finer sensor or a longer horizon, or make it a question of classes',
    }))
}

function learningFinding({ scores }: Facts): CheckFinding[] {
  const linear = scores?.find(({ name }) => name === 'linear')
  if (scores === null || linear === undefined) return []
  const best = scores
    .filter((score) => score !== linear)
    .reduce((low, next) => (next.loss < low.loss ? next : low))
  if (linear.loss < GAIN_MIN * best.loss) return []
  return [
    {
      code: 'check/nothingToLearn',
      severity: 'warning',
      place: '',
      message: `a linear model errs by ${linear.loss.toPrecision(3)} on the validation rows, hardly less than ${best.name} with ${best.loss.toPrecision(3)}`,
      action: 'add channels or features that foretell the target, or shorten the horizon',
    },
  ]
}

/** Differences are what is decided on; the level of the error itself needs many more days and decides nothing. */
function daysFinding({ independence, resolution }: Facts): CheckFinding[] {
  const pair = resolution.find((one) => one.pair === 'similar') ?? resolution[0]
  if (independence === null || pair === undefined) return []
  const { testDays } = independence
  const independent = (testDays * pair.effectiveDays) / pair.days
  if (independent >= INDEPENDENT_DAYS_MIN) return []
  return [
    {
      code: 'check/fewIndependentDays',
      severity: 'warning',
      place: '',
      message: `the test rows lie on ${testDays} days that are worth ${independent.toFixed(0)} independent ones when two models are compared: the test will say little`,
      action: 'add months of history; more stations of the same weather help less',
    },
  ]
}

function marginFinding(
  { rollout }: Recipe,
  { fleet }: Facts,
  { pair, margin, liveDays }: Facts['resolution'][number],
): CheckFinding[] {
  if (liveDays !== null && liveDays <= rollout.daysMax) return []
  const against = pair === 'similar' ? 'the champion' : 'persistence'
  const needs = liveDays === null ? 'more than ten years' : `about ${liveDays} days`
  return [
    {
      code: 'check/marginTooNarrow',
      severity: 'warning',
      place: `rollout against ${against}`,
      message: `a fleet of ${fleet.devices} needs ${needs} to hold the margin of ${(100 * margin).toFixed(0)} %, the rollout ends after ${rollout.daysMax}`,
      action: `widen ${pair === 'similar' ? 'marginToChampion' : 'marginToPersistence'}, raise daysMax, or enrol more stations`,
    },
  ]
}
