/** The command line: words and flags; every command that needs a running hub calls its API. */
import { Command } from 'commander'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import { HUB_DEFAULTS, parseHubConfig, type HubConfig } from '../config/config.ts'
import { HUB_VERSION } from '../config/version.ts'
import { addAccessCommands, type AccessContext } from './access-commands.ts'
import { addApiFlags, apiSettings, type ApiFlags } from './api-flags.ts'
import { addAuditCommands } from './audit-commands.ts'
import { addBrokerConfigCommand, type BrokerCommandContext } from './broker-commands.ts'
import type { CommandContext } from './command-context.ts'
import { addDatasetCommands } from './dataset-commands.ts'
import { addDeviceCommands } from './device-commands.ts'
import { parseDemoOptions, type DemoOptions } from './demo/demo-options.ts'
import { addLineageCommands } from './lineage-commands.ts'
import { addModelCommands } from './model-commands.ts'
import { addRecipeCommands } from './recipe-commands.ts'
import { addReleaseCommands } from './release-commands.ts'
import { addRolloutCommands } from './rollout-commands.ts'
import { addRunCommands } from './run-commands.ts'
import { addScoreCommands } from './score-commands.ts'
import { EXIT } from './terminal.ts'
import type { SigningContext } from './trust/signing-context.ts'
import { addTrustCommands } from './trust-commands.ts'
import { addTokenCommands } from './token-commands.ts'
import { wholeNumber } from './whole-number.ts'

export type ProgramContext = AccessContext &
  BrokerCommandContext &
  SigningContext &
  CommandContext & {
    readonly defaultHub: string
    /** Ends the hub when whoever started it is gone. */
    readonly stopWithParent: () => void
    readonly runHub: (config: HubConfig) => Promise<Result<void, Refusal>>
    readonly runDemo: (options: DemoOptions) => Promise<Result<void, Refusal>>
  }

export function createProgram(context: ProgramContext): Command {
  const program = new Command('fleetcast')
    .description('models on fleets of edge devices that prove themselves')
    .version(HUB_VERSION)
    .option('--hub <url>', 'the hub to talk to', context.defaultHub)
    .option('--json', 'print JSON instead of text')
    .showHelpAfterError('(add --help for the options)')
    .configureOutput({ writeErr: (text) => context.terminal.error(text.trimEnd()) })
    .exitOverride()
  addDemoCommand(program, context)
  addHubCommand(program, context)
  program.command('agent').description('the daemon of one station (see "fleetcast agent --help")')
  program.command('sim').description('generated weather and simulated fleets (see "fleetcast sim --help")')
  addDeviceCommands(program, context)
  addRecipeCommands(program, context)
  addDatasetCommands(program, context)
  addModelCommands(program, context)
  addRunCommands(program, context)
  addScoreCommands(program, context)
  addLineageCommands(program, context)
  addRolloutCommands(program, context)
  addTrustCommands(program, context)
  addReleaseCommands(program, context)
  addSummaryCommand(program, context)
  addAccessCommands(program, context)
  addTokenCommands(program, context)
  addAuditCommands(program, context)
  program.addHelpText('after', EXAMPLES)
  return program
}

const EXAMPLES = `
Examples:
  fleetcast demo                                   one hub and five stations on this machine
  fleetcast devices list                           what runs where, and how well
  fleetcast rollouts status 2-temperature-24h      verdicts with their numbers
  fleetcast devices add sea --site sea             a join string for a new station`

function finish(context: CommandContext, result: Result<void, Refusal>): void {
  if (result.ok) return
  context.terminal.error(`${result.error.code}: ${result.error.message}`)
  context.exit(EXIT.refused)
}

function addDemoCommand(program: Command, context: ProgramContext): void {
  program
    .command('demo')
    .description('the whole story on this machine: train, ship, prove, roll out')
    .option('--data <file>', 'a CSV (or .csv.gz) of real observations instead of generated weather')
    .option('--sites <file>', 'positions of its stations (JSON); known for the public airport data')
    .option('--state <folder>', 'where everything is kept', '.fleetcast')
    .option('--fresh', 'forget what the state folder holds and start anew', false)
    .option('--headless', 'no fleet that stays up: exit 0 when the story is complete', false)
    .option('--summary <file>', 'write the figures of the story as JSON')
    .option('--speed <hours>', 'event hours a second', '48')
    .option('--gentle-speed <hours>', 'event hours a second when the story has been told', '1')
    .option('--port <port>', 'web API and dashboard', '8080')
    .option('--mqtt-port <port>', 'MQTT broker', '8883')
    .option('--seed <n>', 'seed of the generated weather', '7')
    .option('--recipe <name>', 'the recipe', 'temperature-24h')
    .addHelpText(
      'after',
      '\nExamples:\n  fleetcast demo --fresh\n  fleetcast demo --data airports.csv.gz --headless --summary summary.json',
    )
    .action(async (flags: Record<string, unknown>) => {
      const options = parseDemoOptions(flags)
      finish(context, options.ok ? await context.runDemo(options.value) : options)
    })
}

function addHubCommand(program: Command, context: ProgramContext): void {
  const hub = addApiFlags(program.command('hub'))
    .description('the hub: broker, store, training, rollouts, API and dashboard')
    .option('--state <folder>', 'where everything is kept', HUB_DEFAULTS.stateDir)
    .option('--database <address>', '"sqlite" or postgres://...', HUB_DEFAULTS.database)
    .option('--port <port>', 'web API and dashboard', wholeNumber, HUB_DEFAULTS.httpPort)
    .option('--mqtt-port <port>', 'MQTT broker', wholeNumber, HUB_DEFAULTS.mqttPort)
    .option('--broker <url>', "somebody else's MQTT broker (mqtts://host:8883) instead of the hub's own")
    .option(
      '--host-name <name...>',
      'names and addresses of this hub for its certificate; devices use the first',
    )
    .option(
      '--plan-ms <ms>',
      'how often the planner looks at the evidence',
      wholeNumber,
      HUB_DEFAULTS.planEveryMs,
    )
    .option(
      '--silent-ms <ms>',
      'a station that sends nothing for so long is silent',
      wholeNumber,
      HUB_DEFAULTS.silentAfterMs,
    )
    .option(
      '--block-bytes <bytes>',
      'bundle bytes a second for the whole fleet',
      wholeNumber,
      HUB_DEFAULTS.blockBytesPerSecond,
    )
    .option(
      '--train-minutes <minutes>',
      'a run that takes longer is stopped',
      Number,
      HUB_DEFAULTS.trainingMinutesMax,
    )
    .option(
      '--train-memory-mb <mb>',
      'a run that needs more memory fails',
      wholeNumber,
      HUB_DEFAULTS.trainingMemoryMbMax,
    )
    .option('--data-label <text>', 'shown in the dashboard', HUB_DEFAULTS.dataLabel)
    .option('--with-parent', 'stop when standard input ends')
    .option('--log-level <level>', 'debug, info, warn, error or silent', HUB_DEFAULTS.logLevel)
    .addHelpText('after', '\nExample:\n  fleetcast hub --state /var/lib/fleetcast --port 8080')
    .action(async (flags: HubFlags) => {
      const config = parseHubConfig(settingsOf(flags))
      if (flags.withParent === true) context.stopWithParent()
      finish(context, config.ok ? await context.runHub(config.value) : config)
    })
  addBrokerConfigCommand(hub, context)
}

type HubFlags = ApiFlags & {
  readonly state: string
  readonly database: string
  readonly port: number
  readonly mqttPort: number
  readonly broker?: string
  readonly hostName?: readonly string[]
  readonly planMs: number
  readonly silentMs: number
  readonly blockBytes: number
  readonly trainMinutes: number
  readonly trainMemoryMb: number
  readonly dataLabel: string
  readonly logLevel: string
  readonly withParent?: boolean
}

const settingsOf = (flags: HubFlags): Record<string, unknown> => ({
  stateDir: flags.state,
  database: flags.database,
  ...apiSettings(flags),
  httpPort: flags.port,
  mqttPort: flags.mqttPort,
  broker: flags.broker ?? null,
  hostNames: flags.hostName ?? [],
  planEveryMs: flags.planMs,
  silentAfterMs: flags.silentMs,
  blockBytesPerSecond: flags.blockBytes,
  trainingMinutesMax: flags.trainMinutes,
  trainingMemoryMbMax: flags.trainMemoryMb,
  dataLabel: flags.dataLabel,
  logLevel: flags.logLevel,
})

function addSummaryCommand(program: Command, context: ProgramContext): void {
  program
    .command('summary')
    .description('dataset, models, devices and rollouts in figures (JSON)')
    .action(async (_flags: unknown, command: Command) => {
      const result = await context
        .connect(command.optsWithGlobals<{ hub: string }>().hub)
        .get<unknown>('/api/v1/summary')
      if (result.ok) context.terminal.out(JSON.stringify(result.value, null, 2))
      else finish(context, result)
    })
}
