/** From a trained model to what the gates judge: losses row by row on the test rows, and the exported file under stress. */
import { assert } from '@fleetcast/shared/assert.ts'
import { gatePolicyOf } from '@fleetcast/shared/recipe/gates.ts'
import { forecastRange, type TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import { climatology, seasonalPersistence } from '../evaluation/baselines.ts'
import { lossesOf, meanLoss, scoredOutput } from '../evaluation/metrics.ts'
import type { Split } from '../evaluation/split-rows.ts'
import { windowBatch, type Samples } from '../training/build-samples.ts'
import { selectValues } from '../training/matrix.ts'
import type { Answered, GateRows } from './gate-rows.ts'
import type { ExportMeasures } from './judge-export.ts'
import type { GateEvidence } from './judge-version.ts'
import { measureData, measureLeakage } from './measure-data.ts'
import { measureLatency, type LatencyPorts } from './measure-latency.ts'
import { measureRobustness, type Robustness } from './measure-robustness.ts'

/** The version that serves now, as it was exported. */
export type Champion = {
  readonly onnx: Uint8Array
  /** Event time in ms after which it saw no row at its sites. */
  readonly dataUntil: number
  readonly sites: readonly string[]
}

export type TrainedEvidence = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly samples: Samples
  readonly split: Split
  /** Of the model as it was fitted on the training rows alone; one value a sample, or the probability of every class. */
  readonly predicted: Float32Array
  readonly onnx: Uint8Array
  readonly parity: NonNullable<ExportMeasures['parity']>
  /** Share of the test rows' truths between the bounds, and the share asked for; null for a model without bounds. */
  readonly interval: { readonly coverage: number; readonly testCoverage: number } | null
  readonly champion: Champion | null
  readonly seed: number
  /** A rejection ends the run. */
  readonly onProgress: () => Promise<void>
}

export async function gatherEvidence(ports: LatencyPorts, input: TrainedEvidence): Promise<GateEvidence> {
  const { recipe, series, samples, split, onnx, parity, interval } = input
  const rows = await gateRows(ports, input)
  const sampled = sampleRows(input)
  const latency = await measureLatency(ports, { recipe, series, onnx, rows: sampled })
  return {
    rows,
    data: measureData(recipe, series, samples),
    leakage: measureLeakage(recipe, samples, split),
    robustness: await robustnessOf(ports, input),
    exported: { parity, onnxBytes: onnx.length, latency, intervalCoverage: coverageOf(interval, rows) },
  }
}

function coverageOf(
  interval: TrainedEvidence['interval'],
  { timeSeconds }: GateRows,
): ExportMeasures['intervalCoverage'] {
  if (interval === null) return null
  const days = new Set(Array.from(timeSeconds, (time) => Math.floor(time / 86_400))).size
  return { asked: interval.coverage, share: interval.testCoverage, n: timeSeconds.length, days }
}

async function gateRows(ports: LatencyPorts, input: TrainedEvidence): Promise<GateRows> {
  const { recipe, samples, split, series, predicted } = input
  const { target } = recipe
  const { test, training } = split
  const lossesOnTest = (values: Float32Array): Float32Array =>
    selectValues(lossesOf(target, values, samples.truth), test)
  return {
    timeSeconds: Float64Array.from(test, (row) => samples.timeSeconds[row]!),
    sites: series.map(({ site }) => site),
    siteIndex: Int32Array.from(test, (row) => samples.seriesIndex[row]!),
    truth: Float32Array.from(test, (row) => samples.truth[row]!),
    isTruthOrdered: target.event === undefined && target.classes === undefined,
    answers: answersOf(target, selectValues(samples.truth, test), (k, width) =>
      Float32Array.from(test, (row) => predicted[row * width + k]!),
    ),
    loss: lossesOnTest(predicted),
    persistenceLoss: lossesOnTest(samples.persistence),
    seasonalLoss: lossesOnTest(seasonalPersistence(input)),
    climatologyLoss: lossesOnTest(climatology(input, training)),
    championLoss: input.champion === null ? null : await championLoss(ports, input, input.champion),
  }
}

/** `said` answers with the probabilities of the test rows in column `k` of so many. */
function answersOf(
  { event, classes }: TargetSpec,
  truth: Float32Array,
  said: (k: number, width: number) => Float32Array,
): readonly Answered[] {
  if (event !== undefined) return [{ name: 'event', said: said(0, 1), came: truth }]
  return (classes?.names ?? []).map((name, k, { length }) => ({
    name: `class ${name}`,
    said: said(k, length),
    came: truth.map((place) => (place === k ? 1 : 0)),
  }))
}

const BATCH = 512

/** Only on rows that the champion cannot have seen: after its data, or at sites it does not know. */
async function championLoss(
  { engine }: LatencyPorts,
  { recipe, series, samples, split }: TrainedEvidence,
  champion: Champion,
): Promise<Float32Array> {
  const isTrained = series.map(({ site }) => champion.sites.includes(site))
  const isNew = (row: number): boolean =>
    !isTrained[samples.seriesIndex[row]!]! || samples.timeSeconds[row]! * 1_000 > champion.dataUntil
  const shape = { windowSteps: recipe.windowSteps, channels: windowChannels(recipe).length }
  const session = await engine.load(champion.onnx, shape)
  const loss = new Float32Array(split.test.length).fill(Number.NaN)
  const places = [...split.test.keys()].filter((place) => isNew(split.test[place]!))
  for (let start = 0; start < places.length; start += BATCH) {
    const part = places.slice(start, start + BATCH)
    const rows = pick(
      samples,
      part.map((place) => split.test[place]!),
    )
    const batch = windowBatch({ recipe, series }, rows, { start: 0, count: part.length })
    const said = (await session.run(batch))[scoredOutput(recipe.target)]!
    const truth = Float32Array.from(part, (place) => samples.truth[split.test[place]!]!)
    // An answer that is no number is not left out: the comparison then has no finite measure.
    for (const [i, error] of lossesOf(recipe.target, said, truth).entries())
      loss[part[i]!] = Number.isNaN(error) ? Infinity : error
  }
  await session.close()
  return loss
}

const pick = ({ seriesIndex, step, timeSeconds }: Samples, rows: readonly number[]) => ({
  seriesIndex: Int32Array.from(rows, (row) => seriesIndex[row]!),
  step: Int32Array.from(rows, (row) => step[row]!),
  timeSeconds: Float64Array.from(rows, (row) => timeSeconds[row]!),
})

/** Test rows spread evenly over time and sites. */
function sampledTestRows({ recipe, split: { test } }: TrainedEvidence): readonly number[] {
  const count = Math.min(gatePolicyOf(recipe).robustnessWindows, test.length)
  return Array.from({ length: count }, (_, i) => test[Math.floor(((i + 0.5) * test.length) / count)]!)
}

const sampleRows = (input: TrainedEvidence) => pick(input.samples, sampledTestRows(input))

async function robustnessOf({ engine }: LatencyPorts, input: TrainedEvidence): Promise<Robustness> {
  const { recipe, series, onnx, samples, predicted, seed, onProgress } = input
  const picked = sampledTestRows(input)
  const { target } = recipe
  const channel = recipe.channels.find(({ name }) => name === target.channel)
  assert(channel !== undefined, 'the recipe schema guarantees the target channel')
  const truth = Float32Array.from(picked, (row) => samples.truth[row]!)
  const cleanLoss = meanLoss(lossesOf(target, predicted, samples.truth), Int32Array.from(picked))
  return measureRobustness(engine, {
    ...{ recipe, series, onnx, truth, seed, onProgress },
    limits: forecastRange(target, channel),
    rows: sampleRows(input),
    cleanLoss,
    fuzzInputs: gatePolicyOf(recipe).fuzzInputs,
  })
}
