import { describe, expect, test } from 'vitest'
import {
  CHANNEL_START,
  healthOf,
  skipIntervals,
  stepChannel,
  type ChannelState,
} from '@fleetcast/agent/readings/channel-state.ts'
import { hour, recipe } from '../fixtures/station-fixtures.ts'

const limits = recipe.channels[0]!

function after(values: readonly (number | null)[], start = CHANNEL_START): ChannelState {
  return values.reduce<ChannelState>(
    (state, value, n) => stepChannel(state, limits, { value, at: hour(n) }).state,
    start,
  )
}
const moving = (n: number): number[] => Array.from({ length: n }, (_, i) => 10 + (i % 5) / 10)
const health = (state: ChannelState) => healthOf('temperature', state)

const missing = (n: number) => health(after([...moving(3), ...Array.from({ length: n }, () => null)]))
const bad = (n: number) => health(after([...moving(48 - n), ...Array.from({ length: n }, (_, i) => 100 + i)]))

describe('the health of a channel', () => {
  test('is ok with its last valid time', () => {
    expect(health(after(moving(10)))).toEqual({
      channel: 'temperature',
      state: 'ok',
      reason: 'none',
      lastValidAt: hour(9),
    })
  })
  test('is dead after 24 intervals without any value, not after 23', () => {
    expect(missing(23).state).toBe('ok')
    expect(missing(24)).toEqual({
      channel: 'temperature',
      state: 'dead',
      reason: 'missing',
      lastValidAt: hour(2),
    })
  })
  test('counts skipped intervals like missing values', () => {
    expect(health(skipIntervals(after(moving(3)), limits, 24)).state).toBe('dead')
    expect(health(skipIntervals(after(moving(3)), limits, 23)).state).toBe('ok')
  })
  test('lives again with the first value', () => {
    expect(health(after([12], skipIntervals(after(moving(3)), limits, 500))).state).toBe('ok')
  })
  test('fails at a quarter of the last 48 values, and names the commonest fault', () => {
    expect(bad(11).state).toBe('ok')
    expect(bad(12)).toMatchObject({ state: 'failing', reason: 'range' })
  })
  test('fails while it is stuck, and recovers when it moves', () => {
    const stuck = Array.from({ length: 24 }, () => 7)
    expect(health(after(stuck))).toMatchObject({ state: 'failing', reason: 'flatline' })
    expect(health(after([...stuck, 7.5])).state).toBe('ok')
  })
})
