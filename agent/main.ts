#!/usr/bin/env node
/** `agent join` and `agent run`: one station as a process of its own. */
import { createInterface } from 'node:readline'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { feedLines } from './adapters/reading-lines.ts'
import { startLocalServer, type LocalServer } from './adapters/local-server.ts'
import { createJoinPorts, createNodePorts } from './adapters/node-ports.ts'
import { createPinoLog } from './adapters/pino-log.ts'
import { createAgent } from './agent.ts'
import { AGENT_VERSION } from './config/agent-version.ts'
import { parseSettings } from './config/agent-settings.ts'
import { joinHub } from './enrolment/join-hub.ts'
import type { Refusal } from '@fleetcast/shared/result.ts'

type RunOptions = {
  readonly state: string
  readonly join?: string
  readonly sensors?: string
  readonly localPort?: number
  readonly flushMs?: string
  readonly set?: readonly string[]
  readonly mqttUrl?: string
  readonly hubUrl?: string
  readonly logLevel: string
}

const EXAMPLES = `
Examples:
  agent join fleetcast-join:... --state /var/lib/fleetcast
  agent run --state /var/lib/fleetcast --local-port 8181
  sensors | agent run --state ./station --sensors -`

/** Runs the command line, resolves with the exit code. */
export async function runAgentCli(argv: readonly string[]): Promise<number> {
  let exitCode = 0
  const program = new Command('agent').version(AGENT_VERSION).exitOverride()
  program
    .command('join <string>')
    .description('enrol this station; the join string ("-": from standard input) works once')
    .requiredOption('--state <dir>', 'folder of everything the station keeps')
    .action(async (text: string, { state }: { state: string }) => {
      exitCode = await joinStation(text === '-' ? await readLine() : text, state)
    })
  program
    .command('run')
    .description('run the agent of one station until SIGTERM or SIGINT')
    .requiredOption('--state <dir>', 'folder of everything the station keeps')
    .option('--join <string>', 'join string, needed once')
    .option('--sensors <file>', 'readings as JSON lines from a file, "-" for standard input')
    .option('--local-port <port>', 'local API on 127.0.0.1 (0 takes a free one)', toPort)
    .option('--flush-ms <ms>', 'pause between two looks at what there is to send')
    .option('--mqtt-url <url>', 'where the broker is now, when enrolment said otherwise')
    .option('--hub-url <url>', "where the hub's API is now, when enrolment said otherwise")
    .option('--set <key=value...>', 'any other setting')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .addHelpText('after', EXAMPLES)
    .action(async (options: RunOptions) => {
      exitCode = await runStation(options)
    })
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode
    return complain({
      code: 'agent/notStarted',
      message: String(cause instanceof Error ? cause.message : cause),
    })
  }
  return exitCode
}

async function joinStation(joinString: string, stateDir: string): Promise<number> {
  const joined = await joinHub(createJoinPorts(stateDir), joinString)
  if (!joined.ok) return complain(joined.error)
  const { device, site } = joined.value
  process.stdout.write(`${device} is enrolled at site ${site}; "agent run --state ${stateDir}" starts it\n`)
  return 0
}

/** The first line of standard input: a secret among the arguments could be read in a list of processes. */
async function readLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line.trim()
  return ''
}

async function runStation(options: RunOptions): Promise<number> {
  const settings = parseSettings(settingsOf(options))
  if (!settings.ok) return complain(settings.error)
  const joined = await joinHub(createJoinPorts(options.state), options.join ?? null)
  if (!joined.ok) return complain(joined.error)
  const { mqttUrl, hubUrl } = { ...joined.value, ...options }
  const enrolment = { ...joined.value, mqttUrl, hubUrl }
  const log = createPinoLog(options.logLevel)
  const ports = await createNodePorts({ stateDir: options.state, enrolment, log })
  const agent = createAgent(ports, { enrolment, settings: settings.value })
  const stop = stopSignal()
  await agent.start()
  const server =
    options.localPort === undefined ? null : await startLocalServer(agent, options.localPort, log)
  const { device } = enrolment
  log.info({ device, localPort: server?.port, startMs: Math.round(performance.now()) }, 'agent up')
  const feeding =
    options.sensors === undefined ? null : feedLines(agent, { source: options.sensors, log }, stop)
  feeding?.catch((cause: unknown) => log.error({ cause }, 'the readings cannot be read'))
  await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }))
  await closeAll(server, async () => await agent.stop())
  log.info({ device }, 'agent stopped')
  return 0
}

async function closeAll(server: LocalServer | null, stop: () => Promise<void>): Promise<void> {
  await server?.close()
  await stop()
}

function toPort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new InvalidArgumentError('a port is a whole number from 0 to 65535')
}

function settingsOf({ flushMs, set = [] }: RunOptions): Record<string, unknown> {
  const pairs = set.map((pair) => {
    const at = pair.indexOf('=')
    return [pair.slice(0, at), Number(pair.slice(at + 1))] as const
  })
  return { ...Object.fromEntries(pairs), ...(flushMs === undefined ? {} : { flushMs: Number(flushMs) }) }
}

function complain({ code, message }: Refusal): number {
  process.stderr.write(`${code}: ${message}\n`)
  return 1
}

/** Aborted by SIGTERM or SIGINT. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => controller.abort())
  return controller.signal
}

process.exitCode = await runAgentCli(process.argv.slice(2))
// Standard input that nobody closes would keep a stopped station alive.
process.exit()
