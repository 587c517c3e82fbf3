/** The public airport tables: a model of one climate wins there and loses elsewhere; one of all climates wins everywhere. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { windowChannels } from '@fleetcast/shared/recipe/recipe.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { tensorflow } from '../../../hub/adapters/tensorflow.ts'
import { loadSeries, type SeriesSelection } from '../../../hub/datasets/load-series.ts'
import type { Snapshot } from '../../../hub/datasets/snapshot-files.ts'
import type { StationSeries } from '../../../hub/datasets/station-series.ts'
import { typicalValues } from '../../../hub/runs/typical-values.ts'
import { trainVersion } from '../../../hub/runs/train-version.ts'
import { buildSamples, windowBatch } from '../../../hub/training/build-samples.ts'
import { acceptedIn, openWorkshop, recipe } from '../datasets/tables.ts'

const folder =
  process.env['FLEETCAST_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const TABLE = join(folder, 'us_airports_demo_2013_14_15_22.csv.gz')
const sites = [
  { id: 'ewr', latitude: 40.69, longitude: -74.17 },
  { id: 'jfk', latitude: 40.64, longitude: -73.78 },
  { id: 'lga', latitude: 40.78, longitude: -73.87 },
  { id: 'pdx', latitude: 45.59, longitude: -122.6 },
  { id: 'sea', latitude: 47.45, longitude: -122.31 },
]
const NEW_YORK = ['ewr', 'jfk', 'lga']

const workshop = openWorkshop()
afterAll(workshop.remove)

type MaeBySite = Readonly<Record<string, number>>

const isThere = existsSync(TABLE)
if (!isThere)
  console.warn(`SKIPPED: the airport tables are not in ${folder}; set FLEETCAST_DATA to their folder`)

describe.skipIf(!isThere)('models of real stations, judged in a later year', () => {
  let persistence: MaeBySite, first: MaeBySite, second: MaeBySite
  beforeAll(async () => {
    const { read } = await acceptedIn(workshop, { file: TABLE }, { sites })
    const seriesOf = (selection: SeriesSelection) => read((snapshot) => selected(snapshot, selection))
    const later = await seriesOf({ stations: null, from: '2022-01-01T00:00:00Z', until: null })
    const before = { from: null, until: '2016-01-01T00:00:00Z' }
    persistence = await judge(null, later)
    first = await judge(
      await train(await seriesOf({ ...before, stations: NEW_YORK, until: '2014-01-01T00:00:00Z' })),
      later,
    )
    second = await judge(await train(await seriesOf({ ...before, stations: null })), later)
  }, 180_000)

  test('the first beats persistence in New York and loses in the west', () => {
    for (const site of NEW_YORK) expect(first[site]).toBeLessThan(0.9 * persistence[site]!)
    for (const site of ['pdx', 'sea']) expect(first[site]).toBeGreaterThan(persistence[site]!)
  })
  test('the second beats persistence everywhere', () => {
    for (const { id } of sites) expect(second[id]).toBeLessThan(0.93 * persistence[id]!)
  })
  test('the second gives next to nothing away in New York', () => {
    for (const site of NEW_YORK) expect(second[site]).toBeLessThan(1.03 * first[site]!)
  })
})

async function selected(snapshot: Snapshot, selection: SeriesSelection): Promise<readonly StationSeries[]> {
  const series = await loadSeries(snapshot, { recipe, sites, selection })
  if (!series.ok) throw new Error(series.error.message)
  return series.value
}

async function train(series: readonly StationSeries[]): Promise<Uint8Array> {
  const versions = { node: '', onnxruntime: '', tensorflow: '' }
  const ports = { engine: onnxRuntime, network: tensorflow, cpuSeconds: () => 0, versions }
  const input = { recipe, series, seed: recipe.training.seed, onProgress: async () => {} }
  const outcome = await trainVersion(ports, input)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value.onnx
}

/** Mean absolute error by site; without a model that of the newest value. */
async function judge(onnx: Uint8Array | null, series: readonly StationSeries[]): Promise<MaeBySite> {
  const constants = typicalValues(recipe, series)
  const samples = await buildSamples(onnxRuntime, { recipe, series, constants, onProgress: async () => {} })
  const shape = { windowSteps: recipe.windowSteps, channels: windowChannels(recipe).length }
  const session = onnx === null ? null : await onnxRuntime.load(onnx, shape)
  const sums = series.map(() => ({ n: 0, error: 0 }))
  for (let start = 0; start < samples.step.length; start += 512) {
    const count = Math.min(512, samples.step.length - start)
    const batch = windowBatch({ recipe, series }, samples, { start, count })
    const outputs = await session?.run(batch)
    const predicted = outputs?.['prediction'] ?? samples.anchor.subarray(start, start + count)
    predicted.forEach((value, i) => {
      const sum = sums[samples.seriesIndex[start + i]!]!
      sum.n += 1
      sum.error += Math.abs(value - samples.truth[start + i]!)
    })
  }
  return Object.fromEntries(series.map(({ site }, i) => [site, sums[i]!.error / sums[i]!.n]))
}
