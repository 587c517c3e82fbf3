import { describe, expect, test } from 'vitest'
import { epochMs } from '@fleetcast/shared/units.ts'
import { Fault, isSilent } from '../../firmware-sim/sensors/fault.ts'
import { createFaultySource } from '../../firmware-sim/sensors/faulty-source.ts'
import type { ReadingSource } from '../../firmware-sim/sensors/reading-source.ts'
import { HOUR, START, instant } from './world.ts'

/** The temperature is the hour's number; hour 3 has no reading, hour 5 no temperature. */
const healthy: ReadingSource = {
  readingAt: (_device, at) => {
    const hour = (at - START) / HOUR
    return hour === 3 ? null : { temperature: hour === 5 ? null : hour, humidity: 50 }
  },
}

const withFaults = (faults: readonly unknown[], seed = 1): ReadingSource =>
  createFaultySource({
    source: healthy,
    faultsOf: () => faults.map((fault) => Fault.parse(fault)),
    seed,
    cadenceMs: HOUR,
  })

const temperatures = (source: ReadingSource, hours: number): (number | null | undefined)[] =>
  Array.from({ length: hours }, (_, hour) => source.readingAt('a', instant(hour))?.temperature)

const from = new Date(instant(4)).toISOString()
const until = new Date(instant(7)).toISOString()

describe('faults', () => {
  test('without any, missing readings and missing values pass as they are', () => {
    expect(temperatures(withFaults([]), 7)).toEqual([0, 1, 2, undefined, 4, null, 6])
  })
  test('a dead channel gives nothing while it lasts; the others go on', () => {
    const source = withFaults([{ kind: 'dead', channel: 'temperature', from, until }])
    expect(temperatures(source, 9)).toEqual([0, 1, 2, undefined, null, null, null, 7, 8])
    expect(source.readingAt('a', instant(4))!.humidity).toBe(50)
  })
  test('a stuck channel repeats the last value before the fault', () => {
    expect(temperatures(withFaults([{ kind: 'stuck', channel: 'temperature', from }]), 8)).toEqual([
      0,
      1,
      2,
      undefined,
      2,
      2,
      2,
      2,
    ])
  })
  test('an offset moves what is there', () => {
    expect(
      temperatures(withFaults([{ kind: 'offset', channel: 'temperature', by: 10, from, until }]), 8),
    ).toEqual([0, 1, 2, undefined, 14, null, 16, 7])
  })
  test('spikes hit about their share of the values, up and down, by their size', () => {
    const source = withFaults([{ kind: 'spikes', channel: 'temperature', share: 0.2, size: 1_000 }])
    const jumps = temperatures(source, 2_000).map((value, hour) => (value ?? hour) - hour)
    const up = jumps.filter((jump) => jump === 1_000).length
    const down = jumps.filter((jump) => jump === -1_000).length
    expect((up + down) / 2_000).toBeGreaterThan(0.16)
    expect((up + down) / 2_000).toBeLessThan(0.24)
    expect(Math.min(up, down)).toBeGreaterThan(100)
  })
  test('dropouts lose about their share of the readings', () => {
    const source = withFaults([{ kind: 'dropouts', share: 0.3 }])
    const lost = temperatures(source, 2_000).filter((value) => value === undefined).length
    expect(lost / 2_000).toBeGreaterThan(0.26)
    expect(lost / 2_000).toBeLessThan(0.34)
  })
  test('add up in the order given', () => {
    const offset = { kind: 'offset', channel: 'temperature', by: 10, from }
    const stuck = { kind: 'stuck', channel: 'temperature', from }
    expect(temperatures(withFaults([stuck, offset]), 5).at(-1)).toBe(12)
    expect(temperatures(withFaults([offset, stuck]), 5).at(-1)).toBe(2)
  })
  test('a silent station measures on; only its network is cut', () => {
    const silent = Fault.parse({ kind: 'silent', from, until })
    expect(temperatures(withFaults([silent]), 7)).toEqual(temperatures(withFaults([]), 7))
    expect([3, 4, 6, 7].map((hour) => isSilent([silent], instant(hour)))).toEqual([false, true, true, false])
  })
  test('chance belongs to the instant: asked again, in any order, it falls the same; another seed falls otherwise', () => {
    const fault = [{ kind: 'spikes', channel: 'temperature', share: 0.5, size: 3 }]
    const forwards = temperatures(withFaults(fault), 200)
    const again = withFaults(fault)
    const backwards = Array.from(
      { length: 200 },
      (_, i) => again.readingAt('a', epochMs(instant(199 - i)))?.temperature,
    )
    expect(backwards.toReversed()).toEqual(forwards)
    expect(temperatures(withFaults(fault, 2), 200)).not.toEqual(forwards)
  })
})
