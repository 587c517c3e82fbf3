/**
 * P-values of several questions asked of the same data, adjusted so that all answers together err no more often than one
 * would (Holm 1979). In the order given; compare each with the error rate itself.
 */
export function holmAdjusted(pValues: readonly number[]): readonly number[] {
  const ascending = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!)
  const adjusted = Array.from({ length: pValues.length }, () => 1)
  let highest = 0
  ascending.forEach((index, rank) => {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * pValues[index]!))
    adjusted[index] = highest
  })
  return adjusted
}
