/**
 * Telemetry: at-least-once, numbered per device, deduplicated by (device, sequence). Every record is an increment
 * that adds to what was sent before, so batches can be cut anywhere. JSON on `up/telemetry`, QoS 1.
 */
import * as z from 'zod'
import { BundleDigest, DeviceId, Sha256 } from '../ids.ts'
import { CLASSES_MAX } from '../recipe/classes.ts'
import { ChannelName, RecipeName } from '../recipe/recipe.ts'
import { READINGS_ROWS_MAX, TELEMETRY_RECORDS_MAX } from './limits.ts'

/** Far beyond any honest value, and small enough that a hub may add them for ever without losing its sums. */
const COUNT_MAX = 1e9
const SUM_MAX = 1e15
/** The year 2100: one device with a broken clock must not carry a fleet's time away. */
const EVENT_TIME_MAX = 4_102_444_800_000

const day = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'a UTC day is YYYY-MM-DD')
const finite = z.number().min(-SUM_MAX).max(SUM_MAX)
const count = z.int().min(0).max(COUNT_MAX)
const channel = z.string().min(1).max(40)
const eventTime = z.int().min(0).max(EVENT_TIME_MAX)

/**
 * Verified forecasts of one model beside a reference on the same pairs, for one UTC day of the target time.
 * e = forecast - truth of the model, r of the reference, d = |e| - |r|; units of the target. Of a probability, for whose event the
 * truth is 1 or 0, the squares of e and r stand where their sizes stand otherwise; of classes their ranked probability scores, and e is
 * the mean place that was said less the true one.
 */
export const EvidenceRecord = z.strictObject({
  kind: z.literal('evidence'),
  model: BundleDigest,
  /** `persistence`, or the bundle that served at the time. */
  reference: z.union([z.literal('persistence'), BundleDigest]),
  /** backtest: replayed over the ring buffer; shadow: live, not served; served: the station's own forecast. */
  source: z.enum(['backtest', 'shadow', 'served']),
  day,
  n: count.min(1),
  sumError: finite,
  sumAbs: finite.min(0),
  sumSquared: finite.min(0),
  sumAbsReference: finite.min(0),
  sumDifference: finite,
  sumDifferenceSquared: finite.min(0),
  /** Forecasts of the model that had bounds, and how many of them held the truth. */
  intervals: count.optional(),
  covered: count.optional(),
})
export type EvidenceRecord = z.infer<typeof EvidenceRecord>

/** What became of the forecasts of one day: counts of the station's served forecast. */
export const LedgerRecord = z.strictObject({
  kind: z.literal('ledger'),
  day,
  issued: count,
  verified: count,
  /** The sensor's truth failed quality control. */
  unverifiable: count,
  /** The truth never came. */
  expired: count,
})
export type LedgerRecord = z.infer<typeof LedgerRecord>

/** One channel's readings of one UTC day: counts between the edges that `edges` names, and the quality counters. */
export const ProfileRecord = z.strictObject({
  kind: z.literal('profile'),
  channel,
  day,
  /** Digest of the edges; profiles of other edges are never merged. Null before any bundle brought edges. */
  edges: Sha256.nullable(),
  counts: z.array(count).max(64),
  missing: count,
  invalid: count,
  n: count,
  sum: finite,
  sumSquared: finite,
  min: finite.nullable(),
  max: finite.nullable(),
})
export type ProfileRecord = z.infer<typeof ProfileRecord>

export const ChannelHealth = z.strictObject({
  channel,
  /** dead: nothing arrives; failing: what arrives fails quality control (range, step, flatline). */
  state: z.enum(['ok', 'dead', 'failing']),
  reason: z.enum(['none', 'missing', 'range', 'step', 'flatline']),
  /** Event time of the last valid value; null when there was none. */
  lastValidAt: eventTime.nullable(),
})
export type ChannelHealth = z.infer<typeof ChannelHealth>

/** How the installation of a wanted bundle stands. */
export const BundleStatus = z.strictObject({
  digest: BundleDigest,
  state: z.enum(['downloading', 'verifying', 'selfTesting', 'installed', 'rejected']),
  /** Share of the bytes on disk, 0..1. */
  progress: z.number().min(0).max(1),
  code: z.string().max(64).nullable(),
  message: z.string().max(400).nullable(),
})
export type BundleStatus = z.infer<typeof BundleStatus>

/** What the serving model says now, of a recipe that predicts classes. Persistence is not told: it would give a reading away. */
export const ClassForecast = z.strictObject({
  targetAt: eventTime,
  /** The likeliest. */
  class: z.string().max(30),
  /** Of every class, the lowest first. */
  probabilities: z
    .array(z.strictObject({ class: z.string().max(30), probability: z.number().min(0).max(1) }))
    .min(2)
    .max(CLASSES_MAX),
})
export type ClassForecast = z.infer<typeof ClassForecast>

/** The reported state: the last one counts. */
export const StatusRecord = z.strictObject({
  kind: z.literal('status'),
  /** Event time of the newest reading; null before the first. */
  at: eventTime.nullable(),
  /** Version of the director's targets in force: unix seconds; 0 for none yet. */
  generation: z.int().min(0).max(0xffff_ffff),
  serving: BundleDigest.nullable(),
  servingState: z.enum(['baseline', 'trial', 'committed']),
  candidate: BundleDigest.nullable(),
  candidateState: z.enum(['none', 'installing', 'backtesting', 'shadowing']),
  bundles: z.array(BundleStatus).max(8),
  channels: z.array(ChannelHealth).max(32),
  agentVersion: z.string().max(40),
  rssMb: z.number().min(0),
  /** True while the trusted root says that its keys were made for a demonstration. */
  demoTrust: z.boolean().optional(),
  forecast: ClassForecast.optional(),
})
export type StatusRecord = z.infer<typeof StatusRecord>

/** Something happened that an operator may want to read: `update/rolledBack`, `inference/nonFinite`, ... */
export const EventRecord = z.strictObject({
  kind: z.literal('event'),
  at: eventTime.nullable(),
  code: z.string().regex(/^[a-z][a-zA-Z]*\/[a-zA-Z]+$/),
  severity: z.enum(['info', 'warning', 'error']),
  message: z.string().max(400),
})
export type EventRecord = z.infer<typeof EventRecord>

/**
 * Readings of consecutive intervals as the sensors gave them, beside what quality control said of each value: nothing is
 * left out because it looked wrong. Only stations whose recipe says `collect: { readings: true }` send them. A missing
 * interval ends a record, so a record has no empty rows but those where a reading came without any value.
 */
export const ReadingsRecord = z
  .strictObject({
    kind: z.literal('readings'),
    recipe: RecipeName,
    /** Order of the values in every row. */
    channels: z.array(ChannelName).min(1).max(32),
    /** Event time of the first row; the others follow every `stepMinutes`. */
    startAt: eventTime,
    stepMinutes: z.int().min(1).max(1440),
    /** In the recipe's units; null where nothing came. */
    values: z.array(z.array(z.number().nullable()).max(32)).min(1).max(READINGS_ROWS_MAX),
    /** One text a row with one letter a channel (o ok, m missing, r range, s step, f flatline); left out while all are ok or missing. */
    flags: z
      .array(z.string().regex(/^[omrsf]{1,32}$/))
      .max(READINGS_ROWS_MAX)
      .optional(),
  })
  .refine(({ channels }) => new Set(channels).size === channels.length, 'a channel is named twice')
  .refine(
    ({ channels, values }) => values.every((row) => row.length === channels.length),
    'every row has one value a channel',
  )
  .refine(
    ({ channels, values, flags }) =>
      flags === undefined ||
      (flags.length === values.length && flags.every((row) => row.length === channels.length)),
    'flags have one text a row and one letter a channel',
  )
export type ReadingsRecord = z.infer<typeof ReadingsRecord>

export const TelemetryRecord = z.discriminatedUnion('kind', [
  EvidenceRecord,
  LedgerRecord,
  ProfileRecord,
  StatusRecord,
  EventRecord,
  ReadingsRecord,
])
export type TelemetryRecord = z.infer<typeof TelemetryRecord>

export const TelemetryMessage = z.strictObject({
  schema: z.literal('fleetcast/telemetry/1'),
  device: DeviceId,
  /** Grows by one a message; never reused, also not after a power cut. */
  sequence: z.int().min(1),
  /** Oldest sequence still in the device's spool: whatever is below will never be sent again. */
  oldest: z.int().min(1),
  /** Wall clock of the device, which may be wrong. */
  sentAt: z.int().min(0),
  records: z.array(TelemetryRecord).min(1).max(TELEMETRY_RECORDS_MAX),
})
export type TelemetryMessage = z.infer<typeof TelemetryMessage>

/** On `dn/ack`, QoS 0: every message up to this sequence is durable in the hub; the device frees its spool. */
export const TelemetryAck = z.strictObject({ watermark: z.int().min(0) })
export type TelemetryAck = z.infer<typeof TelemetryAck>
