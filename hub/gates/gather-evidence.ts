/** From a trained model to what the gates judge: losses row by row on the test rows, and the exported file under stress. */
import { assert } from '@fleetcast/shared/assert.ts'
import { gatePolicyOf } from '@fleetcast/shared/recipe/gates.ts'
import { forecastRange, type TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import { climatology, seasonalPersistence } from '../evaluation/baselines.ts'
import { lossesOf } from '../evaluation/metrics.ts'
import type { Split } from '../evaluation/split-rows.ts'
import type { Samples } from '../training/build-samples.ts'
import { selectValues } from '../training/matrix.ts'
import { pickRows, predictRows } from '../training/predict-rows.ts'
import type { MeasureMemory } from '../ports/model-memory.ts'
import type { Answered, GateRows } from './gate-rows.ts'
import type { CompactMeasure, StoragePair, WeightsMeasure } from './judge-compact.ts'
import type { ExportMeasures } from './judge-export.ts'
import type { GateEvidence } from './judge-version.ts'
import { measureData, measureLeakage, measureLeakageElsewhere, type SeenElsewhere } from './measure-data.ts'
import { measureLatency, type LatencyPorts } from './measure-latency.ts'
import { measureLoad } from './measure-load.ts'
import { measureRobustness, type Robustness } from './measure-robustness.ts'

/** The version that serves now, as it was exported. */
export type Champion = {
  readonly onnx: Uint8Array
  /** Event time in ms after which it saw no row at its sites. */
  readonly dataUntil: number
  readonly sites: readonly string[]
}

/** How the weights are stored; in fewer bits with what both files say to each test row, units of the target. */
export type EvidenceWeights =
  | Extract<WeightsMeasure, { readonly kind: 'full' }>
  | ({ readonly kind: 'compact' } & Omit<CompactMeasure, 'timeSeconds'>)

export type TrainedEvidence = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly samples: Samples
  readonly split: Split
  /** Of a model made elsewhere: the training rows of `split` are not those that it was fitted on. */
  readonly seen?: SeenElsewhere
  /** Of the model as it was fitted on the training rows alone; one value a sample, or the probability of every class. */
  readonly predicted: Float32Array
  readonly onnx: Uint8Array
  readonly parity: NonNullable<ExportMeasures['parity']>
  /** Share of the test rows' truths between the bounds, and the share asked for; null for a model without bounds. */
  readonly interval: { readonly coverage: number; readonly testCoverage: number } | null
  readonly weights: EvidenceWeights
  readonly champion: Champion | null
  readonly seed: number
  /** A rejection ends the run. */
  readonly onProgress: () => Promise<void>
}

export type EvidencePorts = LatencyPorts & { readonly measureMemory: MeasureMemory }

export async function gatherEvidence(ports: EvidencePorts, input: TrainedEvidence): Promise<GateEvidence> {
  const { recipe, series, samples, split, seen, onnx, parity, interval } = input
  const rows = await gateRows(ports, input)
  const sampled = sampleRows(input)
  const shape = { windowSteps: recipe.windowSteps, channels: windowChannels(recipe).length }
  return {
    rows,
    data: measureData(recipe, series, samples),
    leakage:
      seen === undefined
        ? measureLeakage(recipe, samples, split)
        : measureLeakageElsewhere(recipe, input, seen),
    robustness: await robustnessOf(ports, input),
    exported: {
      parity,
      onnxBytes: onnx.length,
      latency: await measureLatency(ports, { recipe, series, onnx, rows: sampled }),
      load: await measureLoad(ports, onnx, shape),
      memory: await ports.measureMemory(onnx, shape),
      weights: weightLosses(input),
      intervalCoverage: coverageOf(interval, rows),
    },
  }
}

function weightLosses({ recipe, samples, split: { test }, weights }: TrainedEvidence): WeightsMeasure {
  if (weights.kind === 'full') return weights
  const truth = selectValues(samples.truth, test)
  const pairOf = ({ compact, exact }: StoragePair): StoragePair => ({
    compact: knownLosses(recipe.target, compact, truth),
    exact: knownLosses(recipe.target, exact, truth),
  })
  return {
    ...weights,
    timeSeconds: Float64Array.from(test, (row) => samples.timeSeconds[row]!),
    shipped: pairOf(weights.shipped),
    heldOut: pairOf(weights.heldOut),
  }
}

/** An answer that is no number is not left out: a comparison then has no finite measure. */
const knownLosses = (target: TargetSpec, said: Float32Array, truth: Float32Array): Float32Array =>
  lossesOf(target, said, truth).map((loss) => (Number.isNaN(loss) ? Infinity : loss))

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
    horizonSeconds: target.horizonSteps * recipe.cadenceMinutes * 60,
    sites: series.map(({ site, latitude, longitude }) => ({ site, latitude, longitude })),
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

/** Only on rows that the champion cannot have seen: after its data, or at sites it does not know. */
async function championLoss(
  { engine }: LatencyPorts,
  { recipe, series, samples, split }: TrainedEvidence,
  champion: Champion,
): Promise<Float32Array> {
  const isTrained = series.map(({ site }) => champion.sites.includes(site))
  const isNew = (row: number): boolean =>
    !isTrained[samples.seriesIndex[row]!]! || samples.timeSeconds[row]! * 1_000 > champion.dataUntil
  const loss = new Float32Array(split.test.length).fill(Number.NaN)
  const places = [...split.test.keys()].filter((place) => isNew(split.test[place]!))
  const picked = places.map((place) => split.test[place]!)
  const rows = pickRows(samples, picked)
  const said = await predictRows(engine, { recipe, series, rows, onnx: champion.onnx })
  const truth = Float32Array.from(picked, (row) => samples.truth[row]!)
  for (const [i, error] of knownLosses(recipe.target, said, truth).entries()) loss[places[i]!] = error
  return loss
}

/** Test rows spread evenly over time and sites. */
function sampledTestRows({ recipe, split: { test } }: TrainedEvidence): readonly number[] {
  const count = Math.min(gatePolicyOf(recipe).robustnessWindows, test.length)
  return Array.from({ length: count }, (_, i) => test[Math.floor(((i + 0.5) * test.length) / count)]!)
}

const sampleRows = (input: TrainedEvidence) => pickRows(input.samples, sampledTestRows(input))

async function robustnessOf({ engine }: LatencyPorts, input: TrainedEvidence): Promise<Robustness> {
  const { recipe, series, onnx, samples, seed, onProgress } = input
  const picked = sampledTestRows(input)
  const { target } = recipe
  const channel = recipe.channels.find(({ name }) => name === target.channel)
  assert(channel !== undefined, 'the recipe schema guarantees the target channel')
  const truth = Float32Array.from(picked, (row) => samples.truth[row]!)
  return measureRobustness(engine, {
    ...{ recipe, series, onnx, truth, seed, onProgress },
    limits: forecastRange(target, channel),
    rows: sampleRows(input),
    fuzzInputs: gatePolicyOf(recipe).fuzzInputs,
  })
}
