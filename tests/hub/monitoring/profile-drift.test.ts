import { describe, expect, test } from 'vitest'
import { createRandom } from '@fleetcast/shared/random.ts'
import { addValue, binOf, emptyProfile } from '@fleetcast/shared/sketches/channel-profile.ts'
import { edgesDigest, ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import { ChannelProfileDay } from '@fleetcast/hub/api/resources/device.ts'
import { profileDrift, type ProfileDay } from '@fleetcast/hub/monitoring/profile-drift.ts'

const EDGES = Array.from({ length: 30 }, (_, i) => -14.5 + i)
const random = createRandom(8)
const TRAINED = Array.from({ length: 5_000 }, () => 6 * random.normal())
const profileOf = (values: readonly number[]) =>
  values.reduce((profile, value) => addValue(profile, EDGES, value), emptyProfile(EDGES))

const trained = profileOf(TRAINED)
const REFERENCE = ReferenceProfile.parse({
  schema: 'fleetcast/reference-profile/1',
  channels: [
    {
      channel: 'temperature',
      unit: 'C',
      edges: EDGES,
      counts: trained.counts,
      sums: trained.counts.map((_, bin) =>
        TRAINED.filter((value) => binOf(EDGES, value) === bin).reduce((sum, value) => sum + value, 0),
      ),
      n: trained.n,
      mean: 0,
      standardDeviation: 6,
      min: trained.min,
      max: trained.max,
    },
  ],
})
const DIGEST = edgesDigest(REFERENCE.channels[0]!)

const dayOf = (values: readonly number[], change: Partial<ProfileDay> = {}): ProfileDay => ({
  channel: 'temperature',
  day: '2022-03-05',
  edges: DIGEST,
  ...profileOf(values),
  ...change,
})
const compared = (row: ProfileDay) => ChannelProfileDay.parse(profileDrift([row], REFERENCE)[0])

describe('a channel day beside the training data', () => {
  test('shows how far the day lies, in units and in sigmas', () => {
    const shown = compared(dayOf(TRAINED.slice(0, 2_000).map((value) => value + 3)))
    expect(shown.w1).toBeGreaterThan(2.8)
    expect(shown.w1).toBeLessThan(3.2)
    expect(shown.w1Sigma).toBeCloseTo(shown.w1! / 6, 12)
    expect(shown).toMatchObject({ unit: 'C', n: 2_000, edges: EDGES })
    expect(shown.referenceShares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
  })
  test('has a PSI near zero when the day is drawn from the training data, in spite of few readings', () => {
    const days = Array.from({ length: 300 }, () =>
      compared(dayOf(Array.from({ length: 24 }, () => TRAINED[random.integer(TRAINED.length)]!))),
    )
    const mean = days.reduce((sum, { psi }) => sum + psi!, 0) / days.length
    expect(mean).toBeLessThan(0.1)
    expect(compared(dayOf(Array.from({ length: 24 }, () => 12))).psi).toBeGreaterThan(1)
  })
  test('is not compared on fewer than six readings', () => {
    expect(compared(dayOf([1, 2, 3, 4, 5]))).toMatchObject({
      w1: null,
      w1Sigma: null,
      psi: null,
      n: 5,
      mean: 3,
    })
    expect(compared(dayOf([1, 2, 3, 4, 5, 6])).w1).not.toBeNull()
  })
  test('is not compared when it was counted between other edges', () => {
    for (const edges of [null, '', 'e'.repeat(64)])
      expect(compared(dayOf([1, 2, 3, 4, 5, 6], { edges }))).toMatchObject({ w1: null, psi: null, edges: [] })
  })
  test('is shown without a reference when the model does not know the channel', () => {
    expect(compared(dayOf([1, 2, 3, 4, 5, 6], { channel: 'visibility' }))).toMatchObject({
      unit: '',
      w1: null,
    })
  })
  test('of which nothing arrived has no mean', () => {
    expect(compared(dayOf([], { missing: 24 }))).toMatchObject({
      n: 0,
      missing: 24,
      mean: null,
      min: null,
      w1: null,
    })
  })
})
