/** The hub's settings, checked once at start; a wrong key is named together with what is allowed. */
import * as z from 'zod'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { isAnyHost, isLoopback, LOOPBACK_HOSTS } from './public-url.ts'

const port = z.int('a whole number').min(0, 'from 0 (any free port)').max(65_535, 'up to 65535')

const Settings = z.strictObject({
  /** Everything the hub keeps: database, blobs, datasets, keys. */
  stateDir: z.string().min(1),
  /** `sqlite` (a file in the state folder) or a postgres:// address. */
  database: z.union([
    z.literal('sqlite'),
    z.string().regex(/^postgres(ql)?:\/\//, '"sqlite" or a postgres:// address'),
  ]),
  /** Address to listen on; anything but loopback needs TLS. */
  host: z.string().min(1).max(253),
  httpPort: port,
  /** PEM files of the API's certificate and key; `fleet`: those of the hub's own authority; null: plain HTTP. */
  tls: z.union(
    [
      z.strictObject({ certificate: z.string().min(1), key: z.string().min(1) }),
      z.literal('fleet'),
      z.null(),
    ],
    'give --tls-cert together with --tls-key, or --tls-fleet alone',
  ),
  /** How people reach the dashboard when that is not host and port: for links, and the host name that is answered. */
  publicUrl: z.union([
    z.null(),
    z
      .string()
      .max(300)
      .regex(/^https?:\/\/[\w.[\]:-]+$/, 'https://name or https://name:port, without a path'),
  ]),
  /** Makes the user `demo`, who needs no password. */
  isDemo: z.boolean(),
  /** Where the demo user's token is written. */
  credentialsOut: z.string().min(1).nullable(),
  mqttPort: port,
  /** Where devices and hub meet when that is not the hub's own broker: `mqtts://host:8883`. */
  broker: z
    .url({ protocol: /^mqtts$/, error: 'an address like mqtts://broker.example:8883, or left out' })
    .nullable(),
  /** Names and addresses by which devices reach this hub, beside loopback: in its certificate; the first is told to devices. */
  hostNames: z
    .array(z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'a host name or an address, without a port'))
    .max(16),
  /** How often the planner looks at the evidence. */
  planEveryMs: z.int().min(50).max(600_000),
  /** A device that sent nothing for this long is silent. */
  silentAfterMs: z.int().min(1_000),
  /** A station whose newest reading is this many hours behind the fleet's is silent, whatever it sends. */
  behindHoursMax: z.number().min(1),
  /** Global limit of bundle bytes a second. */
  blockBytesPerSecond: z.int().min(65_536),
  /** Limits of one run's process. */
  trainingMinutesMax: z
    .number('a number of minutes')
    .positive('more than 0')
    .max(20_160, 'two weeks at most'),
  trainingMemoryMbMax: z
    .int('a whole number')
    .min(512, 'at least 512: the program itself takes half of that'),
  /** Shown in the dashboard: where the readings come from. */
  dataLabel: z.string().max(80),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
})

/** Checked settings; what travels over a network is encrypted. */
export const HubConfig = Settings.superRefine(({ host, tls, publicUrl, isDemo, credentialsOut }, context) => {
  const complain = (key: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [key], message })
  if (!isLoopback(host) && tls === null)
    complain(
      'host',
      `${host} is not on this machine (${LOOPBACK_HOSTS.join(', ')}), so it needs TLS: add --tls-fleet, or --tls-cert and --tls-key`,
    )
  if (isAnyHost(host) && publicUrl === null)
    complain('publicUrl', `${host} names no place: say with --public-url how this hub is reached`)
  if (tls !== null && publicUrl?.startsWith('http:') === true)
    complain('publicUrl', 'with TLS the address begins with https://')
  if (credentialsOut !== null && !isDemo) complain('credentialsOut', 'only with --demo')
})
export type HubConfig = z.infer<typeof HubConfig>

export const HUB_DEFAULTS: HubConfig = {
  stateDir: '.fleetcast/hub',
  database: 'sqlite',
  host: '127.0.0.1',
  httpPort: 8080,
  mqttPort: 8883,
  broker: null,
  hostNames: [],
  tls: null,
  publicUrl: null,
  isDemo: false,
  credentialsOut: null,
  planEveryMs: 5_000,
  silentAfterMs: 15 * 60_000,
  behindHoursMax: 12,
  blockBytesPerSecond: 50_000_000,
  trainingMinutesMax: 30,
  trainingMemoryMbMax: 4_096,
  dataLabel: '',
  logLevel: 'info',
}

/** Checks settings over the defaults; the refusal lists every wrong key. */
export function parseHubConfig(
  settings: Record<string, unknown>,
): Result<HubConfig, Refusal<'config/invalid'>> {
  const parsed = HubConfig.safeParse({ ...HUB_DEFAULTS, ...settings })
  if (parsed.success) return ok(parsed.data)
  const problems = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.join(', ')}: no such setting; known are ${Object.keys(HUB_DEFAULTS).join(', ')}`
      : `${issue.path.join('.')}: ${issue.message}`,
  )
  return refuse('config/invalid', problems.join('; '))
}
