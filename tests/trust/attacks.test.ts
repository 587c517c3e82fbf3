/** Every attack of the reference's table with real forged material; mutants.test.ts shows that each can succeed without its check. */
import { describe, test } from 'vitest'
import { ATTACKS } from './attacks/all-attacks.ts'

describe('attacks on signed metadata', () => {
  for (const [name, attack] of Object.entries(ATTACKS)) test(name, attack)
})
