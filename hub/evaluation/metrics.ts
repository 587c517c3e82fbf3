/** Losses of forecasts, and their means by day. */
import { lossOf, type Said, type Scored } from '@fleetcast/shared/recipe/target.ts'

/** What is said of one row: `values` hold one number a row, or of ordered classes several, row-major. */
export const saidOf = (values: Float32Array, row: number, width: number): Said =>
  width === 1 ? values[row]! : values.subarray(row * width, (row + 1) * width)

/** One loss a row: absolute error, squared error of a probability, ranked probability score. A row of `predicted` is as wide as it is. */
export function lossesOf(target: Scored, predicted: Float32Array, truth: Float32Array): Float32Array {
  const width = predicted.length / truth.length
  return truth.map((y, row) => lossOf(target, saidOf(predicted, row, width), y))
}

/** NaN over nothing. */
export function meanLoss(losses: Float32Array, rows?: Int32Array): number {
  let sum = 0
  if (rows === undefined) for (const loss of losses) sum += loss
  else for (const row of rows) sum += losses[row]!
  const n = (rows ?? losses).length
  return n === 0 ? Number.NaN : sum / n
}

/** Daily means of a - b over the rows' losses, in order of day: the unit of every comparison. */
export const dailyDifferences = (
  lossesA: Float32Array,
  lossesB: Float32Array,
  timeSeconds: ArrayLike<number>,
): readonly number[] =>
  dailyMeans(
    Float64Array.from(lossesA, (a, i) => a - lossesB[i]!),
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
