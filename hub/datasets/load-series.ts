/** Snapshot bytes -> one series a station on the regular axis, with gaps as NaN. */
import { assert } from '@fleetcast/shared/assert.ts'
import { SiteId } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { epochMs, minutes } from '@fleetcast/shared/units.ts'
import { breathe } from './breathe.ts'
import { readSnapshotRows, type SnapshotRow } from './snapshot-rows.ts'
import type { StationSeries } from './station-series.ts'

export type SeriesSelection = {
  /** Null: every station of the dataset. */
  readonly stations: readonly string[] | null
  /** Event times, ISO: from (inclusive), until (exclusive). */
  readonly from: string | null
  readonly until: string | null
}

export type SeriesInput = {
  readonly recipe: Pick<Recipe, 'channels' | 'cadenceMinutes'>
  readonly sites: readonly { readonly id: string; readonly latitude: number; readonly longitude: number }[]
  readonly selection: SeriesSelection
}

export type SeriesCode =
  | 'dataset/wrongRecipe'
  | 'dataset/nothingSelected'
  | 'dataset/unknownStation'
  | 'dataset/tooLong'

/** 38 years of minutes: a longer axis is a mistake of the selection. */
const STEPS_MAX = 20_000_000

/** Series of the selected rows, in order of station. */
export async function loadSeries(
  bytes: Uint8Array,
  { recipe, sites, selection }: SeriesInput,
): Promise<Result<readonly StationSeries[], Refusal<SeriesCode>>> {
  const cadenceMs = minutes(recipe.cadenceMinutes)
  const names = recipe.channels.map(({ name }) => name)
  const rows = readSnapshotRows(bytes, names)
  if (!rows.ok) return rows
  const builders = new Map<string, SeriesBuilder>()
  const isSelected = selectionTest(selection)
  for (const slice of rows.value) {
    for (const row of slice)
      if (isSelected(row))
        builderOf(builders, row.station, names.length).add(Math.round(row.time / cadenceMs), row.values)
    await breathe()
  }
  const absent = selection.stations?.find((station) => !builders.has(station))
  if (absent !== undefined)
    return refuse('dataset/nothingSelected', `the dataset has no rows of ${absent} in the selected time`)
  if (builders.size === 0)
    return refuse('dataset/nothingSelected', 'no row of the dataset lies in the selected time; widen it')
  return collect([...builders], sites, cadenceMs)
}

function selectionTest({
  stations,
  from,
  until,
}: SeriesSelection): (row: Pick<SnapshotRow, 'station' | 'time'>) => boolean {
  const names = stations === null ? null : new Set(stations)
  const first = from === null ? Number.NEGATIVE_INFINITY : Date.parse(from)
  const end = until === null ? Number.POSITIVE_INFINITY : Date.parse(until)
  return ({ station, time }) => time >= first && time < end && (names === null || names.has(station))
}

function builderOf(builders: Map<string, SeriesBuilder>, station: string, sensors: number): SeriesBuilder {
  const builder = builders.get(station) ?? new SeriesBuilder(sensors)
  builders.set(station, builder)
  return builder
}

function collect(
  builders: readonly (readonly [string, SeriesBuilder])[],
  sites: SeriesInput['sites'],
  cadenceMs: number,
): Result<readonly StationSeries[], Refusal<SeriesCode>> {
  const series: StationSeries[] = []
  for (const [station, builder] of builders) {
    const site = sites.find(({ id }) => id === station)
    if (site === undefined)
      return refuse(
        'dataset/unknownStation',
        `no site is known as ${station}; add it with its position first`,
      )
    if (builder.steps > STEPS_MAX)
      return refuse(
        'dataset/tooLong',
        `${station} spans ${builder.steps} steps, at most ${STEPS_MAX} are possible; select a shorter time`,
      )
    const { latitude, longitude } = site
    series.push({
      site: SiteId.parse(station),
      latitude,
      longitude,
      startAt: epochMs(builder.firstStep * cadenceMs),
      ...builder.finish(),
    })
  }
  return ok(series)
}

/** Rows of one station in order of time, spread over the axis when all are there. */
class SeriesBuilder {
  readonly #sensors: number
  readonly #steps: number[] = []
  readonly #values: number[] = []

  constructor(sensors: number) {
    this.#sensors = sensors
  }

  get firstStep(): number {
    return this.#steps[0] ?? 0
  }

  get steps(): number {
    return (this.#steps.at(-1) ?? 0) - this.firstStep + 1
  }

  add(step: number, values: readonly number[]): void {
    assert(this.#steps.length === 0 || step > this.#steps.at(-1)!, 'a snapshot is in order of time')
    this.#steps.push(step)
    for (const value of values) this.#values.push(value)
  }

  finish(): Pick<StationSeries, 'values' | 'steps'> {
    const values = new Float32Array(this.steps * this.#sensors).fill(Number.NaN)
    this.#steps.forEach((step, row) => {
      for (let i = 0; i < this.#sensors; i++)
        values[(step - this.firstStep) * this.#sensors + i] = this.#values[row * this.#sensors + i]!
    })
    return { values, steps: this.steps }
  }
}
