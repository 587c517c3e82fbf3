/** The flags of `fleetcast hub` about how its API is reached, and by whom in the demo. */
import type { Command } from 'commander'
import { HUB_DEFAULTS } from '../config/config.ts'

/** Adds the flags to the command. */
export const addApiFlags = (command: Command): Command =>
  command
    .option('--host <name>', 'address to listen on; beyond this machine only with TLS', HUB_DEFAULTS.host)
    .option('--tls-cert <file>', 'serve the API over TLS with this certificate (PEM)')
    .option('--tls-key <file>', 'and this key (PEM)')
    .option('--tls-fleet', "serve the API over TLS with a certificate of the hub's own authority")
    .option('--public-url <url>', 'how people reach the dashboard, when not by host and port')
    .option('--demo', 'make the user "demo", who may do everything without a password')
    .option('--credentials-out <file>', "where the demo user's token is written (0600)")

export type ApiFlags = {
  readonly host: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly tlsFleet?: boolean
  readonly publicUrl?: string
  readonly demo?: boolean
  readonly credentialsOut?: string
}

/** As settings; `parseHubConfig` judges them. */
export const apiSettings = (flags: ApiFlags): Record<string, unknown> => ({
  host: flags.host,
  tls: tlsSetting(flags),
  publicUrl: flags.publicUrl?.replace(/\/+$/, '') ?? null,
  isDemo: flags.demo === true,
  credentialsOut: flags.credentialsOut ?? null,
})

/** Half a pair stays half, so that the check names what is missing. */
function tlsSetting({ tlsCert, tlsKey, tlsFleet }: ApiFlags): unknown {
  if (tlsCert !== undefined || tlsKey !== undefined) return { certificate: tlsCert, key: tlsKey }
  return tlsFleet === true ? 'fleet' : null
}
