/** The interval of a run: fitted on the training rows, widened by the validation rows, measured on the test rows, shipped as it was measured. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { Split } from '../evaluation/split-rows.ts'
import type { Samples } from '../training/build-samples.ts'
import { fitInterval, INTERVAL_TREES, type IntervalModel } from '../training/fit-interval.ts'
import { selectRows } from '../training/matrix.ts'
import type { FitProgress } from '../training/trained-model.ts'
import { labelled } from './fit-candidates.ts'
import type { RunReport } from './run-report.ts'

export type RunInterval = {
  readonly model: IntervalModel
  readonly report: NonNullable<RunReport['interval']>
}

export type RunIntervalInput = {
  readonly recipe: Recipe
  readonly samples: Samples
  readonly split: Split
  /** What the interval stands beside: of every sample, the test rows never seen by it. */
  readonly predicted: Float32Array
  readonly seed: number
  readonly onProgress: FitProgress
}

/** Null where the recipe asks for none. */
export async function fitRunInterval(input: RunIntervalInput): Promise<RunInterval | null> {
  const { recipe, samples, split, predicted, seed, onProgress } = input
  const { interval } = recipe.training
  if (interval === undefined) return null
  const model = await fitInterval({
    training: labelled(samples, split.training),
    calibration: labelled(samples, split.validation),
    coverage: interval.coverage,
    trees: INTERVAL_TREES,
    seed,
    onProgress,
  })
  const matrix = selectRows(samples.matrix, split.test)
  const change = Float32Array.from(split.test, (row) => predicted[row]! - samples.anchor[row]!)
  const bounds = boundsOf(model.predict(matrix), change)
  let [covered, width] = [0, 0]
  split.test.forEach((row, i) => {
    const truth = samples.target[row]!
    if (truth >= bounds.lower[i]! && truth <= bounds.upper[i]!) covered += 1
    width += bounds.upper[i]! - bounds.lower[i]!
  })
  const rows = split.test.length
  const { coverage } = interval
  return {
    model,
    report: { coverage, testCoverage: covered / rows, rows, meanWidth: width / rows, margin: model.margin },
  }
}

/** Wide enough to hold the forecast itself: it comes from another model. */
export const boundsOf = (
  { lower, upper }: { readonly lower: Float32Array; readonly upper: Float32Array },
  forecast: Float32Array,
): { readonly lower: Float32Array; readonly upper: Float32Array } => ({
  lower: lower.map((y, i) => Math.min(y, forecast[i]!)),
  upper: upper.map((y, i) => Math.max(y, forecast[i]!)),
})
