/** Mean absolute error over the given rows; predictions and truth in units of the target. */
export function meanAbsoluteError(predicted: Float32Array, truth: Float32Array, rows: Int32Array): number {
  let sum = 0
  for (const row of rows) sum += Math.abs(predicted[row]! - truth[row]!)
  return rows.length === 0 ? Number.NaN : sum / rows.length
}

/** Daily means of |a| - |b| over the rows' errors, in order of day: the unit of every comparison. */
export const dailyDifferences = (
  errorsA: Float32Array,
  errorsB: Float32Array,
  timeSeconds: ArrayLike<number>,
): readonly number[] =>
  dailyMeans(
    Float64Array.from(errorsA, (a, i) => Math.abs(a) - Math.abs(errorsB[i]!)),
    timeSeconds,
  )

/** Means of the values of each UTC day, in order of day. */
export function dailyMeans(values: ArrayLike<number>, timeSeconds: ArrayLike<number>): readonly number[] {
  const byDay = new Map<number, { n: number; sum: number }>()
  for (let i = 0; i < values.length; i++) {
    const day = Math.floor(timeSeconds[i]! / 86_400)
    const known = byDay.get(day) ?? { n: 0, sum: 0 }
    known.n += 1
    known.sum += values[i]!
    byDay.set(day, known)
  }
  return [...byDay].sort(([a], [b]) => a - b).map(([, { n, sum }]) => sum / n)
}
