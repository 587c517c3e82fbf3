import { SiteId } from '@fleetcast/shared/ids.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { describe, expect, test } from 'vitest'
import { profileChannels } from '../../../hub/runs/profile-channels.ts'
import { smallRecipe } from '../features/small-recipe.ts'

const random = createRandom(8)

function profileOf(temperature: readonly number[]) {
  const values = Float32Array.from(temperature.flatMap((x) => [x, 1_000]))
  const site = SiteId.parse('here')
  const series = { site, latitude: 0, longitude: 0, startAt: epochMs(0), values, steps: temperature.length }
  return ReferenceProfile.parse(profileChannels(smallRecipe(), [series]))
}

describe('the reference profile', () => {
  test('has 32 bins of about equal counts, and sums that add up', () => {
    const values = Array.from({ length: 6_400 }, () => random.normal())
    const [channel] = profileOf(values).channels
    expect(channel!.edges).toHaveLength(31)
    for (const count of channel!.counts) expect(Math.abs(count - 200)).toBeLessThan(5)
    expect(channel!.sums.reduce((sum, x) => sum + x, 0)).toBeCloseTo(channel!.mean * channel!.n, 6)
  })
  test('leaves gaps out', () => {
    const [channel] = profileOf([1, Number.NaN, 3, 2, Number.NaN]).channels
    expect(channel).toMatchObject({ n: 3, mean: 2, min: 1, max: 3 })
    expect(channel!.counts.reduce((sum, x) => sum + x, 0)).toBe(3)
  })
  test('counts 13.9 in the same bin in single and in double precision', () => {
    const tenths = Array.from({ length: 1_000 }, () => Math.round(100 + 40 * random.normal()) / 10)
    const { edges } = profileOf(tenths).channels[0]!
    const binOf = (x: number): number => edges.filter((edge) => x > edge).length
    expect(tenths.filter((x) => binOf(x) !== binOf(Math.fround(x)))).toEqual([])
  })
  test('has two bins where a channel never moves', () => {
    const pressure = profileOf([1, 2, 3]).channels[1]!
    expect(pressure.counts).toEqual([3, 0])
    expect(pressure.edges[0]).toBeGreaterThan(1_000)
  })
})
