/** A station as the API shows it. */
import * as z from 'zod'
import { METRICS } from '@fleetcast/shared/recipe/metric.ts'
import { BundleStatus, ChannelHealth, ClassForecast } from '@fleetcast/shared/protocol/telemetry.ts'

const nullableTime = z.number().nullable()

export const DeviceHealth = z.strictObject({
  state: z.enum([
    'new',
    'revoked',
    'ok',
    'silent',
    'deadChannel',
    'failingSensor',
    'worseThanPersistence',
    'rolledBack',
  ]),
  /** One sentence with numbers: what is wrong and since when. */
  reason: z.string(),
})
export type DeviceHealth = z.infer<typeof DeviceHealth>

export const DeviceResource = z.strictObject({
  id: z.string(),
  site: z.string(),
  recipe: z.string(),
  latitude: z.number(),
  longitude: z.number(),
  isEnrolled: z.boolean(),
  isConnected: z.boolean(),
  /** Wall time of the last message; event time of the newest reading. */
  lastSeenAt: nullableTime,
  lastReadingAt: nullableTime,
  health: DeviceHealth,
  /** What the device serves (null: the baseline) and what it should serve. */
  serving: z.string().nullable(),
  servingVersion: z.number().nullable(),
  servingState: z.enum(['baseline', 'trial', 'committed']),
  candidate: z.string().nullable(),
  candidateVersion: z.number().nullable(),
  candidateState: z.enum(['none', 'installing', 'backtesting', 'shadowing']),
  /** What its model says now, of a recipe that predicts classes; null where persistence answers, and of other recipes. */
  forecast: ClassForecast.nullable(),
  generation: z.number(),
  desiredGeneration: z.number(),
  bundles: z.array(BundleStatus),
  channels: z.array(ChannelHealth),
  /** Live pairs (shadow and served) of the version that serves, and persistence on the same pairs; `unit` says of what. */
  mae: z.number().nullable(),
  persistenceMae: z.number().nullable(),
  unit: z.string(),
  metric: z.enum(METRICS),
  verifiedForecasts: z.number(),
  telemetry: z.strictObject({
    watermark: z.number(),
    accepted: z.number(),
    duplicates: z.number(),
    rejected: z.number(),
    lost: z.number(),
  }),
  agentVersion: z.string().nullable(),
  rssMb: z.number().nullable(),
})
export type DeviceResource = z.infer<typeof DeviceResource>

export const AccuracyDay = z.strictObject({
  day: z.string(),
  version: z.number(),
  source: z.enum(['backtest', 'shadow', 'served']),
  n: z.number(),
  mae: z.number(),
  persistenceMae: z.number(),
  bias: z.number(),
  /** Forecasts that had bounds, and how many of them held the truth. */
  intervals: z.number(),
  covered: z.number(),
})
export type AccuracyDay = z.infer<typeof AccuracyDay>

export const ChannelProfileDay = z.strictObject({
  channel: z.string(),
  unit: z.string(),
  day: z.string(),
  n: z.number(),
  missing: z.number(),
  invalid: z.number(),
  mean: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  edges: z.array(z.number()),
  counts: z.array(z.number()),
  /** Shares of the reference in the same bins. */
  referenceShares: z.array(z.number()),
  /** Wasserstein-1 in units of the channel, and over the reference's standard deviation. */
  w1: z.number().nullable(),
  w1Sigma: z.number().nullable(),
  psi: z.number().nullable(),
})
export type ChannelProfileDay = z.infer<typeof ChannelProfileDay>

export const DeviceDetail = z.strictObject({
  device: DeviceResource,
  accuracy: z.array(AccuracyDay),
  /** The newest day of every channel, then up to 30 days of w1Sigma and psi for trend lines. */
  profiles: z.array(ChannelProfileDay),
  profileTrend: z.array(
    z.strictObject({
      channel: z.string(),
      day: z.string(),
      w1Sigma: z.number().nullable(),
      psi: z.number().nullable(),
    }),
  ),
  ledger: z.array(
    z.strictObject({
      day: z.string(),
      issued: z.number(),
      verified: z.number(),
      unverifiable: z.number(),
      expired: z.number(),
    }),
  ),
})
export type DeviceDetail = z.infer<typeof DeviceDetail>
