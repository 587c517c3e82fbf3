/** Every row put to a model made elsewhere, as it came: what it says is what it is judged by, once it is fit to be judged. */
import { assert } from '@fleetcast/shared/assert.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { scoredOutput, widthOf, type TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { InferenceEngine } from '../ports/inference-engine.ts'
import { windowBatch, type Samples } from '../training/build-samples.ts'
import { sumsOfShares } from '../training/classification/ordered-classes.ts'
import { FEATURE_BATCH } from '../training/feature-table.ts'
import type { FitProgress } from '../training/trained-model.ts'
import { boundsOf } from './fit-run-interval.ts'
import { refuseAnswers, type AnswerCode } from './refuse-answers.ts'

export type AskInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly samples: Samples
  /** The file that is asked. */
  readonly onnx: Uint8Array
  /** Differences that mean nothing, units of the target. */
  readonly tolerance: number
  readonly onProgress: FitProgress
}

/** As the version that ships will say it. */
export type Answers = {
  /** One value a sample, or the probability of every class, row-major. */
  readonly predicted: Float32Array
  /** One value a sample each. */
  readonly bounds: { readonly lower: Float32Array; readonly upper: Float32Array } | null
}

/** `onnx` is the file of `wrapUnchanged`. */
export async function askImported(
  engine: InferenceEngine,
  input: AskInput,
): Promise<Result<Answers, Refusal<AnswerCode>>> {
  const { target } = input.recipe
  const { [scoredOutput(target)]: scored, lower, upper } = await runAll(engine, input)
  assert(scored !== undefined, 'a wrapped model has this output')
  const bounds = lower === undefined || upper === undefined ? null : { lower, upper }
  const refused = refuseAnswers(input, { scored, bounds })
  if (refused !== null) return refused
  const predicted = asShipped(target, scored)
  return ok({ predicted, bounds: bounds === null ? null : boundsOf(bounds, predicted) })
}

async function runAll(
  engine: InferenceEngine,
  { recipe, series, samples, onnx, onProgress }: AskInput,
): Promise<Readonly<Record<string, Float32Array>>> {
  const session = await engine.load(onnx, shapeOf(recipe))
  const rows = samples.step.length
  const width = widthOf(recipe.target)
  const all: Record<string, Float32Array> = {}
  for (let start = 0; start < rows; start += FEATURE_BATCH) {
    const count = Math.min(FEATURE_BATCH, rows - start)
    const outputs = await session.run(windowBatch({ recipe, series }, samples, { start, count }))
    for (const [name, values] of Object.entries(outputs))
      (all[name] ??= new Float32Array(rows * width)).set(values, start * width)
    await onProgress((start + count) / rows, `${start + count} of ${rows} windows`)
  }
  await session.close()
  return all
}

export const shapeOf = (recipe: Recipe) => ({
  windowSteps: recipe.windowSteps,
  channels: windowChannels(recipe).length,
})

/** Probabilities without their rounding errors. */
function asShipped({ event, classes }: TargetSpec, scored: Float32Array): Float32Array {
  if (event === undefined && classes === undefined) return scored
  const clipped = scored.map((p) => Math.min(1, Math.max(0, p)))
  if (classes === undefined) return clipped
  const width = classes.names.length
  const sums = sumsOfShares(clipped, width)
  return clipped.map((p, i) => p / sums[Math.floor(i / width)]!)
}
