/**
 * Weights as the recipe wants them stored. They are rehearsed on the model that never saw the test rows, so that every score is
 * one of such weights; the file that ships is compared with its twin in float32 once more, since it was fitted again.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import type { Recipe, WeightStorage } from '@fleetcast/shared/recipe/recipe.ts'
import { widthOf } from '@fleetcast/shared/recipe/target.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { Split } from '../evaluation/split-rows.ts'
import type { FeatureConstants } from '../features/compile-features.ts'
import type { EvidenceWeights } from '../gates/gather-evidence.ts'
import type { StoragePair } from '../gates/judge-compact.ts'
import type { InferenceEngine } from '../ports/inference-engine.ts'
import type { Samples } from '../training/build-samples.ts'
import type { IntervalModel } from '../training/fit-interval.ts'
import { pickRows, predictRows } from '../training/predict-rows.ts'
import type { TrainedModel } from '../training/trained-model.ts'
import { exportModel } from './export-model.ts'

export type WeightsInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly samples: Samples
  readonly split: Split
  readonly constants: FeatureConstants
}

export type Rehearsal = {
  /** What the trainer says to every sample; to the test rows what the weights say as they are stored. */
  readonly predicted: Float32Array
} & (
  | { readonly storage: 'float32'; readonly reason: string }
  | { readonly storage: Exclude<WeightStorage, 'float32'>; readonly heldOut: StoragePair }
)

export async function rehearseWeights(
  engine: InferenceEngine,
  input: WeightsInput,
  model: TrainedModel,
): Promise<Rehearsal> {
  const { recipe, samples, split } = input
  const predicted = predictionOf(model, samples)
  const asked = recipe.training.export?.weights ?? 'float32'
  if (asked === 'float32') return { storage: asked, predicted, reason: 'the weights are float32' }
  const onnx = exportModel({ ...input, model, storage: asked })
  if (onnx.length >= exportModel({ ...input, model }).length) {
    const reason = `${model.algorithm} has no matrices that ${asked} would make smaller; the weights are float32`
    return { storage: 'float32', predicted, reason }
  }
  const compact = await onTestRows(engine, input, onnx)
  assert(widthOf(recipe.target) === 1, 'networks alone have matrices, and none of them gives classes')
  const exact = Float32Array.from(split.test, (row) => predicted[row]!)
  split.test.forEach((row, place) => (predicted[row] = compact[place]!))
  return { storage: asked, predicted, heldOut: { compact, exact } }
}

/** Probabilities of classes have no anchor. */
function predictionOf(model: TrainedModel, { matrix, anchor }: Samples): Float32Array {
  const said = model.predict(matrix)
  return said.length === anchor.length ? said.map((change, row) => anchor[row]! + change) : said
}

export type ShippedModel = {
  /** The file that ships, and the same with float32 weights: one object where they are the same. */
  readonly onnx: Uint8Array
  readonly exact: Uint8Array
  readonly weights: EvidenceWeights
}

export async function shipModel(
  engine: InferenceEngine,
  input: WeightsInput & { readonly model: TrainedModel; readonly interval: IntervalModel | undefined },
  rehearsal: Rehearsal,
): Promise<ShippedModel> {
  const exact = exportModel(input)
  if (rehearsal.storage === 'float32')
    return { onnx: exact, exact, weights: { kind: 'full', reason: rehearsal.reason } }
  const { storage, heldOut } = rehearsal
  const onnx = exportModel({ ...input, storage })
  const shipped = {
    compact: await onTestRows(engine, input, onnx),
    exact: await onTestRows(engine, input, exact),
  }
  const sizes = { bytes: onnx.length, float32Bytes: exact.length }
  return { onnx, exact, weights: { kind: 'compact', storage, ...sizes, shipped, heldOut } }
}

const onTestRows = (
  engine: InferenceEngine,
  { recipe, series, samples, split }: WeightsInput,
  onnx: Uint8Array,
): Promise<Float32Array> => predictRows(engine, { recipe, series, rows: pickRows(samples, split.test), onnx })

/** Mean |compact - exact|. */
export const meanDifference = ({ compact, exact }: StoragePair): number =>
  compact.reduce((sum, value, i) => sum + Math.abs(value - exact[i]!), 0) / compact.length
