#!/usr/bin/env node
/** `sim generate` and `sim fleet`. */
import { Command, CommanderError } from 'commander'
import * as z from 'zod'
import { epochMs } from '@fleetcast/shared/units.ts'
import { printError, printLine } from './adapters/command-lines.ts'
import { EXIT, runFleetProgram, type FleetOptions } from './adapters/fleet-program.ts'
import { writeSites, writeWeather } from './adapters/write-weather.ts'
import { SPEED_MAX } from './fleet/commands.ts'
import { GENERATED_STATIONS } from './weather/generated-stations.ts'

const seed = z.coerce.number().int().min(0).max(4_294_967_295)
const instant = z.iso
  .datetime({ error: 'an ISO time such as 2022-01-01T00:00:00Z' })
  .transform((text) => epochMs(Date.parse(text)))
const firstYear = z.coerce.number().int().min(1900).max(2100)
const years = z.coerce.number().int().min(1).max(30)

const GenerateFlags = z.object({ out: z.string(), sitesOut: z.string().optional(), seed, firstYear, years })

const FleetFlags = z
  .object({
    stations: z.string(),
    state: z.string(),
    data: z.string().optional(),
    generate: seed.optional(),
    firstYear,
    years,
    from: instant,
    until: instant.optional(),
    speed: z.coerce.number().positive().max(SPEED_MAX),
    flushMs: z.coerce.number().int().min(10).max(3_600_000),
    mqttUrl: z.url({ protocol: /^mqtts$/ }).optional(),
    faults: z.string().optional(),
    seed,
    withParent: z.boolean().default(false),
    logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
  })
  .refine((flags) => (flags.data === undefined) !== (flags.generate === undefined), {
    path: ['data'],
    message: 'give either --data or --generate',
  })

const EXAMPLES = `
Examples:
  fleetcast sim generate --out history.csv.gz --sites-out sites.json --seed 7
  fleetcast sim fleet --stations stations.json --data history.csv.gz --from 2022-01-01T00:00:00Z --speed 60

While a fleet runs, lines of standard input steer it:
  {"cmd":"speed","hoursPerSecond":60}   {"cmd":"hold"}   {"cmd":"go"}   {"cmd":"stop"}
  {"cmd":"fault","device":"harbor","fault":{"kind":"dead","channel":"humidity"}}`

/** Runs the command line; resolves with the exit code. */
export async function runSim(argv: readonly string[], interrupted: AbortSignal): Promise<number> {
  let exitCode: number = EXIT.done
  const program = new Command('sim')
    .description('generated weather and simulated sensors under the real agent')
    .exitOverride()
    .addHelpText('after', EXAMPLES)
  addWorldOptions(
    program.command('generate').description('write generated weather (not real) as a history table'),
  )
    .requiredOption('--out <file>', 'the table, packed when the name ends with .gz')
    .option('--sites-out <file>', 'the positions of its stations, JSON')
    .option('--seed <n>', 'same seed, same weather', '7')
    .action(async (flags: unknown) => {
      exitCode = await withFlags(GenerateFlags, flags, generate)
    })
  addFleetOptions(
    addWorldOptions(program.command('fleet').description('replay a table to a fleet of real agents')),
  ).action(async (flags: unknown) => {
    exitCode = await withFlags(
      FleetFlags,
      flags,
      async (checked) => await runFleetProgram(fleetOptions(checked), interrupted),
    )
  })
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode
    // A station that failed (a full disk, say) ends the program; its state is whole and a new start resumes it.
    printError(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
    return EXIT.failed
  }
  return exitCode
}

const addWorldOptions = (command: Command): Command =>
  command
    .option('--first-year <year>', 'first year of generated weather', '2020')
    .option('--years <n>', 'years of generated weather', '3')

const addFleetOptions = (command: Command): Command =>
  command
    .requiredOption('--stations <file>', 'JSON: [{"device", "joinString", "stateDir"}]')
    .option('--state <dir>', 'folder of the stations that name none', './stations')
    .option('--data <file>', 'table to replay (.csv or .csv.gz)')
    .option('--generate <seed>', 'replay generated weather instead')
    .requiredOption('--from <time>', 'first event time (ISO)')
    .option('--until <time>', 'end of the replay (ISO, exclusive)')
    .option('--speed <n>', 'event hours a second', '60')
    .option('--flush-ms <ms>', 'pause between two looks at what there is to send', '1000')
    .option('--mqtt-url <url>', 'where the broker is now, when enrolment said otherwise')
    .option('--faults <file>', 'JSON: {"device": [fault, ...]}')
    .option('--seed <n>', 'seed of the faults', '7')
    .option('--with-parent', 'stop when standard input ends; stay up after the last hour')
    .option('--log-level <level>', 'of the agents, on standard error', 'warn')

async function withFlags<T>(
  schema: z.ZodType<T>,
  flags: unknown,
  run: (checked: T) => Promise<number>,
): Promise<number> {
  const parsed = schema.safeParse(flags)
  if (parsed.success) return await run(parsed.data)
  const [issue] = parsed.error.issues
  const name = String(issue?.path[0] ?? '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  printError(`sim/badOption: --${name}: ${issue?.message}`)
  return EXIT.refused
}

async function generate(flags: z.infer<typeof GenerateFlags>): Promise<number> {
  const options = { ...flags, stations: GENERATED_STATIONS }
  const rows = await writeWeather(flags.out, options)
  if (flags.sitesOut !== undefined) await writeSites(flags.sitesOut, options)
  printLine({
    kind: 'generated',
    label: 'generated weather, not real',
    file: flags.out,
    rows,
    stations: GENERATED_STATIONS.map(({ id }) => id),
  })
  return EXIT.done
}

function fleetOptions(flags: z.infer<typeof FleetFlags>): FleetOptions {
  const {
    data,
    generate: generated,
    firstYear: first,
    years: count,
    until,
    withParent,
    speed,
    ...rest
  } = flags
  return {
    ...rest,
    mqttUrl: rest.mqttUrl ?? null,
    data: data ?? null,
    generate: { seed: generated ?? 0, firstYear: first, years: count },
    until: until ?? epochMs(flags.from + 10 * 366 * 86_400_000),
    hoursPerSecond: speed,
    isWithParent: withParent,
  }
}

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
process.exitCode = await runSim(process.argv.slice(2), interrupted.signal)
// Standard input that nobody closes would keep a stopped fleet alive.
process.exit()
