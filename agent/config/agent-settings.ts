/** What can be set at an agent; everything has a default that suits a real station. */
import * as z from 'zod'
import type { Enrolment } from '@fleetcast/shared/protocol/enrolment.ts'
import { BLOCK_WINDOW_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'

const duration = (least: number, most: number, otherwise: number) =>
  z.int().min(least).max(most).default(otherwise)

export const AgentSettings = z
  .strictObject({
    /** Wall time between two looks at what there is to send. */
    flushMs: duration(10, 3_600_000, 5_000),
    /** An unchanged status is sent again after this wall time. */
    statusMs: duration(100, 3_600_000, 30_000),
    /** Telemetry messages kept while the hub does not confirm; the oldest is dropped and counted. */
    spoolMessagesMax: z.int().min(1).max(1_000_000).default(20_000),
    /** Days of readings kept for windows and backtests. */
    ringDays: z.int().min(1).max(3_660).default(400),
    /** Wall time one forecast may take in a trial. */
    latencyBudgetMs: duration(1, 60_000, 1_000),
    /** Forecasts a new champion must give without a fault before it is kept. */
    trialForecasts: z.int().min(1).max(10_000).default(24),
    /** Forecasts over the latency budget that a trial forgives. */
    trialSlowMax: z.int().min(0).max(10_000).default(3),
    /** Blocks asked for at once. */
    blockWindow: z.int().min(1).max(BLOCK_WINDOW_MAX).default(BLOCK_WINDOW_MAX),
    /** Missing blocks are asked for again after this time. */
    requestTimeoutMs: duration(10, 600_000, 5_000),
    downloadAttemptsMax: z.int().min(1).max(100).default(5),
    /** Shortest and longest pause before a download is tried again. */
    retryMinMs: duration(1, 3_600_000, 2_000),
    retryMaxMs: duration(1, 3_600_000, 60_000),
    /** A download or a file of metadata slower than this over a whole `rateWindowMs` is given up for now. */
    bytesPerSecondMin: z.int().min(1).max(1_000_000_000).default(5_000),
    rateWindowMs: duration(10, 3_600_000, 60_000),
    /** Kind of device, as the release key names it in what it signs. */
    hardware: z.string().min(1).max(63).default('generic'),
    /** none: this device's clock is not to be relied on; only a fresh answer of the director is. */
    clock: z.enum(['system', 'none']).default('system'),
    /** What becomes of a model that serves and is revoked: it stays, the baseline takes over, or nothing answers. */
    revokedModel: z.enum(['keep', 'fallback', 'stop']).default('keep'),
    /** Signed metadata are asked for this often, also when nobody hints that there is something new. */
    trustCheckMs: duration(100, 7 * 86_400_000, 6 * 3_600_000),
    /** Shortest pause between two checks, however many hints come. */
    trustPauseMs: duration(1, 3_600_000, 1_000),
    /** Longest pause after checks that failed. */
    trustRetryMaxMs: duration(1, 86_400_000, 15 * 60_000),
    /** One check of both repositories takes this long at most. */
    trustDeadlineMs: duration(10, 3_600_000, 5 * 60_000),
    /** Decorrelated jitter between two connection attempts. */
    reconnectMinMs: duration(1, 3_600_000, 1_000),
    reconnectMaxMs: duration(1, 3_600_000, 60_000),
  })
  .refine((settings) => settings.retryMinMs <= settings.retryMaxMs, {
    path: ['retryMaxMs'],
    message: 'must not be below retryMinMs',
  })
  .refine((settings) => settings.reconnectMinMs <= settings.reconnectMaxMs, {
    path: ['reconnectMaxMs'],
    message: 'must not be below reconnectMinMs',
  })
export type AgentSettings = z.infer<typeof AgentSettings>

/** One station: who it is and how its agent is set. */
export type AgentConfig = { readonly enrolment: Enrolment; readonly settings: AgentSettings }

/** Reads settings; a wrong key is named together with what is allowed. */
export function parseSettings(input: unknown): Result<AgentSettings, Refusal<'config/invalid'>> {
  const parsed = AgentSettings.safeParse(input)
  if (parsed.success) return ok(parsed.data)
  const issue = parsed.error.issues[0]!
  const isUnknown = issue.code === 'unrecognized_keys'
  const at = isUnknown ? issue.keys.join(', ') : issue.path.join('.')
  const hint = isUnknown ? `allowed keys: ${Object.keys(AgentSettings.shape).join(', ')}` : issue.message
  return refuse('config/invalid', `setting ${at}: ${hint}`, at)
}
