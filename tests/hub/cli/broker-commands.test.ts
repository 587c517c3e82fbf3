import { Command } from 'commander'
import { expect, test } from 'vitest'
import {
  addBrokerConfigCommand,
  nextSteps,
  type BrokerConfigOptions,
} from '../../../hub/cli/broker-commands.ts'
import { HUB_DEFAULTS } from '../../../hub/config/config.ts'

/** What the words of a command line ask for, below a `hub` with options of the same names. */
async function asked(...words: readonly string[]): Promise<BrokerConfigOptions> {
  const options: BrokerConfigOptions[] = []
  const program = new Command().option('--json').exitOverride()
  const hub = program
    .command('hub')
    .option('--state <folder>', '', HUB_DEFAULTS.stateDir)
    .option('--port <port>', '', Number, HUB_DEFAULTS.httpPort)
    .option('--host-name <name...>', '')
  addBrokerConfigCommand(hub, {
    terminal: { out: () => {}, error: () => {}, isInteractive: false },
    exit: () => {},
    writeMosquitto: async (one) => {
      options.push(one)
      return {
        ok: true,
        value: { isNew: true, isNewAuthority: false, revoked: 0, crlUntil: '2030-01-01' },
      }
    },
  })
  await program.parseAsync(['hub', 'broker-config', 'mosquitto', ...words], { from: 'user' })
  return options[0]!
}

test('has defaults of its own, not those of the hub', async () => {
  expect(await asked('--out', 'b')).toEqual({
    state: HUB_DEFAULTS.stateDir,
    database: 'sqlite',
    out: 'b',
    port: 8883,
    hostNames: [],
  })
})

test('takes the options that hub has too', async () => {
  expect(
    await asked('--state', 's', '--out', 'b', '--port', '9000', '--host-name', 'one.example', 'two.example'),
  ).toMatchObject({ state: 's', port: 9_000, hostNames: ['one.example', 'two.example'] })
})

const OPTIONS = {
  state: '/var/lib/fleetcast',
  database: 'sqlite',
  out: '/etc/broker',
  port: 8_883,
  hostNames: ['broker.example'],
}

test('says word for word what is left to do', () => {
  const written = { isNew: true, isNewAuthority: true, revoked: 1, crlUntil: '2030-01-01' }
  expect(nextSteps(OPTIONS, written)).toMatchInlineSnapshot(`
    "/etc/broker is ready. The fleet's authority was made now, in /var/lib/fleetcast/trust; keep it.

    1. Give it to the broker's user, who alone may read the private key:
         chown -R mosquitto: /etc/broker
    2. Start the broker:
         mosquitto -c /etc/broker/mosquitto.conf
    3. Start the hub on it; devices that enrol from now on are sent there:
         fleetcast hub --state /var/lib/fleetcast --broker mqtts://broker.example:8883

    The revocation list names 1 device and is good until 2030-01-01; after that mosquitto lets nobody in.
    After every "fleetcast devices revoke", and long before that day:
      fleetcast hub broker-config mosquitto --state /var/lib/fleetcast --out /etc/broker --port 8883 --host-name broker.example
      kill -HUP "$(pidof mosquitto)"
    A device that is connected stays so until it reconnects; the hub ignores it from the moment of its revocation."
  `)
})

test('says how to renew the revocation list when nothing else is left', () => {
  const written = { isNew: false, isNewAuthority: false, revoked: 2, crlUntil: '2030-01-01' }
  expect(nextSteps(OPTIONS, written)).toMatchInlineSnapshot(`
    "/etc/broker is up to date.

    The revocation list names 2 devices and is good until 2030-01-01; after that mosquitto lets nobody in.
    After every "fleetcast devices revoke", and long before that day:
      fleetcast hub broker-config mosquitto --state /var/lib/fleetcast --out /etc/broker --port 8883 --host-name broker.example
      kill -HUP "$(pidof mosquitto)"
    A device that is connected stays so until it reconnects; the hub ignores it from the moment of its revocation."
  `)
})

test('names the database in every command, but no password', () => {
  const written = { isNew: true, isNewAuthority: false, revoked: 0, crlUntil: '2030-01-01' }
  const text = nextSteps({ ...OPTIONS, database: 'postgres://fleet:secret@db.example/fleet' }, written)
  expect(text.match(/--database postgres:\/\/fleet@db.example\/fleet/g)).toHaveLength(2)
  expect(text).not.toContain('secret')
})
