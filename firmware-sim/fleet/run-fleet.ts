/**
 * One world for all stations: an hour begins when it is due and is over when every station's agent has committed it. After
 * a crash each station goes on after its own last reading, so no hour is lost and none is given twice.
 */
import { setImmediate } from 'node:timers/promises'
import { epochMs, HOUR_MS, ms, type EpochMs } from '@fleetcast/shared/units.ts'
import { isSilent, type Fault } from '../sensors/fault.ts'
import { createFaultySource } from '../sensors/faulty-source.ts'
import type { ReadingSource } from '../sensors/reading-source.ts'
import type { FleetPorts, OpenedStation } from './fleet-ports.ts'
import { Pace } from './pace.ts'

export type FleetConfig = {
  readonly stations: readonly OpenedStation[]
  readonly source: ReadingSource
  readonly cadenceMs: number
  /** First instant of the world; the last one lies before `endAt`. */
  readonly startAt: EpochMs
  readonly endAt: EpochMs
  readonly hoursPerSecond: number
  readonly faults: ReadonlyMap<string, readonly Fault[]>
  /** Of the faults' chance. */
  readonly seed: number
}

export type RunningFleet = {
  /** Resolves when the world has ended or was stopped; rejects when a station failed. */
  readonly ended: Promise<'finished' | 'stopped'>
  readonly setSpeed: (hoursPerSecond: number) => void
  readonly hold: () => void
  readonly go: () => void
  /** The world ends before this instant, at the latest at once. */
  readonly stopAt: (at: EpochMs) => void
  /** False when no station has that name or it has too many faults. A fault without `from` begins with the next hour. */
  readonly addFault: (device: string, fault: Fault) => boolean
  /** Ends the world after the hour that is being given; stations stay up until they are stopped. */
  readonly stop: () => void
}

const FAULTS_MAX = 100
/** Longest sleep: commands are followed within this time. */
const SLICE_MS = 100

/** Starts the world; the stations are started already. */
export function runFleet(ports: FleetPorts, config: FleetConfig): RunningFleet {
  const world = new World(ports, config)
  return {
    ended: world.run(),
    setSpeed: (hoursPerSecond) => world.pace.setSpeed(hoursPerSecond, ports.clock.monotonic()),
    hold: () => world.pace.setHeld(true),
    go: () => world.pace.setHeld(false),
    stopAt: (at) => world.stopAt(at),
    addFault: (device, fault) => world.addFault(device, fault),
    stop: () => world.stop(),
  }
}

class World {
  readonly pace: Pace
  readonly #ports: FleetPorts
  readonly #config: FleetConfig
  readonly #source: ReadingSource
  readonly #faults: Map<string, readonly Fault[]>
  #next: EpochMs
  #endAt: EpochMs
  #isStopping = false
  #reportedAt = Number.NEGATIVE_INFINITY

  constructor(ports: FleetPorts, config: FleetConfig) {
    this.#ports = ports
    this.#config = config
    this.#faults = new Map(
      [...config.faults].map(([device, faults]) => [
        device,
        faults.map((fault) => begun(fault, config.startAt)),
      ]),
    )
    this.#endAt = config.endAt
    this.#next = nextInstant(config)
    this.#source = createFaultySource({ ...config, faultsOf: (device) => this.#faultsOf(device) })
    this.pace = new Pace(config.hoursPerSecond, ports.clock.monotonic())
  }

  async run(): Promise<'finished' | 'stopped'> {
    const { clock, onEvent } = this.#ports
    const { stations, cadenceMs } = this.#config
    onEvent({ kind: 'started', at: isoTime(this.#next), stations: stations.map(({ device }) => device) })
    await Promise.all(stations.map(async (station) => await this.#catchUp(station)))
    while (!this.#isStopping && this.#next < this.#endAt) {
      const wait = this.pace.waitMs(clock.monotonic())
      if (wait > 0) {
        await clock.sleep(ms(Math.min(wait, SLICE_MS)))
        continue
      }
      const at = this.#next
      await Promise.all(stations.map(async (station) => await this.#give(station, at)))
      this.#next = epochMs(at + cadenceMs)
      this.pace.stepped(cadenceMs / HOUR_MS, clock.monotonic())
      this.#report(at)
      // Agents that answer without any disk or network would keep the event loop from its other work.
      await setImmediate()
    }
    const last = isoTime(epochMs(this.#next - cadenceMs))
    if (!this.#isStopping) onEvent({ kind: 'finished', at: last })
    return this.#isStopping ? 'stopped' : 'finished'
  }

  stop(): void {
    this.#isStopping = true
  }

  stopAt(at: EpochMs): void {
    this.#endAt = epochMs(Math.min(at, this.#config.endAt))
  }

  addFault(device: string, fault: Fault): boolean {
    const faults = this.#faultsOf(device)
    if (!this.#config.stations.some((station) => station.device === device) || faults.length >= FAULTS_MAX)
      return false
    this.#faults.set(device, [...faults, begun(fault, this.#next)])
    return true
  }

  #faultsOf(device: string): readonly Fault[] {
    return this.#faults.get(device) ?? []
  }

  /** Hours that other stations had committed before the crash, and hours before a new station joined. */
  async #catchUp(station: OpenedStation): Promise<void> {
    const { startAt, cadenceMs } = this.#config
    const last = station.agent.lastReadingAt()
    let at = last === null ? startAt : epochMs(Math.round(last / cadenceMs + 1) * cadenceMs)
    for (; at < this.#next && !this.#isStopping; at = epochMs(at + cadenceMs)) {
      await this.#give(station, at)
      await setImmediate()
    }
  }

  async #give({ device, agent, network }: OpenedStation, at: EpochMs): Promise<void> {
    network.setCut(isSilent(this.#faultsOf(device), at))
    const values = this.#source.readingAt(device, at)
    if (values === null) return
    const taken = await agent.observe({ at, values })
    if (!taken.ok) this.#ports.onEvent({ kind: 'refused', device, at: isoTime(at), ...taken.error })
  }

  #report(at: EpochMs): void {
    const now = this.#ports.clock.monotonic()
    if (now - this.#reportedAt < 250) return
    this.#reportedAt = now
    this.#ports.onEvent({ kind: 'hour', at: isoTime(at), hoursPerSecond: this.pace.measured(now) })
  }
}

/** The hour after the newest that any station has committed: the world never goes back. */
function nextInstant({ stations, startAt, cadenceMs }: FleetConfig): EpochMs {
  const newest = stations.map(({ agent }) => agent.lastReadingAt() ?? Number.NEGATIVE_INFINITY)
  const after = Math.round(Math.max(...newest) / cadenceMs + 1) * cadenceMs
  return epochMs(Math.max(startAt, after))
}

/** A fault without a beginning begins now: a stuck sensor needs to know which value it repeats. */
const begun = (fault: Fault, at: EpochMs): Fault => ({ ...fault, from: fault.from ?? isoTime(at) })

const isoTime = (at: EpochMs): string => new Date(at).toISOString()
