import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProfileRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { Result } from '@fleetcast/shared/result.ts'
import {
  addInvalid,
  addMissing,
  addValue,
  binOf,
  emptyProfile,
  mergeProfiles,
  subtractProfiles,
  type ChannelProfile,
} from '@fleetcast/shared/sketches/channel-profile.ts'

const EDGES = [-5, 0, 2.5, 10]
// Integers, so that sums are exact in any order.
const readings = fc.array(fc.integer({ min: -40, max: 60 }), { maxLength: 40 })
const profileOf = (values: readonly number[]): ChannelProfile =>
  values.reduce((profile, value) => addValue(profile, EDGES, value), emptyProfile(EDGES))
const profiles = readings.map(profileOf)

function value<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
const merge = (a: ChannelProfile, b: ChannelProfile): ChannelProfile => value(mergeProfiles(a, b))

describe('bins', () => {
  test('an edge belongs to the bin below it', () => {
    expect([-6, -5, -4.9, 0, 1, 2.5, 10, 10.1].map((x) => binOf(EDGES, x))).toEqual([0, 0, 1, 1, 2, 2, 3, 4])
  })
  test('every reading falls where the definition says', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -100, max: 100 }), (x) => {
        const bin = binOf(EDGES, x)
        expect(x).toBeGreaterThan(EDGES[bin - 1] ?? -Infinity)
        expect(x).toBeLessThanOrEqual(EDGES[bin] ?? Infinity)
      }),
    )
  })
})

describe('a profile', () => {
  test('counts, sums and quality counters are those of the readings', () => {
    const profile = addInvalid(addMissing(addMissing(profileOf([3, -7, 0, 12]))))
    expect(profile).toEqual({
      counts: [1, 1, 0, 1, 1],
      missing: 2,
      invalid: 1,
      n: 4,
      sum: 8,
      sumSquared: 202,
      min: -7,
      max: 12,
    })
  })
  test('has the shape that goes on the wire', () => {
    const record = {
      kind: 'profile',
      channel: 'temperature',
      day: '2022-03-05',
      edges: null,
      ...profileOf([1, 2]),
    }
    expect(ProfileRecord.safeParse(record).success).toBe(true)
  })
  test('counts everything in one bin before any bundle brought edges', () => {
    expect(addValue(emptyProfile([]), [], 3).counts).toEqual([1])
  })
})

describe('merging', () => {
  test('the profile of two parts is the profile of the whole', () => {
    fc.assert(
      fc.property(readings, readings, (a, b) => {
        expect(merge(profileOf(a), profileOf(b))).toEqual(profileOf([...a, ...b]))
      }),
    )
  })
  test('does not depend on order or grouping, and the empty profile changes nothing', () => {
    fc.assert(
      fc.property(profiles, profiles, profiles, (a, b, c) => {
        expect(merge(a, b)).toEqual(merge(b, a))
        expect(merge(merge(a, b), c)).toEqual(merge(a, merge(b, c)))
        expect(merge(a, emptyProfile(EDGES))).toEqual(a)
      }),
    )
  })
  test('subtracting undoes it, up to min and max which stay bounds', () => {
    fc.assert(
      fc.property(profiles, profiles, (a, b) => {
        const rest = value(subtractProfiles(merge(a, b), b))
        expect({ ...rest, min: a.min, max: a.max }).toEqual(a)
        if (a.min !== null) expect(rest.min).toBeLessThanOrEqual(a.min)
        if (a.max !== null) expect(rest.max).toBeGreaterThanOrEqual(a.max)
      }),
    )
  })
  test('profiles of other edges are refused', () => {
    expect(mergeProfiles(emptyProfile([1]), emptyProfile([1, 2]))).toMatchObject({
      error: { code: 'profile/binsDiffer' },
    })
    expect(subtractProfiles(emptyProfile([1]), emptyProfile([1, 2]))).toMatchObject({
      error: { code: 'profile/binsDiffer' },
    })
  })
  test('what was never merged cannot be subtracted', () => {
    expect(subtractProfiles(profileOf([1]), profileOf([1, 1]))).toMatchObject({
      error: { code: 'profile/notAPart' },
    })
  })
})
