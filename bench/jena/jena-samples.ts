/**
 * The published table's protocol on the hourly file: rows, not times, are counted. A sample is the last 120 rows, its truth the
 * temperature 24 rows after the newest; rows are cut 50/25/25 % into parts, and a window with its truth lies whole in one part.
 */
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { onnxRuntime } from '@fleetcast/hub/adapters/onnx-runtime.ts'
import type { FeatureConstants } from '@fleetcast/hub/features/compile-features.ts'
import { featureNames } from '@fleetcast/hub/features/feature-names.ts'
import type { ModelBatch } from '@fleetcast/hub/ports/inference-engine.ts'
import { FEATURE_BATCH, openFeatureTable } from '@fleetcast/hub/training/feature-table.ts'
import { columnOf, selectRows, type Matrix } from '@fleetcast/hub/training/matrix.ts'
import { assert } from '@fleetcast/shared/assert.ts'
import { Recipe, windowChannels } from '@fleetcast/shared/recipe/recipe.ts'
import { windowLength, writeWindow } from '@fleetcast/shared/windows/window.ts'
import { readRealTable, type RealTable } from '../real-table.ts'

export const JENA_FILE = 'jena_2009_2016_hourly6.csv.gz'
const POSITION = { latitude: 50.93, longitude: 11.59 }
/** The station's clock is CET all year round. */
const UTC_OFFSET_SECONDS = 3_600

export type JenaTable = {
  readonly recipe: Recipe
  /** Row-major [rows, channels]. */
  readonly values: Float32Array
  readonly timeSeconds: Float64Array
  readonly rows: number
}

/** One part of the table; every array has a value a sample, in order of time. */
export type JenaPart = {
  readonly matrix: Matrix
  readonly anchor: Float32Array
  readonly truth: Float32Array
  /** Truth less anchor. */
  readonly target: Float32Array
  readonly timeSeconds: Float64Array
  /** Newest row of each sample's window. */
  readonly newest: Int32Array
}

export async function readJena(): Promise<JenaTable | null> {
  const table = readRealTable(JENA_FILE)
  if (table === null) return null
  const recipe = Recipe.parse(parse(await readFile('bench/jena/jena-24h.yaml', 'utf8')))
  const columns = recipe.channels.map(({ column }) => table.columns.indexOf(column))
  return {
    recipe,
    rows: table.rows.length,
    values: Float32Array.from(table.rows.flatMap((row) => columns.map((column) => Number(row[column])))),
    timeSeconds: timesOf(table),
  }
}

const timesOf = ({ rows }: RealTable): Float64Array =>
  Float64Array.from(rows, (row) => Date.parse(`${row[0]}:00Z`) / 1_000 - UTC_OFFSET_SECONDS)

/** First and last row of the given shares of the table. */
export const partRows = ({ rows }: JenaTable, from: number, to: number): { first: number; last: number } => ({
  first: Math.floor(rows * from),
  last: Math.floor(rows * to) - 1,
})

/** Typical values of the first half alone. */
export function jenaConstants(table: JenaTable): FeatureConstants {
  const { recipe, values } = table
  const { last } = partRows(table, 0, 0.5)
  const sensors = recipe.channels.length
  const means = recipe.channels.map((_, channel) => {
    let sum = 0
    for (let row = 0; row <= last; row++) sum += values[row * sensors + channel]!
    return Number((sum / (last + 1)).toPrecision(4))
  })
  return { centers: [...means, POSITION.latitude, POSITION.longitude], anchorFill: means[0]! }
}

/** Runs the feature graph over every sample of the rows. */
export async function jenaPart(
  table: JenaTable,
  constants: FeatureConstants,
  { first, last }: { first: number; last: number },
): Promise<JenaPart> {
  const { recipe, values } = table
  const { windowSteps, target, channels } = recipe
  const start = first + windowSteps - 1
  const count = last - target.horizonSteps - start + 1
  const newest = Int32Array.from({ length: count }, (_, i) => start + i)
  const columns = featureNames(recipe).length
  const matrix = { rows: count, columns, data: new Float32Array(count * columns) }
  const features = await openFeatureTable(onnxRuntime, recipe, constants)
  for (let at = 0; at < count; at += FEATURE_BATCH) {
    const rows = newest.subarray(at, Math.min(count, at + FEATURE_BATCH))
    const part = await features.run(jenaBatch(table, rows))
    for (let j = 0; j < columns; j++) matrix.data.set(columnOf(part.matrix, j), j * count + at)
  }
  await features.close()
  const temperature = (row: number): number => values[row * channels.length]!
  const anchor = Float32Array.from(newest, temperature)
  const truth = Float32Array.from(newest, (row) => temperature(row + target.horizonSteps))
  const timeSeconds = Float64Array.from(newest, (row) => table.timeSeconds[row]!)
  return { matrix, anchor, truth, target: truth.map((y, i) => y - anchor[i]!), timeSeconds, newest }
}

/** The samples of a part whose window and truth both lie in the rows. */
export function within(
  { recipe }: JenaTable,
  { matrix, anchor, truth, target, timeSeconds, newest }: JenaPart,
  { first, last }: { first: number; last: number },
): JenaPart {
  const from = newest.indexOf(first + recipe.windowSteps - 1)
  const to = newest.indexOf(last - recipe.target.horizonSteps) + 1
  assert(from >= 0 && to > from, 'the rows lie inside the part')
  return {
    matrix: selectRows(
      matrix,
      Int32Array.from({ length: to - from }, (_, i) => from + i),
    ),
    anchor: anchor.subarray(from, to),
    truth: truth.subarray(from, to),
    target: target.subarray(from, to),
    timeSeconds: timeSeconds.subarray(from, to),
    newest: newest.subarray(from, to),
  }
}

/** Windows that end at the given rows. */
export function jenaBatch({ recipe, values, rows, timeSeconds }: JenaTable, newest: Int32Array): ModelBatch {
  const sensors = recipe.channels.length
  const length = windowLength(recipe, sensors)
  const windows = new Float32Array(newest.length * length)
  const series = { values, steps: rows, sensors }
  newest.forEach((row, i) =>
    writeWindow(series, row, { shape: recipe, position: POSITION, out: windows, offset: i * length }),
  )
  const times = BigInt64Array.from(newest, (row) => BigInt(timeSeconds[row]!))
  return { windows, times, count: newest.length }
}

export const jenaShape = ({ recipe }: JenaTable): { windowSteps: number; channels: number } => ({
  windowSteps: recipe.windowSteps,
  channels: windowChannels(recipe).length,
})
