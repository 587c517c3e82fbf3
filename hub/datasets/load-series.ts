/** Snapshot rows -> one series a station on the regular axis, with gaps as NaN. */
import { assert } from '@fleetcast/shared/assert.ts'
import { SiteId } from '@fleetcast/shared/ids.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { epochMs, minutes } from '@fleetcast/shared/units.ts'
import type { SnapshotBlock } from './content-digest.ts'
import { FLAGS } from './judge-channels.ts'
import type { Snapshot } from './snapshot-files.ts'
import type { SnapshotMetadata } from './snapshot-table.ts'
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

/** Series of the selected rows, in order of station; what quality control refused is NaN. */
export async function loadSeries(
  { metadata, blocks }: Snapshot,
  { recipe, sites, selection }: SeriesInput,
): Promise<Result<readonly StationSeries[], Refusal<SeriesCode>>> {
  const cadenceMs = minutes(recipe.cadenceMinutes)
  const places = findChannels(metadata, recipe)
  if (!places.ok) return places
  const builders = new Map<number, SeriesBuilder>()
  const isSelected = selectionTest(selection, metadata.stations)
  for await (const block of blocks())
    for (let row = 0; row < block.rows; row++) {
      const [station, time] = [block.station[row]!, block.time[row]!]
      if (isSelected(station, time))
        builderOf(builders, station, places.value).add(Math.round(time / cadenceMs), block, row)
    }
  const byStation = [...builders].map(([place, builder]) => [metadata.stations[place]!, builder] as const)
  const absent = selection.stations?.find((station) => !byStation.some(([name]) => name === station))
  if (absent !== undefined)
    return refuse('dataset/nothingSelected', `the dataset has no rows of ${absent} in the selected time`)
  if (byStation.length === 0)
    return refuse('dataset/nothingSelected', 'no row of the dataset lies in the selected time; widen it')
  return collect(byStation, sites, cadenceMs)
}

/** Places of the recipe's channels in the snapshot; refused when it was made with other channels, units or another cadence. */
function findChannels(
  { channels, cadenceMs }: SnapshotMetadata,
  recipe: SeriesInput['recipe'],
): Result<readonly number[], Refusal<SeriesCode>> {
  const places = recipe.channels.map(({ name, unit }) =>
    channels.findIndex((channel) => channel.name === name && channel.unit === unit),
  )
  const missing = recipe.channels
    .filter((_, i) => places[i]! < 0)
    .map(({ name, unit }) => `${name} in ${unit}`)
  if (missing.length > 0) {
    const has = channels.map(({ name, unit }) => `${name} in ${unit}`).join(', ')
    return refuse(
      'dataset/wrongRecipe',
      `the dataset has no ${missing.join(', ')} (it has ${has}); import the table with this recipe`,
    )
  }
  if (cadenceMs === minutes(recipe.cadenceMinutes)) return ok(places)
  return refuse(
    'dataset/wrongRecipe',
    `the dataset has a row every ${cadenceMs / 60_000} minutes, the recipe needs one every ${recipe.cadenceMinutes}; import the table with this recipe`,
  )
}

function selectionTest(
  { stations, from, until }: SeriesSelection,
  known: readonly string[],
): (station: number, time: number) => boolean {
  const isChosen = known.map((station) => stations === null || stations.includes(station))
  const first = from === null ? Number.NEGATIVE_INFINITY : Date.parse(from)
  const end = until === null ? Number.POSITIVE_INFINITY : Date.parse(until)
  return (station, time) => time >= first && time < end && isChosen[station]!
}

function builderOf(
  builders: Map<number, SeriesBuilder>,
  station: number,
  places: readonly number[],
): SeriesBuilder {
  const builder = builders.get(station) ?? new SeriesBuilder(places)
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

const VALID = FLAGS.indexOf('ok')

/** Rows of one station in order of time, spread over the axis as they come. */
class SeriesBuilder {
  readonly #places: readonly number[]
  #values = new Float32Array(0)
  firstStep = Number.NaN
  steps = 0

  /** `places`: the wanted channels' places in a block. */
  constructor(places: readonly number[]) {
    this.#places = places
  }

  add(step: number, { measured, flags }: SnapshotBlock, row: number): void {
    if (this.steps === 0) this.firstStep = step
    const place = step - this.firstStep
    assert(place >= this.steps, 'a snapshot is in order of time')
    this.steps = place + 1
    // The axis of a mistaken selection is not filled: collect() refuses it by its length.
    if (this.steps > STEPS_MAX) return
    const width = this.#places.length
    this.#grow(this.steps * width)
    this.#places.forEach((channel, i) => {
      if (flags[channel]![row] === VALID) this.#values[place * width + i] = measured[channel]![row]!
    })
  }

  finish(): Pick<StationSeries, 'values' | 'steps'> {
    return { values: this.#values.slice(0, this.steps * this.#places.length), steps: this.steps }
  }

  #grow(length: number): void {
    if (length <= this.#values.length) return
    const grown = new Float32Array(Math.max(length, 2 * this.#values.length, 4_096)).fill(Number.NaN)
    grown.set(this.#values)
    this.#values = grown
  }
}
