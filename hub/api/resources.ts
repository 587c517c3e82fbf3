/** What the API answers with, one schema a resource: read by the dashboard, the command line and other programs. */
import * as z from 'zod'
import { BundleStatus, ChannelHealth } from '@fleetcast/shared/protocol/telemetry.ts'

const nullableTime = z.number().nullable()

/** `ok` and what an operator does not have to act on; the rest is ordered by urgency in the dashboard. */
export const DeviceHealth = z.strictObject({
  state: z.enum([
    'new',
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
  generation: z.number(),
  desiredGeneration: z.number(),
  bundles: z.array(BundleStatus),
  channels: z.array(ChannelHealth),
  /** Live pairs (shadow and served) of the version that serves, and persistence on the same pairs; units of the target. */
  maeC: z.number().nullable(),
  persistenceMaeC: z.number().nullable(),
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

/** One day of one model at one device beside persistence on the same pairs. */
export const AccuracyDay = z.strictObject({
  day: z.string(),
  version: z.number(),
  source: z.enum(['backtest', 'shadow', 'served']),
  n: z.number(),
  mae: z.number(),
  persistenceMae: z.number(),
  bias: z.number(),
})
export type AccuracyDay = z.infer<typeof AccuracyDay>

/** One channel's day against the training data: shown, not alarmed on. */
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

export const AlgorithmScore = z.strictObject({
  algorithm: z.string(),
  validationMae: z.number(),
  cpuSeconds: z.number(),
})

export const ModelResource = z.strictObject({
  version: z.number(),
  digest: z.string(),
  recipe: z.string(),
  algorithm: z.string(),
  dataset: z.string(),
  trainedOn: z.string(),
  sites: z.array(z.string()),
  rows: z.number(),
  testMae: z.number(),
  persistenceMae: z.number(),
  seasonalPersistenceMae: z.number(),
  climatologyMae: z.number(),
  bySite: z.array(
    z.strictObject({ site: z.string(), n: z.number(), mae: z.number(), persistenceMae: z.number() }),
  ),
  algorithms: z.array(AlgorithmScore),
  parityMaxDifference: z.number(),
  parityTolerance: z.number(),
  onnxBytes: z.number(),
  bundleBytes: z.number(),
  runKey: z.string(),
  seed: z.number(),
  createdAt: z.number(),
  /** Devices that serve it and that hold it as candidate. */
  serving: z.array(z.string()),
  candidates: z.array(z.string()),
})
export type ModelResource = z.infer<typeof ModelResource>

export const QualityFinding = z.strictObject({
  code: z.string(),
  station: z.string(),
  channel: z.string().nullable(),
  count: z.number(),
  examples: z.array(z.string()),
})

export const DatasetResource = z.strictObject({
  digest: z.string(),
  name: z.string(),
  rows: z.number(),
  stations: z.array(z.string()),
  from: z.number(),
  until: z.number(),
  createdAt: z.number(),
  /** Share of expected intervals present, by station and channel. */
  coverage: z.array(
    z.strictObject({
      station: z.string(),
      rows: z.number(),
      expected: z.number(),
      gaps: z.number(),
      duplicates: z.number(),
      channels: z.array(z.strictObject({ channel: z.string(), present: z.number(), invalid: z.number() })),
    }),
  ),
  findings: z.array(QualityFinding),
})
export type DatasetResource = z.infer<typeof DatasetResource>

/** A number with all that is needed to argue about it. Differences are relative to the reference's MAE. */
export const Measurement = z.strictObject({
  reference: z.string(),
  /** Paired: mean(|e_candidate| - |e_reference|) / mean(|e_reference|), over fleet-averaged days. */
  relativeDifference: z.number(),
  lower: z.number(),
  upper: z.number(),
  margin: z.number(),
  days: z.number(),
  pairs: z.number(),
  mae: z.number(),
  referenceMae: z.number(),
})
export type Measurement = z.infer<typeof Measurement>

export const StageResource = z.strictObject({
  name: z.string(),
  devices: z.array(z.string()),
  state: z.enum(['waiting', 'gathering', 'promoting', 'passed', 'failed', 'inconclusive']),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'noData']).nullable(),
  reasons: z.array(z.string()),
  /** What the stage waits for, in words with numbers; empty when it waits for nothing. */
  waitsFor: z.array(z.string()),
  measurements: z.array(Measurement),
  bySite: z.array(
    z.strictObject({
      site: z.string(),
      device: z.string(),
      pairs: z.number(),
      mae: z.number(),
      persistenceMae: z.number(),
    }),
  ),
})
export type StageResource = z.infer<typeof StageResource>

export const ROLLOUT_STATES = [
  'running',
  'soaking',
  'paused',
  'completed',
  'aborted',
  'rollingBack',
  'rolledBack',
] as const

export const RolloutResource = z.strictObject({
  id: z.string(),
  recipe: z.string(),
  version: z.number(),
  digest: z.string(),
  state: z.enum(ROLLOUT_STATES),
  reason: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  policyDigest: z.string(),
  stages: z.array(StageResource),
})
export type RolloutResource = z.infer<typeof RolloutResource>

export const EventResource = z.strictObject({
  id: z.number(),
  at: z.number(),
  eventTime: nullableTime,
  source: z.enum(['hub', 'device', 'training', 'rollout', 'dataset', 'operator']),
  subject: z.string(),
  code: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  message: z.string(),
})
export type EventResource = z.infer<typeof EventResource>

export const RunResource = z.strictObject({
  id: z.string(),
  recipe: z.string(),
  dataset: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  stage: z.string(),
  fraction: z.number(),
  message: z.string(),
  createdAt: z.number(),
  version: z.number().nullable(),
})
export type RunResource = z.infer<typeof RunResource>

/** Everything the overview needs in one answer. */
export const Overview = z.strictObject({
  hub: z.strictObject({
    version: z.string(),
    startedAt: z.number(),
    /** Newest event time of the fleet. */
    fleetTime: nullableTime,
    eventLoopP99Ms: z.number(),
    rssMb: z.number(),
    isDemo: z.boolean(),
    dataLabel: z.string(),
  }),
  devices: z.array(DeviceResource),
  rollouts: z.array(RolloutResource),
  models: z.array(ModelResource),
  runs: z.array(RunResource),
  telemetry: z.strictObject({
    accepted: z.number(),
    duplicates: z.number(),
    rejected: z.number(),
    lost: z.number(),
  }),
  events: z.array(EventResource),
})
export type Overview = z.infer<typeof Overview>

/** RFC 9457. */
export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  at: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>
