import { binOf } from '@fleetcast/shared/sketches/channel-profile.ts'
import { describe, expect, test } from 'vitest'
import { edgesOf, NO_EDGES, profileGap, profileReading } from '@fleetcast/agent/profile/profile-increments.ts'
import { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import type { UtcDay } from '@fleetcast/shared/units.ts'

const edges = edgesOf(
  ReferenceProfile.parse({
    schema: 'fleetcast/reference-profile/1',
    channels: [
      {
        channel: 't',
        unit: 'C',
        edges: [0, 10],
        counts: [1, 1, 1],
        sums: [0, 5, 15],
        n: 3,
        mean: 6,
        standardDeviation: 5,
        min: -1,
        max: 15,
      },
    ],
  }),
)
const day = '2022-01-01' as UtcDay

const of = (flag: 'ok' | 'missing' | 'step', value: number) =>
  profileReading({ names: ['t'], flags: [flag], valid: [value], day }, edges)[0]

describe('the profile of a day', () => {
  test.each([
    [-5, 0],
    [0, 0],
    [0.1, 1],
    [10, 1],
    [11, 2],
  ])('%d falls into bin %d of the edges 0 and 10', (value, bin) => {
    expect(binOf([0, 10], value)).toBe(bin)
  })
  test('counts valid values between the edges, and the rest by what is wrong', () => {
    expect(of('ok', 4)).toMatchObject({
      counts: [0, 1, 0],
      n: 1,
      sum: 4,
      sumSquared: 16,
      min: 4,
      max: 4,
      missing: 0,
      invalid: 0,
    })
    expect(of('missing', Number.NaN)).toMatchObject({ counts: [0, 0, 0], n: 0, missing: 1, min: null })
    expect(of('step', Number.NaN)).toMatchObject({ n: 0, missing: 0, invalid: 1 })
  })
  test('knows no edges before any bundle', () => {
    expect(profileReading({ names: ['t'], flags: ['ok'], valid: [4], day }, NO_EDGES)[0]).toMatchObject({
      edges: null,
      counts: [],
      n: 1,
    })
  })
  test('a silent day is missing on its own day, at most as long as the ring', () => {
    const axis = { cadenceMs: 3_600_000 }
    const gap = (most: number) => profileGap(['t'], { axis, after: 22, before: 27, most }, NO_EDGES)
    expect(gap(100).map(({ day: on, missing }) => [on, missing])).toEqual([
      ['1970-01-01', 1],
      ['1970-01-02', 3],
    ])
    expect(gap(2).map(({ day: on, missing }) => [on, missing])).toEqual([['1970-01-02', 2]])
  })
})
