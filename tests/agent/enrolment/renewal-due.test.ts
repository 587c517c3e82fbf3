import { describe, expect, test } from 'vitest'
import { isRenewalDue } from '@fleetcast/agent/enrolment/renewal-due.ts'
import { DAY_MS, epochMs, ms } from '@fleetcast/shared/units.ts'

const start = Date.UTC(2026, 0, 1)
const validity = { notBefore: epochMs(start), notAfter: epochMs(start + 90 * DAY_MS) }
const due = (now: number, sinceRenewal: number | null = null): boolean =>
  isRenewalDue({
    validity,
    now: epochMs(now),
    sinceRenewal: sinceRenewal === null ? null : ms(sinceRenewal),
  })

describe('a certificate is renewed', () => {
  test('from two thirds of its own lifetime on, not before', () => {
    expect(due(start)).toBe(false)
    expect(due(start + 60 * DAY_MS - 1)).toBe(false)
    expect(due(start + 60 * DAY_MS)).toBe(true)
    expect(due(start + 90 * DAY_MS)).toBe(true)
  })
  test.each([
    ['1970', 0],
    ['2099', Date.UTC(2099, 0, 1)],
  ])('after a start whose clock says %s, and then once a day of running time', (_year, now) => {
    expect(due(now)).toBe(true)
    expect(due(now, DAY_MS - 1)).toBe(false)
    expect(due(now, DAY_MS)).toBe(true)
  })
})
