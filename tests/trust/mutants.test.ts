/** Each check of the trust code is taken out once; the attack that it stops must then succeed. A test that cannot fail shows nothing. */
import { AssertionError } from 'node:assert'
import { afterAll, describe, expect, test } from 'vitest'
import { ATTACKS } from './attacks/all-attacks.ts'
import { mutate, openWorkshop } from './mutants/build-mutant.ts'
import { CLIENT_MUTANTS } from './mutants/client-mutants.ts'
import { DEVICE_MUTANTS } from './mutants/device-mutants.ts'

const MUTANTS = [...CLIENT_MUTANTS, ...DEVICE_MUTANTS]
const workshop = openWorkshop()
afterAll(() => workshop.close())

const named = (beginning: string): string[] =>
  Object.keys(ATTACKS).filter((name) => name.startsWith(beginning))

describe('mutants of the trust code', () => {
  test('every mutant names one attack', () => {
    const wrong = MUTANTS.filter(({ attack }) => named(attack).length !== 1).map(({ attack }) => attack)
    expect(wrong).toEqual([])
  })
  test('a mutant whose check is no longer in the source is refused', () => {
    expect(() => mutate({ ...MUTANTS[0]!, check: 'not in the source' })).toThrow('stale mutant')
  })
  test('bundled without a mutation, every attack is stopped', async () => {
    for (const attack of Object.values(await workshop.build(null))) await attack()
  })
  for (const mutant of MUTANTS) {
    const [check] = mutant.check.trim().split('\n')
    test(`without ${check} (${mutant.file}): ${mutant.attack}`, async () => {
      const attack = (await workshop.build(mutant))[named(mutant.attack)[0]!]!
      await expect(attack()).rejects.toThrow(AssertionError)
    })
  }
})
