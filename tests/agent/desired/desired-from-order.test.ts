import { describe, expect, test } from 'vitest'
import { desiredFromOrder } from '@fleetcast/agent/desired/desired-from-order.ts'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { Desired } from '@fleetcast/shared/protocol/desired.ts'
import type { Order, Ordered } from '@fleetcast/shared/trust/device-trust.ts'
import type { OrderRole } from '@fleetcast/shared/trust/model-target.ts'
import { address } from '../fixtures/station-fixtures.ts'

const model = (role: OrderRole, letter: string): Ordered => ({
  path: `temperature-3h/${letter}`,
  role,
  digest: BundleDigest.parse(letter.repeat(64)),
  length: 1_000,
  model: { line: 'temperature-3h', version: letter, epoch: 1, hardware: ['*'] },
})
const order = (generation: number, ...models: readonly Ordered[]): Order => ({ generation, models })
const inForce = (of: Order): Desired => {
  const desired = desiredFromOrder(of, { device: address.device, stored: null })
  if (!desired.ok) throw new Error(desired.error.message)
  return desired.value
}
const codeOf = (of: Order, stored: Desired | null): string => {
  const desired = desiredFromOrder(of, { device: address.device, stored })
  return desired.ok ? 'accepted' : desired.error.code
}

describe('an order', () => {
  test('names champion, candidate and what shall be at hand', () => {
    const models = [
      model('prefetch', 'd'),
      model('champion', 'a'),
      model('candidate', 'b'),
      model('prefetch', 'c'),
    ]
    expect(inForce(order(7, ...models))).toMatchObject({
      generation: 7,
      champion: 'a'.repeat(64),
      candidate: 'b'.repeat(64),
      prefetch: ['d'.repeat(64), 'c'.repeat(64)],
    })
  })
  test('without any model lets the baseline serve', () => {
    expect(inForce(order(1))).toMatchObject({ champion: null, candidate: null, prefetch: [] })
  })
  const stored = inForce(order(5, model('champion', 'a')))
  test.each<[string, string, Order]>([
    ['accepted', 'newer than the one in force', order(6, model('champion', 'b'))],
    ['accepted', 'the one in force', order(5, model('champion', 'a'))],
    ['desired/stale', 'older than the one in force', order(4, model('champion', 'a'))],
    ['desired/conflict', 'another one of the same generation', order(5, model('champion', 'b'))],
    ['desired/ambiguous', 'of two champions', order(6, model('champion', 'a'), model('champion', 'b'))],
    ['desired/ambiguous', 'of two candidates', order(6, model('candidate', 'a'), model('candidate', 'b'))],
    [
      'desired/ambiguous',
      'of more models than a station keeps',
      order(6, ...['a', 'b', 'c', 'd', 'e'].map((letter) => model('prefetch', letter))),
    ],
  ])('%s: %s', (code, _, of) => {
    expect(codeOf(of, stored)).toBe(code)
  })
})
