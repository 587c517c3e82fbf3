/** The public airport tables: training on some years and stations, judging on a later year. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { tensorflow } from '../../../hub/adapters/tensorflow.ts'
import { loadSeries, type SeriesSelection } from '../../../hub/datasets/load-series.ts'
import type { Snapshot } from '../../../hub/datasets/snapshot-files.ts'
import { lossesOf } from '../../../hub/evaluation/metrics.ts'
import type { StationSeries } from '../../../hub/datasets/station-series.ts'
import { typicalValues } from '../../../hub/runs/typical-values.ts'
import { trainVersion } from '../../../hub/runs/train-version.ts'
import { buildSamples } from '../../../hub/training/build-samples.ts'
import { predictRows } from '../../../hub/training/predict-rows.ts'
import { acceptedIn, openWorkshop, recipe as temperature24h } from '../datasets/tables.ts'

/** Null when the tables are not there; said once, so that nobody takes silence for success. */
export function airportTable(): string | null {
  const folder = process.env['FLEETCAST_DATA'] ?? join('..', 'shared', 'data')
  const table = join(folder, 'us_airports_demo_2013_14_15_22.csv.gz')
  if (existsSync(table)) return table
  console.warn(`SKIPPED: the airport tables are not in ${folder}; set FLEETCAST_DATA to their folder`)
  return null
}

export const AIRPORTS = [
  { id: 'ewr', latitude: 40.69, longitude: -74.17 },
  { id: 'jfk', latitude: 40.64, longitude: -73.78 },
  { id: 'lga', latitude: 40.78, longitude: -73.87 },
  { id: 'pdx', latitude: 45.59, longitude: -122.6 },
  { id: 'sea', latitude: 47.45, longitude: -122.31 },
]
export const NEW_YORK = ['ewr', 'jfk', 'lga']

export type MaeBySite = Readonly<Record<string, number>>
export type Airports = {
  readonly seriesOf: (selection: SeriesSelection) => Promise<readonly StationSeries[]>
  readonly remove: () => void
}

/** Imports the table as an operator would; series are read from the stored dataset. */
export async function openAirports(file: string, recipe: Recipe = temperature24h): Promise<Airports> {
  const workshop = openWorkshop()
  const { read } = await acceptedIn(workshop, { file }, { sites: AIRPORTS, recipe })
  return {
    seriesOf: (selection) => read((snapshot) => selected(snapshot, recipe, selection)),
    remove: workshop.remove,
  }
}

async function selected(
  snapshot: Snapshot,
  recipe: Recipe,
  selection: SeriesSelection,
): Promise<readonly StationSeries[]> {
  const series = await loadSeries(snapshot, { recipe, sites: AIRPORTS, selection })
  if (!series.ok) throw new Error(series.error.message)
  return series.value
}

/** The version of a shipped recipe, as ONNX. */
export async function train(
  series: readonly StationSeries[],
  recipe: Recipe = temperature24h,
): Promise<Uint8Array> {
  const versions = { node: '', onnxruntime: '', tensorflow: '' }
  const ports = { engine: onnxRuntime, network: tensorflow, cpuSeconds: () => 0, versions }
  const input = { recipe, series, seed: recipe.training.seed, onProgress: async () => {}, onTrial: () => {} }
  const outcome = await trainVersion(ports, input)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value.onnx
}

/** Mean loss by site (mean absolute error, Brier score, ranked probability score); without a model that of persistence. */
export async function judge(
  onnx: Uint8Array | null,
  series: readonly StationSeries[],
  recipe: Recipe = temperature24h,
): Promise<MaeBySite> {
  const constants = typicalValues(recipe, series)
  const samples = await buildSamples(onnxRuntime, { recipe, series, constants, onProgress: async () => {} })
  const predicted =
    onnx === null
      ? samples.persistence
      : await predictRows(onnxRuntime, { recipe, series, rows: samples, onnx })
  const sums = series.map(() => ({ n: 0, error: 0 }))
  lossesOf(recipe.target, predicted, samples.truth).forEach((loss, row) => {
    const sum = sums[samples.seriesIndex[row]!]!
    sum.n += 1
    sum.error += loss
  })
  return Object.fromEntries(series.map(({ site }, i) => [site, sums[i]!.error / sums[i]!.n]))
}
