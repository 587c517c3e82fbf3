/**
 * Readings on their way to the hub, for a recipe that collects them. The ring of readings is their queue: while the hub is away
 * nothing is copied, and each leaves it once, because the mark behind the last one moves in the commit that puts it into the spool.
 */
import { FLAG_LETTER } from '@fleetcast/shared/quality/flag-letters.ts'
import { READINGS_ROWS_MAX } from '@fleetcast/shared/protocol/limits.ts'
import type { ReadingsRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { Store } from '../ports/store.ts'
import { axisOf, stepsOfDays, timeOf } from '../readings/axis.ts'
import { rawReadingsAfter, stepsAfter, type RawReading } from '../readings/readings-table.ts'
import { recordEvent } from './station-events.ts'

/** What is collected, and how many days of it the ring holds. */
export type Collecting = {
  readonly recipe: Pick<Recipe, 'name' | 'channels' | 'cadenceMinutes' | 'collect'>
  readonly ringDays: number
}

/** Readings wait so long (event time) for others to share a record with: a record's names and frame cost as much as six rows. */
const WAIT_HOURS = 6
/** Readings of one cut, after a long silence; the next cut takes the next ones. */
const READINGS_A_CUT = 5 * READINGS_ROWS_MAX

const MARK = 'telemetry/readingsUpTo'
const markOf = (store: Store): number | null => store.readDocument<number>(MARK)

/** Whether readings are worth a record; with `isForced` whether there are any. */
export function areReadingsDue(store: Store, { recipe }: Collecting, isForced: boolean): boolean {
  if (recipe.collect?.readings !== true) return false
  const waiting = stepsAfter(store, markOf(store) ?? -1)
  if (waiting === null) return false
  const worth = Math.min(READINGS_ROWS_MAX, Math.ceil((WAIT_HOURS * 60) / recipe.cadenceMinutes))
  return isForced || waiting.last - waiting.first + 1 >= worth
}

/** Takes what waits, as JSON texts. Call inside the transaction of durability `power` that spools them. */
export function takeReadings(store: Store, { recipe, ringDays }: Collecting): readonly string[] {
  const mark = markOf(store)
  const waiting = stepsAfter(store, mark ?? -1)
  if (waiting === null) return []
  const axis = axisOf(recipe)
  const gone = waiting.last - stepsOfDays(axis, ringDays)
  if (mark !== null && gone > mark && waiting.first > mark + 1)
    recordEvent(store, { ...RING_TOO_SMALL, at: timeOf(axis, waiting.first) })
  const readings = rawReadingsAfter(store, mark ?? -1, READINGS_A_CUT)
  store.writeDocument(MARK, readings.at(-1)!.step)
  return runsOf(readings).map((run) => JSON.stringify(recordOf(run, recipe)))
}

const RING_TOO_SMALL = {
  code: 'telemetry/readingsLost',
  severity: 'warning',
  message: 'readings left the ring before they could be sent; give the ring more days (ringDays)',
} as const

/** Rows of consecutive steps, as many as a record takes. */
function runsOf(readings: readonly RawReading[]): readonly (readonly RawReading[])[] {
  const runs: RawReading[][] = []
  for (const reading of readings) {
    const run = runs.at(-1)
    const isNext = run !== undefined && run.at(-1)!.step + 1 === reading.step
    if (isNext && run.length < READINGS_ROWS_MAX) run.push(reading)
    else runs.push([reading])
  }
  return runs
}

function recordOf(run: readonly RawReading[], recipe: Collecting['recipe']): ReadingsRecord {
  const isPlain = run.every(({ flags }) => PLAIN.test(flags))
  return {
    kind: 'readings',
    recipe: recipe.name,
    channels: recipe.channels.map(({ name }) => name),
    startAt: timeOf(axisOf(recipe), run[0]!.step),
    stepMinutes: recipe.cadenceMinutes,
    values: run.map(({ values }) => [...values]),
    ...(isPlain ? {} : { flags: run.map(({ flags }) => flags) }),
  }
}

/** Nothing that the values do not say themselves. */
const PLAIN = new RegExp(`^[${FLAG_LETTER.ok}${FLAG_LETTER.missing}]*$`)
