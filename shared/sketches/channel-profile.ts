/**
 * One channel over one window (a UTC day on the wire), as sums that add: counts between fixed edges, moments and the
 * quality counters. Profiles of the same edges add in any order (`protocol/add-sums.ts`), so a day may be cut into as many
 * increments as the spool likes.
 */
import { assert } from '../assert.ts'

export type ChannelProfile = {
  /** Bin i counts edges[i-1] < x <= edges[i]; one more bin than edges, the first and the last are open. */
  readonly counts: readonly number[]
  /** Readings that did not come. */
  readonly missing: number
  /** Readings that failed quality control: counted, in no bin and no moment. */
  readonly invalid: number
  readonly n: number
  readonly sum: number
  readonly sumSquared: number
  readonly min: number | null
  readonly max: number | null
}

/** The profile of a window in which nothing came yet; no edges means one open bin. */
export const emptyProfile = (edges: readonly number[]): ChannelProfile => ({
  counts: Array.from({ length: edges.length + 1 }, () => 0),
  missing: 0,
  invalid: 0,
  n: 0,
  sum: 0,
  sumSquared: 0,
  min: null,
  max: null,
})

/** Adds a valid reading; the edges must be those the profile was made with. */
export function addValue(profile: ChannelProfile, edges: readonly number[], value: number): ChannelProfile {
  assert(Number.isFinite(value), 'only valid readings are profiled')
  assert(profile.counts.length === edges.length + 1, 'a profile keeps the edges it was made with')
  const bin = binOf(edges, value)
  return {
    ...profile,
    counts: profile.counts.map((count, i) => (i === bin ? count + 1 : count)),
    n: profile.n + 1,
    sum: profile.sum + value,
    sumSquared: profile.sumSquared + value * value,
    min: profile.min === null ? value : Math.min(profile.min, value),
    max: profile.max === null ? value : Math.max(profile.max, value),
  }
}

/** Counts a reading that did not come. */
export const addMissing = (profile: ChannelProfile): ChannelProfile => ({
  ...profile,
  missing: profile.missing + 1,
})

/** Counts a reading that failed quality control. */
export const addInvalid = (profile: ChannelProfile): ChannelProfile => ({
  ...profile,
  invalid: profile.invalid + 1,
})

/** The bin of a value: the first whose upper edge is not below it. */
export function binOf(edges: readonly number[], value: number): number {
  let low = 0
  let high = edges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (edges[middle]! >= value) high = middle
    else low = middle + 1
  }
  return low
}
