/** `fleetcast hub broker-config`: the fleet on a broker that is not the hub's own. */
import { InvalidArgumentError, type Command } from 'commander'
import { HUB_DEFAULTS } from '../config/config.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import type { CommandContext } from './command-context.ts'
import { EXIT } from './terminal.ts'

export type BrokerConfigOptions = {
  readonly state: string
  readonly database: string
  readonly out: string
  readonly port: number
  readonly hostNames: readonly string[]
}

/** `crlUntil`: the broker lets nobody in after that day unless the list is written again. */
export type BrokerConfigWritten = {
  readonly isNew: boolean
  /** There was no fleet authority in the state folder: it was made now, with a hub still to come. */
  readonly isNewAuthority: boolean
  readonly revoked: number
  readonly crlUntil: string
}

export type BrokerCommandContext = Pick<CommandContext, 'terminal' | 'exit'> & {
  readonly writeMosquitto: (options: BrokerConfigOptions) => Promise<Result<BrokerConfigWritten, Refusal>>
}

type Flags = Omit<BrokerConfigOptions, 'hostNames'> & { readonly hostName?: readonly string[] }

const port = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new InvalidArgumentError('a port is a whole number from 1 to 65535')
  return value
}

export function addBrokerConfigCommand(hub: Command, context: BrokerCommandContext): void {
  hub
    .command('broker-config')
    .description("writes what somebody else's broker needs: rules, certificates, revocation list")
    .command('mosquitto')
    .description('for Eclipse Mosquitto 2; run it again after every revocation')
    .requiredOption('--out <folder>', "the folder to hand to the broker's user")
    .option('--state <folder>', "the hub's state folder; the hub need not run", HUB_DEFAULTS.stateDir)
    .option('--database <address>', '"sqlite" or postgres://...', HUB_DEFAULTS.database)
    .option('--port <port>', 'the port mosquitto listens on', port, 8883)
    .option('--host-name <name...>', 'by which devices and hub reach the broker (localhost always works)')
    .addHelpText(
      'after',
      '\nExample:\n  fleetcast hub broker-config mosquitto --state /var/lib/fleetcast --out /etc/fleetcast-broker --host-name broker.example',
    )
    .action(async (flags: Flags) => {
      const { hostName = [], ...rest } = { ...flags, ...takenBy(hub) }
      const options = { ...rest, hostNames: hostName }
      const result = await context.writeMosquitto(options)
      if (result.ok) return context.terminal.out(nextSteps(options, result.value))
      context.terminal.error(`${result.error.code}: ${result.error.message}`)
      return context.exit(EXIT.refused)
    })
}

/** `hub` has options of the same names, and commander gives the words to the outer command. */
const takenBy = (hub: Command): Partial<Flags> =>
  Object.fromEntries(
    Object.entries(hub.opts<Partial<Flags>>()).filter(
      ([name]) => SHARED.includes(name) && hub.getOptionValueSource(name) === 'cli',
    ),
  )
const SHARED = ['state', 'database', 'port', 'hostName']

/** What is left to do, word for word. */
export function nextSteps(
  { out, state, database, port, hostNames }: BrokerConfigOptions,
  { isNew, isNewAuthority, revoked, crlUntil }: BrokerConfigWritten,
): string {
  const place = `--state ${state}${database === HUB_DEFAULTS.database ? '' : ` --database ${withoutPassword(database)}`}`
  const refresh = `fleetcast hub broker-config mosquitto ${place} --out ${out} --port ${port}${hostNames.length > 0 ? ` --host-name ${hostNames.join(' ')}` : ''}`
  const again = `The revocation list names ${revoked} ${revoked === 1 ? 'device' : 'devices'} and is good until ${crlUntil}; after that mosquitto lets nobody in.
After every "fleetcast devices revoke", and long before that day:
  ${refresh}
  kill -HUP "$(pidof mosquitto)"
A device that is connected stays so until it reconnects; the hub ignores it from the moment of its revocation.`
  if (!isNew) return `${out} is up to date.\n\n${again}`
  return `${out} is ready.${isNewAuthority ? ` The fleet's authority was made now, in ${state}/trust; keep it.` : ''}

1. Give it to the broker's user, who alone may read the private key:
     chown -R mosquitto: ${out}
2. Start the broker:
     mosquitto -c ${out}/mosquitto.conf
3. Start the hub on it; devices that enrol from now on are sent there:
     fleetcast hub ${place} --broker mqtts://${hostNames[0] ?? 'localhost'}:${port}

${again}`
}

/** What is printed may be kept; PostgreSQL also takes a password from PGPASSWORD or its password file. */
function withoutPassword(database: string): string {
  const url = new URL(database)
  url.password = ''
  return url.href
}
