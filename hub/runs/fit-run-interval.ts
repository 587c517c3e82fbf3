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
  const { coverage } = interval
  const truth = Float32Array.from(split.test, (row) => samples.target[row]!)
  return { model, report: { coverage, ...measureBounds(bounds, truth), margin: model.margin } }
}

type Bounds = { readonly lower: Float32Array; readonly upper: Float32Array }

/** Of bounds and truths of the same rows. */
export function measureBounds(
  { lower, upper }: Bounds,
  truth: Float32Array,
): Pick<RunInterval['report'], 'testCoverage' | 'rows' | 'meanWidth'> {
  const rows = truth.length
  let [covered, width] = [0, 0]
  for (let i = 0; i < rows; i++) {
    if (truth[i]! >= lower[i]! && truth[i]! <= upper[i]!) covered += 1
    width += upper[i]! - lower[i]!
  }
  return { testCoverage: covered / rows, rows, meanWidth: width / rows }
}

/** Wide enough to hold the forecast itself: it comes from another model. */
export const boundsOf = ({ lower, upper }: Bounds, forecast: Float32Array): Bounds => ({
  lower: lower.map((y, i) => Math.min(y, forecast[i]!)),
  upper: upper.map((y, i) => Math.max(y, forecast[i]!)),
})
