import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assignStages, orderOfExposure } from '@fleetcast/hub/rollouts/assign-stages.ts'
import { createRollout } from '@fleetcast/hub/rollouts/create-rollout.ts'
import { Rollout, rolloutResource } from '@fleetcast/hub/rollouts/rollout.ts'
import { RolloutResource } from '@fleetcast/hub/api/resources/rollout.ts'
import { id, newRollout, NOW, placed, POLICY, SITES, VERSION } from './rollout-fixtures.ts'

const TRAINED = (['ewr', 'jfk', 'lga'] as const).map((site) => ({ site, position: SITES[site] }))

describe('the order of exposure', () => {
  test('is trained stations first, then the nearest to them, ties by name', () => {
    const devices = (['sea', 'pdx', 'lga', 'jfk', 'ewr'] as const).map(placed)
    expect(orderOfExposure(devices, TRAINED)).toEqual(['ewr', 'jfk', 'lga', 'sea', 'pdx'])
  })
  test('is by name when nothing is known of the training', () => {
    expect(orderOfExposure((['sea', 'jfk'] as const).map(placed), [])).toEqual(['jfk', 'sea'])
  })
})

const sizes = (n: number): number[] =>
  assignStages({
    stages: POLICY.stages,
    trainedSites: TRAINED,
    devices: Array.from({ length: n }, (_, i) => ({ ...placed('jfk'), device: id(`d${i}`) })),
  }).map(({ devices }) => devices.length)

describe('stages', () => {
  test('of five devices are 1, 2, 1 and 1', () => {
    expect(sizes(5)).toEqual([1, 2, 1, 1])
  })
  test('of two devices are two: empty ones are left out', () => {
    expect(sizes(2)).toEqual([1, 1])
  })
  test('hold every device once, and none is empty', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), (n) => {
        const got = sizes(n)
        expect(got.reduce((sum, size) => sum + size, 0)).toBe(n)
        expect(got.every((size) => size > 0)).toBe(true)
        expect(got.length).toBe(Math.min(n, POLICY.stages.length))
      }),
    )
  })
})

describe('a new rollout', () => {
  test('is refused without devices', () => {
    const { id: name, ...rest } = newRollout()
    const input = {
      ...rest,
      id: name,
      devices: [],
      trainedSites: [],
      cadenceMinutes: 60,
      now: NOW,
      digest: VERSION,
    }
    expect(createRollout(input)).toMatchObject({ error: { code: 'rollout/noDevices' } })
  })
  test("survives its storage as JSON and is the API resource once the planner's own fields are gone", () => {
    const rollout = newRollout()
    expect(Rollout.parse(JSON.parse(JSON.stringify(rollout)))).toEqual(rollout)
    expect(RolloutResource.parse(rolloutResource(rollout))).toEqual(rolloutResource(rollout))
  })
})
