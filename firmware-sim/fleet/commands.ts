/** Commands to a running fleet, one JSON object a line. */
import * as z from 'zod'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { Fault } from '../sensors/fault.ts'
import type { RunningFleet } from './run-fleet.ts'

export const SPEED_MAX = 5_000

export const FleetCommand = z.discriminatedUnion('cmd', [
  z.strictObject({ cmd: z.literal('speed'), hoursPerSecond: z.number().positive().max(SPEED_MAX) }),
  z.strictObject({ cmd: z.literal('hold') }),
  z.strictObject({ cmd: z.literal('go') }),
  /** Ends the world before the instant, or at once when none is given, and closes every station. */
  z.strictObject({ cmd: z.literal('stop'), at: z.iso.datetime().optional() }),
  z.strictObject({ cmd: z.literal('fault'), device: z.string(), fault: Fault }),
])
export type FleetCommand = z.infer<typeof FleetCommand>

export const COMMAND_CHARACTERS_MAX = 8_192

export type CommandCode = 'command/malformed' | 'command/unknownDevice'

/** Reads one line. */
export function parseCommand(line: string): Result<FleetCommand, Refusal<CommandCode>> {
  if (line.length > COMMAND_CHARACTERS_MAX)
    return malformed(`a command has at most ${COMMAND_CHARACTERS_MAX} characters`)
  try {
    const parsed = FleetCommand.safeParse(JSON.parse(line))
    return parsed.success ? ok(parsed.data) : malformed(z.prettifyError(parsed.error).replaceAll('\n', ' '))
  } catch (cause) {
    return malformed(cause instanceof Error ? cause.message : 'unreadable')
  }
}

const malformed = (why: string): Result<never, Refusal<CommandCode>> =>
  refuse('command/malformed', `${why}; a command is a JSON line such as {"cmd":"speed","hoursPerSecond":60}`)

export function followCommand(
  fleet: RunningFleet,
  command: FleetCommand,
): Result<void, Refusal<CommandCode>> {
  switch (command.cmd) {
    case 'speed':
      fleet.setSpeed(command.hoursPerSecond)
      break
    case 'hold':
      fleet.hold()
      break
    case 'go':
      fleet.go()
      break
    case 'stop':
      if (command.at === undefined) fleet.stop()
      else fleet.stopAt(epochMs(Date.parse(command.at)))
      break
    case 'fault':
      if (!fleet.addFault(command.device, command.fault))
        return refuse(
          'command/unknownDevice',
          `${command.device} is no station of this fleet, or has too many faults`,
        )
  }
  return ok(undefined)
}
