import { describe, expect, test } from 'vitest'
import type { ChannelHealth } from '@fleetcast/shared/protocol/telemetry.ts'
import { MONITORING_DEFAULT } from '@fleetcast/shared/recipe/recipe.ts'
import { BundleDigest } from '@fleetcast/shared/ids.ts'
import { epochMs, HOUR_MS } from '@fleetcast/shared/units.ts'
import { DeviceHealth } from '@fleetcast/hub/api/resources/device.ts'
import { deviceHealth, type HealthInput } from '@fleetcast/hub/monitoring/device-health.ts'

const FLEET_TIME = Date.UTC(2022, 2, 6, 14)
const NOW = epochMs(1_700_000_000_000)

const health = (change: Partial<HealthInput> = {}) => {
  const classified = deviceHealth({
    isEnrolled: true,
    revokedAt: null,
    lastSeenAt: NOW - 1_000,
    now: NOW,
    silentAfterMs: 60_000,
    lastReadingAt: FLEET_TIME,
    fleetTime: FLEET_TIME,
    behindHoursMax: 12,
    channels: [],
    recent: { n: 500, sumAbs: 900, sumAbsReference: 1_000 },
    monitoring: MONITORING_DEFAULT,
    bundles: [],
    ...change,
  })
  return DeviceHealth.parse(classified)
}

const channel = (
  name: string,
  state: ChannelHealth['state'],
  reason: ChannelHealth['reason'],
): ChannelHealth => ({
  channel: name,
  state,
  reason,
  lastValidAt: Date.UTC(2022, 2, 5, 14),
})
const DEAD = channel('pressure', 'dead', 'missing')
const FAILING = channel('temperature', 'failing', 'flatline')
const ROLLED_BACK = {
  digest: BundleDigest.parse('d'.repeat(64)),
  state: 'rejected' as const,
  progress: 1,
  code: 'inference/nonFinite',
  message: 'NaN in 3 of 3 forecasts',
}
const WORSE = { n: 200, sumAbs: 500, sumAbsReference: 400 }

describe('a station is', () => {
  test('new until it has been enrolled and heard', () => {
    expect(health({ isEnrolled: false })).toEqual({ state: 'new', reason: 'added, not enrolled yet' })
    expect(health({ lastSeenAt: null })).toEqual({ state: 'new', reason: 'enrolled, nothing heard yet' })
  })
  test('revoked whatever else it was', () => {
    expect(health({ revokedAt: FLEET_TIME, channels: [DEAD] })).toEqual({
      state: 'revoked',
      reason: 'shut out since 2022-03-06T14Z',
    })
  })
  test('ok when readings arrive and it beats persistence', () => {
    expect(health()).toEqual({
      state: 'ok',
      reason: 'readings arrive; error 1.80, persistence 2.00 on the same 500 forecasts of 30 days',
    })
    expect(health({ recent: null }).reason).toBe('readings arrive; 0 of 200 verified forecasts for a verdict')
  })
  test('silent when nothing is heard for longer than the limit', () => {
    expect(health({ lastSeenAt: NOW - 60_000 }).state).toBe('ok')
    expect(health({ lastSeenAt: NOW - 300_000 })).toEqual({
      state: 'silent',
      reason: 'nothing heard for 5 min, limit 60 s',
    })
  })
  test('silent when its readings fall behind the fleet, whatever it sends', () => {
    expect(health({ lastReadingAt: FLEET_TIME - 12 * HOUR_MS }).state).toBe('ok')
    expect(health({ lastReadingAt: FLEET_TIME - 13 * HOUR_MS })).toEqual({
      state: 'silent',
      reason: 'no reading since 2022-03-06T01Z, 13 h behind the fleet, limit 12 h',
    })
  })
  test('told apart by a dead channel and a failing sensor', () => {
    expect(health({ channels: [DEAD] })).toEqual({
      state: 'deadChannel',
      reason: 'pressure is dead: no valid value since 2022-03-05T14Z',
    })
    expect(health({ channels: [FAILING] })).toEqual({
      state: 'failingSensor',
      reason: 'temperature fails quality control (flatline): no valid value since 2022-03-05T14Z',
    })
  })
  test('rolledBack when it gave a version up, not when it refused one before running it', () => {
    expect(health({ bundles: [ROLLED_BACK] })).toEqual({
      state: 'rolledBack',
      reason: 'rolled dddddddddddd back: NaN in 3 of 3 forecasts',
    })
    expect(health({ bundles: [{ ...ROLLED_BACK, code: 'selfTest/mismatch' }] }).state).toBe('ok')
  })
  test('worse than persistence only on enough forecasts', () => {
    expect(health({ recent: WORSE })).toEqual({
      state: 'worseThanPersistence',
      reason: 'worse than persistence: error 2.50, persistence 2.00 on the same 200 forecasts of 30 days',
    })
    expect(health({ recent: { ...WORSE, n: 199 } }).state).toBe('ok')
  })
})

test('the most urgent finding wins', () => {
  const findings: Partial<HealthInput>[] = [
    { lastSeenAt: NOW - 300_000 },
    { channels: [FAILING, DEAD] },
    { channels: [FAILING] },
    { bundles: [ROLLED_BACK] },
    { recent: WORSE },
    {},
  ]
  const states = findings.map((_, i) => health(Object.assign({}, ...findings.slice(i).reverse())).state)
  expect(states).toEqual([
    'silent',
    'deadChannel',
    'failingSensor',
    'rolledBack',
    'worseThanPersistence',
    'ok',
  ])
})
