/** How long training will take, from how long this check's own features and its linear model took on the same machine. */
import type { AlgorithmName, Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { FeasibilityReport } from './feasibility-report.ts'

export type Measured = {
  readonly featureSeconds: number
  /** Of one linear model on `ridgeRows` rows. */
  readonly ridgeSeconds: number
  readonly ridgeRows: number
  readonly trainingRows: number
  readonly allRows: number
}

/** CPU of one fit with its defaults, in fits of the linear model on the same rows; measured on five station years of hours. */
const FITS: Record<AlgorithmName, number> = { ridge: 1, gbdt: 3, mlp: 5, gru: 200, lstm: 200 }
/** A fold of a rolling origin sees about so much of the history. */
const FOLD_SHARE = 0.7

/** Every algorithm once on the training rows, or a search, and the winner once more on all rows. */
export function trainingBudget(
  { training }: Pick<Recipe, 'training'>,
  { featureSeconds, ridgeSeconds, ridgeRows, trainingRows, allRows }: Measured,
): NonNullable<FeasibilityReport['budget']> {
  const ofRows = (algorithm: AlgorithmName, rows: number): number =>
    (FITS[algorithm] * ridgeSeconds * rows) / Math.max(1, ridgeRows)
  const { search } = training
  const fitsOfEach =
    search === undefined
      ? 1
      : FOLD_SHARE * search.folds * Math.max(1, search.trials / training.algorithms.length)
  const algorithms = training.algorithms.map((algorithm) => ({
    algorithm,
    cpuSeconds: fitsOfEach * ofRows(algorithm, trainingRows),
  }))
  const fitting = algorithms.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
  const limit = search?.cpuSecondsMax ?? Infinity
  const slowest = Math.max(...training.algorithms.map((algorithm) => ofRows(algorithm, allRows)))
  return { features: featureSeconds, algorithms, total: featureSeconds + Math.min(fitting, limit) + slowest }
}
