/** `sim fleet`: opens the stations, replays the world to them, and closes them again. Resolves with the exit code. */
import { createPinoLog } from '@fleetcast/agent/adapters/pino-log.ts'
import { systemClock } from '@fleetcast/agent/adapters/system-clock.ts'
import { parseSettings } from '@fleetcast/agent/config/agent-settings.ts'
import { err, ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { minutes, ms, type EpochMs } from '@fleetcast/shared/units.ts'
import { followCommand, parseCommand } from '../fleet/commands.ts'
import { runFleet, type RunningFleet } from '../fleet/run-fleet.ts'
import type { ReplayTable } from '../sensors/replay-table.ts'
import { GENERATED_STATIONS } from '../weather/generated-stations.ts'
import { listenForCommands, printError, printLine } from './command-lines.ts'
import { readFaults, readStations } from './fleet-files.ts'
import { openStation, type EnrolledStation, type StationSpec } from './open-station.ts'
import { generateReplay, readReplayFile, type ReplayInput } from './replay-file.ts'

export type FleetOptions = {
  readonly stations: string
  /** Folder of stations whose entry names none. */
  readonly state: string
  readonly data: string | null
  readonly generate: { readonly seed: number; readonly firstYear: number; readonly years: number }
  readonly from: EpochMs
  readonly until: EpochMs
  readonly hoursPerSecond: number
  readonly flushMs: number
  /** Null: where enrolment said. */
  readonly mqttUrl: string | null
  readonly faults?: string | undefined
  readonly seed: number
  readonly isWithParent: boolean
  readonly logLevel: string
}

export const EXIT = { done: 0, refused: 1, failed: 2, hubAway: 3 } as const

/** Closing takes this long at most; what is not sent by then lies in the spools. */
const CLOSE_MS = 2_200

export async function runFleetProgram(options: FleetOptions, interrupted: AbortSignal): Promise<number> {
  const opened = await openFleet(options)
  if (!opened.ok) return complain(opened.error)
  const { stations, source, faults, cadenceMs } = opened.value
  if (interrupted.aborted) return EXIT.done
  const started = Promise.all(stations.map(async ({ agent }) => await agent.start()))
  await Promise.race([started, aborted(interrupted)])
  if (!interrupted.aborted) {
    const { from: startAt, hoursPerSecond, seed } = options
    const endAt = source.end()
    const config = { stations, source, faults, cadenceMs, startAt, endAt, hoursPerSecond, seed }
    const fleet = runFleet({ clock: systemClock, onEvent: printLine }, config)
    await untilOver(fleet, options, interrupted)
  }
  const closed = Promise.all(stations.map(async ({ agent }) => await agent.stop()))
  await Promise.race([closed, systemClock.sleep(ms(CLOSE_MS))])
  return EXIT.done
}

/** A fleet with a parent stays connected after the last hour, until it is told to stop or the parent is gone. */
async function untilOver(
  fleet: RunningFleet,
  { isWithParent }: FleetOptions,
  interrupted: AbortSignal,
): Promise<void> {
  const stopping = new AbortController()
  const stop = (): void => {
    fleet.stop()
    stopping.abort()
  }
  interrupted.addEventListener('abort', stop, { once: true })
  listenForCommands({
    onLine: (line) => {
      const command = parseCommand(line)
      const followed = command.ok ? followCommand(fleet, command.value) : command
      if (!followed.ok) printError(`${followed.error.code}: ${followed.error.message}`)
      else if (command.ok && command.value.cmd === 'stop' && command.value.at === undefined) stop()
    },
    onEnd: () => isWithParent && stop(),
  })
  const how = await fleet.ended
  if (how === 'finished' && isWithParent) await aborted(stopping.signal)
}

type OpenedFleet = {
  readonly stations: readonly EnrolledStation[]
  readonly source: ReplayTable
  readonly faults: Parameters<typeof runFleet>[1]['faults']
  readonly cadenceMs: number
}

async function openFleet(options: FleetOptions): Promise<Result<OpenedFleet, Refusal>> {
  const specs = await readStations(options.stations, options.state)
  if (!specs.ok) return specs
  const faults = await readFaults(options.faults)
  if (!faults.ok) return faults
  const stations = await openStations(specs.value, options)
  if (!stations.ok) return stations
  const { channels, cadenceMinutes } = stations.value[0]!.recipe
  const cadenceMs = minutes(cadenceMinutes)
  const other = stations.value.find(({ recipe }) => recipe.cadenceMinutes !== cadenceMinutes)
  if (other !== undefined)
    return refuse(
      'sim/otherCadence',
      `${other.device} reports at another cadence; start it as a fleet of its own`,
    )
  const input = {
    devices: specs.value.map(({ device }) => device),
    channels,
    range: { from: options.from, until: options.until, cadenceMs },
  }
  const source = await openSource(options, input)
  return source.ok
    ? ok({ stations: stations.value, source: source.value, faults: faults.value, cadenceMs })
    : source
}

const openSource = async (
  { data, generate }: FleetOptions,
  input: ReplayInput,
): Promise<Result<ReplayTable, Refusal>> =>
  data === null
    ? generateReplay({ ...generate, stations: GENERATED_STATIONS }, input)
    : await readReplayFile(data, input)

async function openStations(
  specs: readonly StationSpec[],
  { flushMs, logLevel, mqttUrl }: FleetOptions,
): Promise<Result<readonly EnrolledStation[], Refusal>> {
  // A simulated network is mended in event time, so a station must not wait a minute of wall time for its next attempt.
  const settings = parseSettings({
    flushMs,
    retryMinMs: 500,
    retryMaxMs: 3_000,
    reconnectMinMs: 200,
    reconnectMaxMs: 2_000,
  })
  if (!settings.ok) return settings
  const log = createPinoLog(logLevel)
  const opened = await Promise.all(
    specs.map(async (spec) => await openStation(spec, { settings: settings.value, log, mqttUrl })),
  )
  const refused = opened.find((result) => !result.ok)
  return refused?.ok === false
    ? err(refused.error)
    : ok(opened.flatMap((result) => (result.ok ? [result.value] : [])))
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
  )

function complain({ code, message }: Refusal): number {
  printError(`${code}: ${message}`)
  return code === 'enrolment/hubUnreachable' ? EXIT.hubAway : EXIT.refused
}
