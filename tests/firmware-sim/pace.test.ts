import { describe, expect, test } from 'vitest'
import { ms } from '@fleetcast/shared/units.ts'
import { Pace } from '../../firmware-sim/fleet/pace.ts'
import { runFleet } from '../../firmware-sim/fleet/run-fleet.ts'
import { createManualClock, createRecorder, fleetConfig, recordingPorts } from './world.ts'

/** Hours of event time that pass in ten seconds of the injected clock when each takes `workMs`. */
function hoursIn10s(pace: Pace, workMs: number): number {
  let now = 0
  for (let hours = 0; ; hours++) {
    now += Math.max(0, pace.waitMs(ms(now)))
    if (now >= 10_000) return hours
    now += workMs
    pace.stepped(1, ms(now))
  }
}

describe('the pace', () => {
  test('is kept when the work is done in time', () => {
    expect(hoursIn10s(new Pace(50, ms(0)), 5)).toBeCloseTo(500, -1)
  })
  test('gives way when the work takes longer, and says how fast it really is', () => {
    const pace = new Pace(100, ms(0))
    expect(hoursIn10s(pace, 40)).toBe(250)
    expect(pace.measured(ms(10_000))).toBeCloseTo(25, 0)
  })
  test('after a stall the world does not race to make up for it', () => {
    const pace = new Pace(10, ms(0))
    pace.stepped(1, ms(60_000))
    let burst = 0
    for (; pace.waitMs(ms(60_000)) <= 0; burst++) pace.stepped(1, ms(60_000))
    expect(burst).toBeLessThanOrEqual(3)
  })
  test('a new speed takes effect at once, also after a slow one', () => {
    const pace = new Pace(0.01, ms(0))
    pace.stepped(1, ms(0))
    expect(pace.waitMs(ms(0))).toBe(100_000)
    pace.setSpeed(100, ms(0))
    expect(pace.waitMs(ms(0))).toBe(10)
  })
  test('a held world waits for ever', () => {
    const pace = new Pace(10, ms(0))
    pace.setHeld(true)
    expect(pace.waitMs(ms(1_000_000))).toBe(Number.POSITIVE_INFINITY)
    pace.setHeld(false)
    expect(pace.waitMs(ms(1_000_000))).toBeLessThanOrEqual(0)
  })
  test('a fleet passes its hours in the time that its clock says, and reports at most four times a second', async () => {
    const clock = createManualClock()
    const ports = recordingPorts(clock)
    await runFleet(ports, { ...fleetConfig([createRecorder('a')], 500), hoursPerSecond: 50 }).ended
    expect(clock.monotonic()).toBeGreaterThan(9_500)
    expect(clock.monotonic()).toBeLessThan(10_100)
    const reports = ports.events.filter(({ kind }) => kind === 'hour')
    expect(reports.length).toBeGreaterThan(30)
    expect(reports.length).toBeLessThanOrEqual(41)
    expect(reports.at(-1)).toMatchObject({ hoursPerSecond: expect.closeTo(50, 0) as number })
  })
})
