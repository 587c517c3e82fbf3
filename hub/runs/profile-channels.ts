/** The training data's own profile: what every device compares its days with. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { ChannelReference, ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import type { StationSeries } from '../datasets/station-series.ts'

const BINS = 32

/** Every channel must have at least one valid value. */
export function profileChannels(recipe: Recipe, series: readonly StationSeries[]): ReferenceProfile {
  return {
    schema: 'fleetcast/reference-profile/1',
    channels: recipe.channels.map(({ name, unit, min, max }, channel) =>
      profileChannel(sortedValues(series, channel, recipe.channels.length), {
        channel: name,
        unit,
        resolution: (max - min) * 1e-3,
      }),
    ),
  }
}

/** Valid values of one channel, ascending. */
export function sortedValues(
  series: readonly StationSeries[],
  channel: number,
  sensors: number,
): Float32Array {
  const found = series.map(({ values, steps }) =>
    Float32Array.from({ length: steps }, (_, step) => values[step * sensors + channel]!).filter(
      (x) => x === x,
    ),
  )
  const all = new Float32Array(found.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of found) {
    all.set(part, at)
    at += part.length
  }
  return all.sort()
}

function profileChannel(
  sorted: Float32Array,
  { channel, unit, resolution }: { channel: string; unit: string; resolution: number },
): ChannelReference {
  const edges = quantileEdges(sorted, resolution)
  const counts = Array.from({ length: edges.length + 1 }, () => 0)
  const sums = Array.from({ length: edges.length + 1 }, () => 0)
  let [bin, sum] = [0, 0]
  for (const value of sorted) {
    while (bin < edges.length && value > edges[bin]!) bin += 1
    counts[bin]! += 1
    sums[bin]! += value
    sum += value
  }
  const mean = sum / sorted.length
  const squares = sorted.reduce((total, value) => total + (value - mean) ** 2, 0)
  const moments = { n: sorted.length, mean, standardDeviation: Math.sqrt(squares / sorted.length) }
  return { channel, unit, edges, counts, sums, ...moments, min: sorted[0]!, max: sorted.at(-1)! }
}

/**
 * Each edge lies half-way between two neighbouring values, so that a device which holds 13.9 in double precision and a training
 * set which holds it in single precision count it in the same bin. At most 31, fewer where many values are equal.
 */
function quantileEdges(sorted: Float32Array, resolution: number): number[] {
  const edges: number[] = []
  for (let k = 1; k < BINS; k++) {
    const value = sorted[Math.floor((k * (sorted.length - 1)) / BINS)]!
    const next = firstAbove(sorted, value)
    if (next === null) break
    const edge = Number(((value + next) / 2).toPrecision(7))
    if (edges.length === 0 || edge > edges.at(-1)!) edges.push(edge)
  }
  return edges.length > 0 ? edges : [sorted.at(-1)! + resolution]
}

function firstAbove(sorted: Float32Array, value: number): number | null {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! > value) high = middle
    else low = middle + 1
  }
  return sorted[low] ?? null
}
