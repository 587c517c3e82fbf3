import { describe, expect, test } from 'vitest'
import { minutes, ms, seconds } from '@fleetcast/shared/units.ts'
import { createAttemptLimit, networkOf } from '../../../hub/access/attempt-limit.ts'

const limit = (keysMax = 100) =>
  createAttemptLimit({
    freeAttempts: 3,
    firstWait: seconds(1),
    longestWait: seconds(60),
    window: minutes(10),
    keysMax,
  })

describe('guessing', () => {
  test('is free a few times, then each attempt doubles the wait up to the longest', () => {
    const { take } = limit()
    const waits: number[] = []
    let now = 0
    for (let attempt = 0; attempt < 12; attempt++) {
      expect(take('alice', ms(now))).toBe(0)
      const wait = take('alice', ms(now))
      waits.push(wait)
      now += wait
    }
    expect(waits.slice(0, 6)).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000])
    expect(waits.at(-1)).toBe(60_000)
  })
  test('a refused attempt is not counted: waiting is enough', () => {
    const { take } = limit()
    for (let i = 0; i < 3; i++) take('alice', ms(0))
    for (let i = 0; i < 50; i++) expect(take('alice', ms(500))).toBe(500)
    expect(take('alice', ms(1_000))).toBe(0)
  })
  test('is forgotten after a quiet time, by a reset, and one by one when it was no guess', () => {
    const { take, reset, giveBack, waitOf } = limit()
    for (let i = 0; i < 3; i++) take('alice', ms(0))
    expect(waitOf('alice', ms(0))).toBe(1_000)
    expect(waitOf('alice', minutes(11))).toBe(0)
    reset('alice')
    expect(waitOf('alice', ms(0))).toBe(0)
    for (let i = 0; i < 100; i++) {
      expect(take('office', ms(0))).toBe(0)
      giveBack('office')
    }
  })
  test('keys do not add up without end: the quietest one goes', () => {
    const { take, waitOf } = limit(2)
    for (let i = 0; i < 3; i++) take('a', ms(0))
    for (let i = 0; i < 3; i++) take('b', ms(0))
    take('c', ms(0))
    expect(waitOf('a', ms(0))).toBe(0)
    expect(waitOf('b', ms(0))).toBe(1_000)
  })
})

describe('a network', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2:ffff::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['unknown', 'unknown'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})
