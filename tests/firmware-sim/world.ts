/** A world without a clock of its own: time passes when somebody sleeps. */
import { setImmediate } from 'node:timers/promises'
import { ok } from '@fleetcast/shared/result.ts'
import { epochMs, ms, type DurationMs, type EpochMs } from '@fleetcast/shared/units.ts'
import type {
  FleetEvent,
  FleetPorts,
  OpenedStation,
  StationAgent,
} from '../../firmware-sim/fleet/fleet-ports.ts'
import type { FleetConfig } from '../../firmware-sim/fleet/run-fleet.ts'
import type { ReadingSource } from '../../firmware-sim/sensors/reading-source.ts'

export const HOUR = 3_600_000
export const START = Date.UTC(2022, 0, 1)
export const instant = (hour: number): EpochMs => epochMs(START + hour * HOUR)
export const hourOf = (at: number): number => (at - START) / HOUR

export type ManualClock = FleetPorts['clock'] & { readonly advance: (by: number) => void }

export function createManualClock(): ManualClock {
  let now = 0
  return {
    monotonic: () => ms(now),
    advance: (by) => {
      now += by
    },
    sleep: (duration: DurationMs) => {
      now += duration
      // A later turn of the event loop, as with a real timer: a held world must not starve whoever lets it on.
      return setImmediate()
    },
  }
}

/** What a station has committed, which outlives the process; `takes` runs before each commit. */
export type Recorder = OpenedStation & { readonly hours: number[]; readonly cuts: boolean[] }

export function createRecorder(
  device: string,
  committed: readonly number[] = [],
  takes: (hour: number) => void = () => {},
): Recorder {
  const hours = [...committed]
  const cuts: boolean[] = []
  const agent: StationAgent = {
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    lastReadingAt: () => (hours.length === 0 ? null : instant(hours.at(-1)!)),
    observe: async ({ at }) => {
      await Promise.resolve()
      takes(hourOf(at))
      hours.push(hourOf(at))
      return ok(null)
    },
  }
  return { device, agent, hours, cuts, network: { setCut: (isCut) => void cuts.push(isCut) } }
}

/** A value at every hour. */
export const fullSource: ReadingSource = { readingAt: (_device, at) => ({ temperature: hourOf(at) }) }

export const fleetConfig = (stations: readonly OpenedStation[], hours: number): FleetConfig => ({
  stations,
  source: fullSource,
  cadenceMs: HOUR,
  startAt: instant(0),
  endAt: instant(hours),
  hoursPerSecond: 100,
  faults: new Map(),
  seed: 1,
})

export function recordingPorts(
  clock: FleetPorts['clock'] = createManualClock(),
): FleetPorts & { readonly events: FleetEvent[] } {
  const events: FleetEvent[] = []
  return { clock, events, onEvent: (event) => events.push(event) }
}

export const range = (from: number, until: number): number[] =>
  Array.from({ length: until - from }, (_, i) => from + i)
