/**
 * One channel over one window (a UTC day on the wire), as sums that add: counts between fixed edges, moments and the
 * quality counters. Profiles of the same edges merge in any order and can be taken apart again, so a day may be cut
 * into as many increments as the spool likes.
 */
import { assert } from '../assert.ts'
import { ok, refuse, type Refusal, type Result } from '../result.ts'

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

/** Adds two profiles of the same edges; `profile/binsDiffer` when their bins cannot be the same. */
export function mergeProfiles(
  a: ChannelProfile,
  b: ChannelProfile,
): Result<ChannelProfile, Refusal<'profile/binsDiffer'>> {
  if (a.counts.length !== b.counts.length) return binsDiffer(a, b)
  return ok({
    ...combine(a, b, 1),
    min: extreme(Math.min, a.min, b.min),
    max: extreme(Math.max, a.max, b.max),
  })
}

/**
 * Takes a part away again: counts and sums are exact, min and max stay those of the whole, which still bound the rest.
 * `profile/notAPart` when the part counts more than the whole.
 */
export function subtractProfiles(
  whole: ChannelProfile,
  part: ChannelProfile,
): Result<ChannelProfile, Refusal<'profile/binsDiffer' | 'profile/notAPart'>> {
  if (whole.counts.length !== part.counts.length) return binsDiffer(whole, part)
  const rest = combine(whole, part, -1)
  if ([...rest.counts, rest.missing, rest.invalid, rest.n].some((count) => count < 0))
    return refuse(
      'profile/notAPart',
      'the part counts more readings than the whole; subtract what was merged',
    )
  return ok(rest.n > 0 ? rest : { ...rest, sum: 0, sumSquared: 0, min: null, max: null })
}

const combine = (a: ChannelProfile, b: ChannelProfile, sign: 1 | -1): ChannelProfile => ({
  ...a,
  counts: a.counts.map((count, i) => count + sign * b.counts[i]!),
  missing: a.missing + sign * b.missing,
  invalid: a.invalid + sign * b.invalid,
  n: a.n + sign * b.n,
  sum: a.sum + sign * b.sum,
  sumSquared: a.sumSquared + sign * b.sumSquared,
})

function extreme(pick: (a: number, b: number) => number, a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return pick(a, b)
}

const binsDiffer = (a: ChannelProfile, b: ChannelProfile): Result<never, Refusal<'profile/binsDiffer'>> =>
  refuse(
    'profile/binsDiffer',
    `profiles of ${a.counts.length} and ${b.counts.length} bins do not combine; compare profiles of the same edges`,
  )
