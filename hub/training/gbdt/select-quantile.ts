/** The quantile (linear between order statistics) without sorting: quickselect with a median-of-three pivot. Reorders `values`. */
export function selectQuantile(values: Float64Array, level: number): number {
  const n = values.length
  if (n === 0) return 0
  const position = level * (n - 1)
  const rank = Math.floor(position)
  partitionAround(values, rank)
  const lower = values[rank]!
  if (position === rank || rank + 1 >= n) return lower
  let next = Infinity
  for (let i = rank + 1; i < n; i++) if (values[i]! < next) next = values[i]!
  return lower + (position - rank) * (next - lower)
}

/** Afterwards `values[rank]` is the rank-th smallest, nothing before it is larger, nothing after it smaller. */
function partitionAround(values: Float64Array, rank: number): void {
  let [low, high] = [0, values.length - 1]
  while (low < high) {
    const pivot = medianOfThree(values, low, high)
    let [i, j] = [low, high]
    while (i <= j) {
      while (values[i]! < pivot) i++
      while (values[j]! > pivot) j--
      if (i <= j) swap(values, i++, j--)
    }
    if (rank <= j) high = j
    else if (rank >= i) low = i
    else return
  }
}

function medianOfThree(values: Float64Array, low: number, high: number): number {
  const middle = (low + high) >>> 1
  if (values[middle]! < values[low]!) swap(values, middle, low)
  if (values[high]! < values[low]!) swap(values, high, low)
  if (values[high]! < values[middle]!) swap(values, high, middle)
  return values[middle]!
}

function swap(values: Float64Array, i: number, j: number): void {
  const kept = values[i]!
  values[i] = values[j]!
  values[j] = kept
}

/** The smallest value below or at which the given share of all weight lies; 0 without weight. */
export function weightedQuantile(
  values: Float64Array,
  weights: Float32Array | Float64Array,
  level: number,
): number {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!)
  let total = 0
  for (const weight of weights) total += weight
  let below = 0
  for (const i of order) {
    below += weights[i]!
    if (below > 0 && below >= level * total) return values[i]!
  }
  return 0
}
