/** How forecasts are scored, and what people call it. No schema here: the dashboard reads these names. */

/**
 * Mean absolute error, mean squared error, the mean squared error of a probability (Brier 1950), or the ranked probability score of
 * ordered classes (Epstein 1969).
 */
export const METRICS = ['mae', 'mse', 'brier', 'rps'] as const
export type Metric = (typeof METRICS)[number]

/** What people call the metric. */
export const METRIC_NAME: Record<Metric, string> = {
  mae: 'MAE',
  mse: 'MSE',
  brier: 'Brier score',
  rps: 'ranked probability score',
}

/** In what an error is given: the unit of the forecast, its square, or the name of the score of probabilities. */
export const scoreUnit = ({ unit, metric }: { readonly unit: string; readonly metric: Metric }): string =>
  ({ mae: unit, mse: `${unit}²`, brier: 'Brier', rps: 'RPS' })[metric]

/** A mean loss as people read it: scores of probabilities lie below one, where two decimals say little. */
export const lossText = (loss: number): string => loss.toFixed(loss < 1 ? 3 : 2)
