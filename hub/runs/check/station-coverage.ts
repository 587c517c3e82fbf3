/** One station's series as a recipe sees it: what is there, what is missing, how fine the target is. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { minutes } from '@fleetcast/shared/units.ts'
import { BREAK_DAYS } from '../../datasets/dataset-report.ts'
import type { StationSeries } from '../../datasets/station-series.ts'
import type { StationFeasibility } from './feasibility-report.ts'

type Labelled = Pick<StationFeasibility, 'samples' | 'months'>

/** `labelled`: the station's samples, counted elsewhere. */
export function stationCoverage(
  recipe: Recipe,
  series: StationSeries,
  { samples, months }: Labelled,
): StationFeasibility {
  const cadenceMs = minutes(recipe.cadenceMinutes)
  const steps = stepsOf(recipe, series)
  const intervals = Math.max(1, steps.length)
  const sensors = recipe.channels.length
  const target = recipe.channels.findIndex(({ name }) => name === recipe.target.channel)
  return {
    station: series.site,
    from: series.startAt,
    until: series.startAt + (series.steps - 1) * cadenceMs,
    intervals: steps.length,
    present: steps.filter((step) => hasAny(series, step, sensors)).length / intervals,
    labelled: Math.min(1, samples / intervals),
    samples,
    months,
    targetResolution: resolutionOf(series, target, sensors),
    channels: recipe.channels.map(({ name }, channel) => {
      const isValid = steps.map((step) => !Number.isNaN(series.values[step * sensors + channel]!))
      return {
        channel: name,
        valid: isValid.filter(Boolean).length / intervals,
        largestGapSteps: longestRun(isValid),
      }
    }),
  }
}

const hasAny = ({ values }: StationSeries, step: number, sensors: number): boolean => {
  for (let at = step * sensors; at < (step + 1) * sensors; at++) if (!Number.isNaN(values[at]!)) return true
  return false
}

/** Every step but those of long pauses: a station's 2013 and its 2022 have no gap of nine years between them. */
function stepsOf({ cadenceMinutes, channels }: Recipe, series: StationSeries): readonly number[] {
  const breakSteps = (BREAK_DAYS * 1_440) / cadenceMinutes
  const steps: number[] = []
  let empty: number[] = []
  for (let step = 0; step < series.steps; step++) {
    if (!hasAny(series, step, channels.length)) {
      empty.push(step)
      continue
    }
    // A plain loop: a gap may be longer than a call may have arguments.
    if (empty.length <= breakSteps) for (const gap of empty) steps.push(gap)
    empty = []
    steps.push(step)
  }
  return steps
}

function longestRun(isValid: readonly boolean[]): number {
  let [longest, run] = [0, 0]
  for (const valid of isValid) {
    run = valid ? 0 : run + 1
    longest = Math.max(longest, run)
  }
  return longest
}

const VALUES_MIN = 500

/** Median distance between neighbours among the different values; null where there are too few values to tell. */
function resolutionOf({ values, steps }: StationSeries, channel: number, sensors: number): number | null {
  const own: number[] = []
  for (let step = 0; step < steps; step++) {
    const value = values[step * sensors + channel]!
    if (!Number.isNaN(value)) own.push(value)
  }
  if (own.length < VALUES_MIN) return null
  const different = Float32Array.from(new Set(own)).sort()
  const gaps = different.slice(1).map((value, i) => value - different[i]!)
  if (gaps.length === 0) return null
  return gaps.sort()[Math.floor(gaps.length / 2)]!
}
