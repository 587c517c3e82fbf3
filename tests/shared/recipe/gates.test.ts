import { describe, expect, test } from 'vitest'
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
