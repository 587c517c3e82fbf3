/** What the training data hold, counted on the days on which a station sent anything: a missing year is no missing reading. */
import type { SiteId } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { minutes } from '@fleetcast/shared/units.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import { embargoSeconds, type Split } from '../evaluation/split-rows.ts'
import type { Samples } from '../training/build-samples.ts'

export type DataMeasures = {
  /** Readings that did not come or were refused, of those expected; over all sites. */
  readonly channels: readonly {
    readonly channel: string
    readonly share: number
    readonly expected: number
  }[]
  /** Intervals that became a sample, of those expected. */
  readonly sites: readonly {
    readonly site: SiteId
    readonly share: number
    readonly expected: number
    readonly days: number
  }[]
}

const DAY_MS = 86_400_000

export function measureData(
  { channels, cadenceMinutes }: Pick<Recipe, 'channels' | 'cadenceMinutes'>,
  series: readonly StationSeries[],
  { seriesIndex }: Pick<Samples, 'seriesIndex'>,
): DataMeasures {
  const sensors = channels.length
  const covered = series.map((one) => coveredSteps(one, sensors, minutes(cadenceMinutes)))
  const expected = covered.reduce((sum, { steps }) => sum + steps.length, 0)
  return {
    channels: channels.map(({ name }, channel) => {
      let missing = 0
      for (const [index, { values }] of series.entries())
        for (const step of covered[index]!.steps)
          if (Number.isNaN(values[step * sensors + channel]!)) missing += 1
      return { channel: name, share: missing / expected, expected }
    }),
    sites: series.map(({ site }, index) => {
      const { steps, days } = covered[index]!
      const samples = seriesIndex.reduce((sum, one) => sum + (one === index ? 1 : 0), 0)
      return { site, share: samples / steps.length, expected: steps.length, days }
    }),
  }
}

function coveredSteps({ values, steps, startAt }: StationSeries, sensors: number, cadenceMs: number) {
  const stepsByDay = new Map<number, { any: boolean; steps: number[] }>()
  for (let step = 0; step < steps; step++) {
    const day = Math.floor((startAt + step * cadenceMs) / DAY_MS)
    const known = stepsByDay.get(day) ?? { any: false, steps: [] }
    known.steps.push(step)
    known.any ||= hasReading(values, step * sensors, sensors)
    stepsByDay.set(day, known)
  }
  const days = [...stepsByDay.values()].filter(({ any }) => any)
  return { steps: days.flatMap((day) => day.steps), days: days.length }
}

function hasReading(values: Float32Array, from: number, sensors: number): boolean {
  for (let k = 0; k < sensors; k++) if (!Number.isNaN(values[from + k]!)) return true
  return false
}

export type LeakageMeasure = {
  /** Null where no test row has a distance to keep: none is from a site that the model knows. */
  readonly gapSeconds: number | null
  readonly neededSeconds: number
  readonly n: number
}

/** The shortest time between a test row and a row that the judged model was fitted or chosen on. */
export function measureLeakage(
  recipe: Pick<Recipe, 'windowSteps' | 'target' | 'cadenceMinutes'>,
  { timeSeconds }: Pick<Samples, 'timeSeconds'>,
  { training, validation, test }: Split,
): LeakageMeasure {
  const seen = Float64Array.from([...training, ...validation], (row) => timeSeconds[row]!).sort()
  let gapSeconds = Infinity
  for (const row of test) gapSeconds = Math.min(gapSeconds, distance(seen, timeSeconds[row]!))
  return { gapSeconds, neededSeconds: embargoSeconds(recipe), n: test.length }
}

/** What a model made elsewhere was fitted on, as its author says. */
export type SeenElsewhere = {
  /** Event time of its last row. */
  readonly untilSeconds: number
  readonly sites: readonly string[]
}

/** Its rows are not here: the time from the end of its data to the first test row at a site that it knows. */
export function measureLeakageElsewhere(
  recipe: Pick<Recipe, 'windowSteps' | 'target' | 'cadenceMinutes'>,
  { series, samples, split }: MeasuredRows,
  { untilSeconds, sites }: SeenElsewhere,
): LeakageMeasure {
  const isKnown = series.map(({ site }) => sites.includes(site))
  const known = split.test.filter((row) => isKnown[samples.seriesIndex[row]!])
  const first = known.reduce((earliest, row) => Math.min(earliest, samples.timeSeconds[row]!), Infinity)
  const gapSeconds = known.length === 0 ? null : first - untilSeconds
  return { gapSeconds, neededSeconds: embargoSeconds(recipe), n: known.length }
}

type MeasuredRows = {
  readonly series: readonly Pick<StationSeries, 'site'>[]
  readonly samples: Pick<Samples, 'seriesIndex' | 'timeSeconds'>
  readonly split: Pick<Split, 'test'>
}

/** From a time to the nearest one of a sorted list. */
function distance(sorted: Float64Array, time: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < time) low = middle + 1
    else high = middle
  }
  const [before, after] = [sorted[low - 1] ?? -Infinity, sorted[low] ?? Infinity]
  return Math.min(time - before, after - time)
}
