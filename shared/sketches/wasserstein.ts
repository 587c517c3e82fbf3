/**
 * Wasserstein-1 between a day and the training data, in the channel's own units: how far the readings would have to
 * move on average. From counts, each bin standing at one point: the reference at its exact bin means (it carries the
 * bins' sums), the day at bin midpoints. Open tails, and any bin the day only partly reaches, end at the day's own min and max.
 */
import { assert } from '../assert.ts'
import type { ChannelProfile } from './channel-profile.ts'
import type { ChannelReference } from './reference-profile.ts'

/** A weight at a point of the axis. */
export type Atom = { readonly at: number; readonly weight: number }

export type Wasserstein = {
  readonly value: number
  /**
   * |value - W1 of the raw readings| is at most this: sum over bins of (p_b + q_b) w_b / 2. A reading lies at most half
   * a bin from its midpoint, and a bin's readings on average at most half a bin from their mean.
   */
  readonly errorMax: number
}

type Counts = Pick<ChannelProfile, 'counts' | 'n' | 'min' | 'max'>
type Reference = Pick<ChannelReference, 'edges' | 'counts' | 'sums' | 'n' | 'min' | 'max'>

/** W1 of the current counts from the reference, in units of the channel. Both sides need at least one reading. */
export function wasserstein1(reference: Reference, current: Counts): Wasserstein {
  assert(current.counts.length === reference.counts.length, 'the same edges')
  const known = binsOf(reference, reference)
  const seen = binsOf(reference, current)
  const referenceAtoms = known.map((bin) => ({
    at: reference.sums[bin.index]! / bin.count,
    weight: bin.weight,
  }))
  const currentAtoms = seen.map((bin) => ({ at: (bin.low + bin.high) / 2, weight: bin.weight }))
  const errorMax = [...known, ...seen].reduce((sum, bin) => sum + (bin.weight * (bin.high - bin.low)) / 2, 0)
  return { value: wasserstein1OfAtoms(referenceAtoms, currentAtoms), errorMax }
}

/** W1 between two sets of weighted points, each of total weight 1: the area between their distribution functions. */
export function wasserstein1OfAtoms(a: readonly Atom[], b: readonly Atom[]): number {
  const steps = [...a, ...b.map(({ at, weight }) => ({ at, weight: -weight }))].sort((x, y) => x.at - y.at)
  let gap = 0
  let area = 0
  steps.forEach(({ at, weight }, i) => {
    gap += weight
    const next = steps[i + 1]
    if (next !== undefined) area += Math.abs(gap) * (next.at - at)
  })
  return area
}

type Bin = {
  readonly index: number
  readonly count: number
  readonly weight: number
  readonly low: number
  readonly high: number
}

function binsOf({ edges }: Pick<Reference, 'edges'>, { counts, n, min, max }: Counts): readonly Bin[] {
  assert(n > 0 && min !== null && max !== null, 'W1 needs readings on both sides')
  return counts.flatMap((count, index) =>
    count === 0
      ? []
      : [
          {
            index,
            count,
            weight: count / n,
            low: Math.max(min, edges[index - 1] ?? min),
            high: Math.min(max, edges[index] ?? max),
          },
        ],
  )
}
