/**
 * What a trained version has to show before it may run: limits, each with a default. A recipe may set any of them; the policy
 * that results is hashed, so every verdict names the exact limits it was given.
 */
import * as z from 'zod'
import { canonicalJson } from '../crypto/canonical-json.ts'
import { sha256 } from '../crypto/digest.ts'
import type { Sha256 } from '../ids.ts'

const share = z.number().min(0).max(1)
const days = z.int().min(0).max(3_650)

export const GatePolicy = z.strictObject({
  /** Each bound of an interval holds with this probability (one-sided). */
  confidence: z.number().min(0.8).max(0.999),
  /** Days that the test rows must span: fewer are a failure of every gate that compares. */
  testDaysMin: days,
  /** Of a channel's expected readings, on days on which the station sent anything. */
  missingShareMax: share,
  /** Of those intervals, how many must have become a sample. */
  sampleShareMin: share,
  /** 1 - loss / loss of persistence, in units of 1. */
  skillOverPersistenceMin: z.number().min(-1).max(1),
  mustBeatSeasonalPersistence: z.boolean(),
  mustBeatClimatology: z.boolean(),
  /** Mean loss on the test rows, in units of the loss; null: no limit. */
  lossMax: z.number().positive().nullable(),
  /** Upper bound of the relative difference to the version that serves now, on rows that it never saw. */
  worseThanChampionMax: z.number().min(0).max(1),
  /** Fewer days that the champion never saw are a failure; 0: not testable here, left to the rollout, which does not pass without. */
  championDaysMin: days,
  /** A slice with fewer days is reported as not testable. */
  sliceDaysMin: z.int().min(3).max(3_650),
  /** A slice fails when it is worse than its reference by more than this beyond doubt (Holm). */
  sliceWorseMax: z.number().min(0).max(10),
  /** Share of the rows with the lowest and with the highest truth of each site. */
  extremeShare: z.number().gt(0).max(0.25),
  extremesWorseMax: z.number().min(0).max(10),
  /** Loss with one broken channel over loss without; test windows and random windows tried. */
  robustnessFactorMax: z.number().min(1).max(100),
  robustnessWindows: z.int().min(50).max(5_000),
  fuzzInputs: z.int().min(0).max(100_000),
  onnxBytesMax: z.int().min(1),
  p95LatencyMsMax: z.number().positive(),
  /** Median time from the file to a session that can answer. */
  loadMsMax: z.number().positive(),
  /** How much a process grows that loads the file as its first model and runs one window. */
  memoryMbMax: z.number().positive(),
  /** Upper bound of the relative loss that weights in fewer bits add to that of the same model in float32. */
  compactLossIncreaseMax: z.number().min(0).max(1),
  /** How far the share of truths between a version's bounds may be from the share asked for. */
  coverageErrorMax: share,
  /** How far the share that came may be from the probability that was said, of an event or a class; beyond doubt. */
  probabilityErrorMax: share,
})
export type GatePolicy = z.infer<typeof GatePolicy>

export const GatesSpec = GatePolicy.partial()
export type GatesSpec = z.infer<typeof GatesSpec>

export const GATE_DEFAULTS: GatePolicy = {
  confidence: 0.95,
  testDaysMin: 14,
  missingShareMax: 0.05,
  sampleShareMin: 0.75,
  skillOverPersistenceMin: 0.1,
  mustBeatSeasonalPersistence: true,
  mustBeatClimatology: true,
  lossMax: null,
  worseThanChampionMax: 0.01,
  championDaysMin: 0,
  sliceDaysMin: 30,
  sliceWorseMax: 0.05,
  extremeShare: 0.05,
  extremesWorseMax: 0.05,
  robustnessFactorMax: 1.5,
  robustnessWindows: 500,
  fuzzInputs: 10_000,
  onnxBytesMax: 2 * 1024 * 1024,
  p95LatencyMsMax: 25,
  loadMsMax: 500,
  memoryMbMax: 64,
  compactLossIncreaseMax: 0.005,
  coverageErrorMax: 0.05,
  probabilityErrorMax: 0.05,
}

/** The recipe's own limits over the defaults. */
export const gatePolicyOf = ({ gates }: { readonly gates?: GatesSpec | undefined }): GatePolicy =>
  GatePolicy.parse({ ...GATE_DEFAULTS, ...gates })

export const policyDigestOf = (policy: GatePolicy): Sha256 => sha256(canonicalJson(policy))
