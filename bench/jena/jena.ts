/**
 * Temperature at Jena 24 hours ahead, by the protocol of the published table. Every choice (rounds, blend weight) is made on the
 * validation part; the chosen blend is fitted again on the first 75 % and meets the test part once, as the exported file
 * answers it in ONNX Runtime.
 */
import { onnxRuntime } from '@fleetcast/hub/adapters/onnx-runtime.ts'
import { dailyMeans } from '@fleetcast/hub/evaluation/metrics.ts'
import type { FeatureConstants } from '@fleetcast/hub/features/compile-features.ts'
import { exportCompact, type CompactExport } from '@fleetcast/hub/runs/export-compact.ts'
import { FEATURE_BATCH } from '@fleetcast/hub/training/feature-table.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { dayBlockBootstrap } from '@fleetcast/shared/statistics/day-block-bootstrap.ts'
import type { BenchRow } from '../bench-row.ts'
import { cpuSeconds } from '../cpu-seconds.ts'
import { chooseBlend, fitBlend, type BlendChoice } from './fit-blend.ts'
import {
  jenaBatch,
  jenaConstants,
  jenaPart,
  jenaShape,
  partRows,
  readJena,
  within,
  type JenaPart,
  type JenaTable,
} from './jena-samples.ts'
import { medianLatency } from './median-latency.ts'

/** Share of the naive error by which narrower weights may move a prediction on average. */
const COMPACT_SHARE = 0.005
const NAIVE_VALIDATION_MAE = 2.44
/** Every so many batches of the validation part are compared: about 3,000 windows. */
const COMPARE_EVERY = 6

export async function benchJena(print: (row: BenchRow) => void): Promise<void> {
  const table = await readJena()
  if (table === null) return
  const startedAt = cpuSeconds()
  const constants = jenaConstants(table)
  const known = await jenaPart(table, constants, partRows(table, 0, 0.75))
  const training = within(table, known, partRows(table, 0, 0.5))
  const validation = within(table, known, partRows(table, 0.5, 0.75))
  const choice = await chooseBlend(training, validation)
  const model = await fitBlend(known, choice)
  const exported = await exportCompact(onnxRuntime, {
    recipe: table.recipe,
    constants,
    model,
    batches: batchesOf(table, validation).filter((_, i) => i % COMPARE_EVERY === 0),
    differenceMax: COMPACT_SHARE * NAIVE_VALIDATION_MAE,
  })
  const trainCpuS = cpuSeconds() - startedAt
  const served = await serveTest(table, constants, exported)
  report(print, { choice, exported, trainCpuS, served, p50Us: await latencyOf(table, exported) })
}

type Served = { readonly test: JenaPart; readonly errors: Float32Array }

/** The one look at the test part. */
async function serveTest(
  table: JenaTable,
  constants: FeatureConstants,
  { onnx }: CompactExport,
): Promise<Served> {
  const test = await jenaPart(table, constants, partRows(table, 0.75, 1))
  const session = await onnxRuntime.load(onnx, jenaShape(table))
  const predicted: number[] = []
  for (const batch of batchesOf(table, test)) predicted.push(...(await session.run(batch))['prediction']!)
  await session.close()
  return { test, errors: Float32Array.from(predicted, (y, i) => Math.abs(y - test.truth[i]!)) }
}

const batchesOf = (table: JenaTable, { newest }: JenaPart) =>
  Array.from({ length: Math.ceil(newest.length / FEATURE_BATCH) }, (_, i) =>
    jenaBatch(table, newest.subarray(i * FEATURE_BATCH, (i + 1) * FEATURE_BATCH)),
  )

async function latencyOf(table: JenaTable, { onnx }: CompactExport): Promise<number> {
  const { first } = partRows(table, 0.5, 0.75)
  const batches = Array.from({ length: 200 }, (_, i) => jenaBatch(table, Int32Array.of(first + 500 + 17 * i)))
  return medianLatency(await onnxRuntime.load(onnx, jenaShape(table)), batches)
}

type Findings = {
  readonly choice: BlendChoice
  readonly exported: CompactExport
  readonly trainCpuS: number
  readonly served: Served
  readonly p50Us: number
}

function report(
  print: (row: BenchRow) => void,
  { choice, exported, trainCpuS, served, p50Us }: Findings,
): void {
  const { test, errors } = served
  const days = dailyMeans(errors, test.timeSeconds)
  const interval = dayBlockBootstrap(days, { random: createRandom(1) })
  const naive = meanOf(test.target.map(Math.abs))
  const conditions =
    'hourly file: 6 of the 14 columns, 1 of 6 sampling phases; rows 50/25/25 %, 120 rows in, 24 ahead; chosen on validation, ' +
    'fitted again on the first 75 %, test read once'
  const row = (metric: string, value: number, unit: string, against: string): void =>
    print({ bench: 'jena', metric, value, unit, against, conditions })
  row('testMaeC', round(meanOf(errors)), 'C', 'book: LSTM 2.55, stacked GRU 2.39; naive 2.62')
  row('testMaeLowerC', round(interval.lower), 'C', '95 % block bootstrap of daily means, 10-day blocks')
  row('testMaeUpperC', round(interval.upper), 'C', '95 % block bootstrap of daily means, 10-day blocks')
  row('naiveTestMaeC', round(naive), 'C', 'same test rows')
  for (const [name, value] of Object.entries(choice.validationMae))
    row(`validationMaeC.${name}`, round(value), 'C', 'fitted on the first 50 % alone; naive 2.44')
  row('gbdtShare', choice.weights[0]!, 'share', 'of the blend, chosen on validation')
  row('onnxBytes', exported.onnx.length, 'bytes', `features and model, weights in ${exported.storage}`)
  row('compactDifferenceC', round(exported.meanDifference), 'C', 'mean |difference| to the float32 file')
  row('ortP50Us', round(p50Us), 'us', 'one window, features included, one thread')
  row('trainCpuS', round(trainCpuS), 's', 'features, choice, second fit and export together')
}

const meanOf = (values: Float32Array): number => values.reduce((sum, x) => sum + x, 0) / values.length

const round = (value: number): number => Math.round(value * 10_000) / 10_000
