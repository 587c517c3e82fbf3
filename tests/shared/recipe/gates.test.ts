import { describe, expect, test } from 'vitest'
import { weakerLimits } from '@fleetcast/shared/recipe/weaker-limits.ts'
import { GATE_DEFAULTS, gatePolicyOf, GatesSpec, policyDigestOf } from '@fleetcast/shared/recipe/gates.ts'

describe('the policy of the gates', () => {
  test('is the defaults where the recipe says nothing', () => {
    expect(gatePolicyOf({})).toEqual(GATE_DEFAULTS)
  })
  test('takes what the recipe says, and its digest changes with it', () => {
    const policy = gatePolicyOf({ gates: GatesSpec.parse({ lossMax: 2.5 }) })
    expect(policy).toEqual({ ...GATE_DEFAULTS, lossMax: 2.5 })
    expect(policyDigestOf(policy)).not.toBe(policyDigestOf(GATE_DEFAULTS))
    expect(policyDigestOf(policy)).toBe(policyDigestOf(gatePolicyOf({ gates: { lossMax: 2.5 } })))
  })
  test('knows no other limits', () => {
    expect(GatesSpec.safeParse({ lossMaximum: 2 }).success).toBe(false)
    expect(GatesSpec.safeParse({ worseThanChampionMax: -1 }).success).toBe(false)
    for (const limit of ['loadMsMax', 'memoryMbMax', 'compactLossIncreaseMax'])
      expect(GatesSpec.safeParse({ [limit]: -1 }).success).toBe(false)
  })
})

describe('limits that let more through', () => {
  test('are none in the defaults, and none where a recipe is stricter', () => {
    const stricter = {
      lossMax: 2,
      confidence: 0.99,
      missingShareMax: 0.01,
      championDaysMin: 30,
      fuzzInputs: 50_000,
    }
    expect(weakerLimits(GATE_DEFAULTS)).toEqual([])
    expect(weakerLimits(gatePolicyOf({ gates: stricter }))).toEqual([])
  })
  test('are named with what they are and what they were', () => {
    const gates = {
      ...{ confidence: 0.9, missingShareMax: 0.2, mustBeatClimatology: false, sliceDaysMin: 60 },
      ...{ extremeShare: 0.01, lossMax: 3 },
    }
    expect(weakerLimits(gatePolicyOf({ gates }))).toEqual([
      'confidence 0.9 instead of 0.95',
      'missingShareMax 0.2 instead of 0.05',
      'mustBeatClimatology false instead of true',
      'sliceDaysMin 60 instead of 30',
      'extremeShare 0.01 instead of 0.05',
    ])
    expect(weakerLimits(gatePolicyOf({}), gatePolicyOf({ gates }))).toEqual([
      'lossMax none instead of 3',
      'extremeShare 0.05 instead of 0.01',
    ])
  })
  test('of a report that is older than a limit are those that it knows', () => {
    expect(weakerLimits({ missingShareMax: 0.3, anotherHubsLimit: 1 })).toEqual([
      'missingShareMax 0.3 instead of 0.05',
    ])
  })
})
