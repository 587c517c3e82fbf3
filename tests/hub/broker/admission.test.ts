import { expect, test } from 'vitest'
import { ms } from '@fleetcast/shared/units.ts'
import { CONNECTIONS_MAX, CONNECTS_PER_SECOND_MAX, createAdmission } from '../../../hub/broker/admission.ts'

test('so many a second and so many in all; the rest is counted in the log', () => {
  let now = 0
  const warnings: object[] = []
  const admission = createAdmission({
    clock: { monotonic: () => ms(now) },
    log: { warn: (fields) => warnings.push(fields) },
  })
  const admitted = Array.from({ length: CONNECTS_PER_SECOND_MAX + 5 }, () => admission.admit(0))
  expect(admitted.filter(Boolean).length).toBe(CONNECTS_PER_SECOND_MAX)
  now = 1_000
  expect(admission.admit(CONNECTIONS_MAX - 1)).toBe(true)
  expect(admission.admit(CONNECTIONS_MAX)).toBe(false)
  expect(warnings).toEqual([{ refused: 5 }])
})
