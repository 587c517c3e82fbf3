/** What the fleet needs of the outside: stations that can be opened, and time. */
import type { Clock } from '@fleetcast/agent/ports/clock.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { EpochMs } from '@fleetcast/shared/units.ts'
import type { ChannelValues } from '../sensors/reading-source.ts'

/** One station as its sensor side sees it: the real agent, or a recorder in a test. */
export type StationAgent = {
  readonly start: () => Promise<void>
  /** Resolves when the reading is committed; it never has to be given again. */
  readonly observe: (reading: {
    readonly at: EpochMs
    readonly values: ChannelValues
  }) => Promise<Result<unknown, Refusal>>
  /** Event time of the newest committed reading; null before the first. */
  readonly lastReadingAt: () => EpochMs | null
  readonly stop: () => Promise<void>
}

/** A switch in the station's network cable. */
export type NetworkSwitch = { readonly setCut: (isCut: boolean) => void }

export type OpenedStation = {
  readonly device: string
  readonly agent: StationAgent
  readonly network: NetworkSwitch
}

export type FleetPorts = {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  readonly onEvent: (event: FleetEvent) => void
}

/** What a fleet tells its parent, one JSON line each. */
export type FleetEvent =
  | { readonly kind: 'started'; readonly at: string; readonly stations: readonly string[] }
  /** The newest hour that every station has committed; at most four a second. */
  | { readonly kind: 'hour'; readonly at: string; readonly hoursPerSecond: number }
  | {
      readonly kind: 'refused'
      readonly device: string
      readonly at: string
      readonly code: string
      readonly message: string
    }
  | { readonly kind: 'finished'; readonly at: string }
