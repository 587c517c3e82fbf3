/** Scale and error of targets, as networks use them. */

export const meanAbsolute = (predicted: Float32Array, truth: Float32Array): number =>
  predicted.reduce((sum, p, i) => sum + Math.abs(p - truth[i]!), 0) / Math.max(1, predicted.length)

/** Standard deviation (1 where it is 0), a float32, so that the graph scales by exactly the same number. */
export function deviationOf(values: Float32Array): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / Math.max(1, values.length)
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0)
  return Math.fround(Math.sqrt(squares / Math.max(1, values.length)) || 1)
}
