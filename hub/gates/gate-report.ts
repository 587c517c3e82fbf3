/** `gates.json`: every gate of one version with value, limit, interval and sample size, and the policy they were judged by. */
import * as z from 'zod'
import { Sha256 } from '@fleetcast/shared/ids.ts'

export const GATES = [
  'data',
  'leakage',
  'beatsPersistence',
  'beatsSeasonalPersistence',
  'beatsClimatology',
  'absolute',
  'champion',
  'slices',
  'extremes',
  'robustness',
  'fuzz',
  'parity',
  'size',
  'latency',
  'load',
  'memory',
  'compactWeights',
  'calibration',
] as const
export const GateName = z.enum(GATES)
export type GateName = z.infer<typeof GateName>

export const GateEntry = z.strictObject({
  gate: GateName,
  /** Part of the gate: a channel, a site, a season; null for the gate as a whole. */
  slice: z.string().max(120).nullable(),
  verdict: z.enum(['pass', 'fail', 'notTestable']),
  /** Null where it is no finite number, which is a failure where one is needed. */
  value: z.number().nullable(),
  limit: z.number().nullable(),
  /** One-sided bounds of the policy's confidence, from the slow waves of the daily values (shared/statistics/day-mean.ts). */
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  n: z.int().min(0),
  /** UTC days with such rows: the number that counts, since errors of one day are alike. */
  days: z.int().min(0),
  message: z.string().max(400),
})
export type GateEntry = z.infer<typeof GateEntry>

/** 32 channels with five faults each, sites, seasons and the rest. */
const ENTRIES_MAX = 2_000

export const GateReport = z.strictObject({
  schema: z.literal('fleetcast/gates/1'),
  /** Every limit by name, as it was; a later hub may know more of them. */
  policy: z.record(z.string().max(60), z.union([z.number(), z.boolean(), z.null()])),
  policyDigest: Sha256,
  gates: z.array(GateEntry).min(1).max(ENTRIES_MAX),
  /** True when no entry failed. */
  passed: z.boolean(),
})
export type GateReport = z.infer<typeof GateReport>

/** Gates with a failed part, in the order of the report. */
export const failedGates = ({ gates }: Pick<GateReport, 'gates'>): readonly GateName[] => [
  ...new Set(gates.filter(({ verdict }) => verdict === 'fail').map(({ gate }) => gate)),
]
