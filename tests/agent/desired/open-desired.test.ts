import { describe, expect, test } from 'vitest'
import { openDesired } from '@fleetcast/agent/desired/open-desired.ts'
import { trustedKeys } from '@fleetcast/shared/crypto/envelope.ts'
import type { Desired } from '@fleetcast/shared/protocol/desired.ts'
import { address, enrolment, signOrder, strangerKeys, type Order } from '../fixtures/station-fixtures.ts'
import { DeviceId } from '@fleetcast/shared/ids.ts'

const keys = trustedKeys(enrolment.trustedKeys)
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const inForce = (order: Order): Desired => (JSON.parse(signOrder(order)) as { signed: Desired }).signed
const open = (payload: string, stored: Desired | null = null) =>
  openDesired(bytes(payload), { device: address.device, keys, stored })

const codeOf = (payload: string, stored: Desired | null = null): string => {
  const result = open(payload, stored)
  return result.ok ? 'accepted' : result.error.code
}

describe('an order', () => {
  test('is accepted when it is signed, for this device and newer', () => {
    expect(codeOf(signOrder({ generation: 3 }), inForce({ generation: 2 }))).toBe('accepted')
  })
  test('is accepted again, as a broker repeats it', () => {
    expect(codeOf(signOrder({ generation: 3 }), inForce({ generation: 3 }))).toBe('accepted')
  })
  test.each([
    ['desired/stale', signOrder({ generation: 1 })],
    ['desired/conflict', signOrder({ generation: 2, prefetch: ['1'.repeat(64) as never] })],
    ['desired/wrongDevice', signOrder({ generation: 3, device: DeviceId.parse('sea-2') })],
    ['signature/unknownKey', signOrder({ generation: 3 }, strangerKeys)],
    ['signature/invalid', signOrder({ generation: 3 }).replace('"generation":3', '"generation":4')],
    ['signature/missing', JSON.stringify({ signed: inForce({ generation: 3 }), signatures: [] })],
    ['desired/malformed', signOrder({ generation: 3 }).replace('"candidate"', '"other":1,"candidate"')],
    ['desired/malformed', 'no json'],
    ['desired/tooLarge', signOrder({ generation: 3 }).padEnd(9_000)],
  ])('is refused with %s', (code, payload) => {
    expect(codeOf(payload, inForce({ generation: 2 }))).toBe(code)
  })
})
