/** The hub's settings, checked once at start; a wrong key is named together with what is allowed. */
import * as z from 'zod'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

const port = z.int('a whole number').min(0, 'from 0 (any free port)').max(65_535, 'up to 65535')
const LOOPBACK = ['127.0.0.1', 'localhost', '::1']

export const HubConfig = z.strictObject({
  /** Everything the hub keeps: database, blobs, datasets, keys. */
  stateDir: z.string().min(1),
  /** `sqlite` (a file in the state folder) or a postgres:// address. */
  database: z.union([
    z.literal('sqlite'),
    z.string().regex(/^postgres(ql)?:\/\//, '"sqlite" or a postgres:// address'),
  ]),
  host: z.enum(LOOPBACK as [string, ...string[]], {
    error: `one of ${LOOPBACK.join(', ')}: the API has no sign-in yet, so it listens on this machine only`,
  }),
  httpPort: port,
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
  trainingMinutesMax: z.number().positive(),
  /** Shown in the dashboard: where the readings come from. */
  dataLabel: z.string().max(80),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']),
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
  planEveryMs: 5_000,
  silentAfterMs: 15 * 60_000,
  behindHoursMax: 12,
  blockBytesPerSecond: 50_000_000,
  trainingMinutesMax: 30,
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
