/**
 * What each day adds to the ratio of the sums of two losses, A to B (its linearisation): the mean of these values is the ratio,
 * and days that are hard for both move nothing. B must have a sum.
 */
export function ratioByDay(days: readonly (readonly [sumA: number, sumB: number])[]): readonly number[] {
  const sumB = days.reduce((total, [, b]) => total + b, 0)
  const ratio = days.reduce((total, [a]) => total + a, 0) / sumB
  return days.map(([a, b]) => ratio + ((a - ratio * b) * days.length) / sumB)
}
