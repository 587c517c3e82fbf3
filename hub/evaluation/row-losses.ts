/** Loss of every row, the smaller the better: absolute error in units of the target. Everything that compares works on these. */
export const rowLosses = (predicted: ArrayLike<number>, truth: ArrayLike<number>): Float64Array =>
  Float64Array.from(truth, (y, row) => Math.abs(predicted[row]! - y))
