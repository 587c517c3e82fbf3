import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProfileRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { addProfile } from '@fleetcast/shared/protocol/add-sums.ts'
import {
  addInvalid,
  addMissing,
  addValue,
  binOf,
  emptyProfile,
  type ChannelProfile,
} from '@fleetcast/shared/sketches/channel-profile.ts'

const EDGES = [-5, 0, 2.5, 10]
// Integers, so that sums are exact in any order.
const readings = fc.array(fc.integer({ min: -40, max: 60 }), { maxLength: 40 })
const profileOf = (values: readonly number[]): ChannelProfile =>
  values.reduce((profile, value) => addValue(profile, EDGES, value), emptyProfile(EDGES))
const profiles = readings.map(profileOf)

const merge = (a: ChannelProfile, b: ChannelProfile): ChannelProfile => addProfile(a, b)

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
})
