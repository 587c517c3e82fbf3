/** `report.json`: what a training run did and how well, as the model card, the API and the registry read it. */
import * as z from 'zod'
import { SiteId } from '@fleetcast/shared/ids.ts'
import { METRICS } from '@fleetcast/shared/recipe/metric.ts'
import { AlgorithmName, WeightStorage } from '@fleetcast/shared/recipe/recipe.ts'
import { ModelFormat } from '../onnx/describe-model.ts'

/** A recipe's algorithms, the mean of them all, and whatever a model from elsewhere is. */
const ModelName = z.enum([...AlgorithmName.options, 'blend', 'imported'])

/** As many as a recipe may ask for. */
export const TRIALS_MAX = 64

/** One trial of a search, enough to chart it. */
export const TrialReport = z.strictObject({
  algorithm: AlgorithmName,
  /** JSON of what differs from the algorithm's defaults. */
  settings: z.string().max(1_000),
  /** Mean absolute error of each fold and over all their rows, units of the target. */
  foldMae: z.array(z.number()).max(8),
  mae: z.number(),
  /** Mean of the folds' best rounds. */
  rounds: z.int().min(0),
  /** Of the exported model without features. */
  bytes: z.int().min(1),
  cpuSeconds: z.number().min(0),
  backend: z.string().max(40),
})
export type TrialReport = z.infer<typeof TrialReport>

export const ReplayReport = z.strictObject({
  /** Different test rows: all there are, as long as they are fewer than the windows. */
  heldOutRows: z.int().min(1),
  /** Windows with a NaN, and such of nothing but the ends of each channel's range. */
  withGaps: z.int().min(0),
  withExtremes: z.int().min(0),
})
export type ReplayReport = z.infer<typeof ReplayReport>

export const WeightsReport = z.strictObject({
  storage: WeightStorage,
  bytes: z.int().min(1),
  float32Bytes: z.int().min(1),
  /** To the same model in float32, units of the target: mean over the test rows, largest over the replayed windows. */
  meanDifference: z.number().min(0),
  maxDifference: z.number().min(0),
})
export type WeightsReport = z.infer<typeof WeightsReport>

export const RunReport = z.strictObject({
  schema: z.literal('fleetcast/run-report/1'),
  algorithm: ModelName,
  /** Why this one and not a better or simpler one. */
  choice: z.string().max(200),
  algorithms: z.array(
    z.strictObject({
      algorithm: ModelName,
      validationMae: z.number(),
      cpuSeconds: z.number().min(0),
      /** Trees, epochs or reweightings that were best on the validation rows. */
      rounds: z.int().min(0),
      backend: z.string().max(40),
    }),
  ),
  /** Every trial of the search in the order they were tried; empty where none was asked for. */
  trials: z.array(TrialReport).max(TRIALS_MAX).default([]),
  /** Place of the winner among the trials; null without any, and in reports older than the field. */
  chosenTrial: z.int().min(0).nullable().default(null),
  /** Samples of all parts: what the exported model is fitted on. */
  rows: z.int().min(1),
  split: z.strictObject({ training: z.int(), validation: z.int(), test: z.int() }),
  /** How a forecast is scored. */
  metric: z.enum(METRICS).default('mae'),
  /** Means of the metric on the same test rows. */
  testMae: z.number(),
  persistenceMae: z.number(),
  seasonalPersistenceMae: z.number(),
  climatologyMae: z.number(),
  bySite: z.array(
    z.strictObject({ site: SiteId, n: z.int().min(1), mae: z.number(), persistenceMae: z.number() }),
  ),
  /** Share of the test rows whose likeliest class came, and whose class stayed; null where no classes are predicted. */
  accuracy: z.strictObject({ model: z.number(), persistence: z.number() }).nullable().default(null),
  /** What share of the test rows' truths the interval holds, of how many it was made to hold; null where there is none. */
  interval: z
    .strictObject({
      coverage: z.number(),
      testCoverage: z.number(),
      rows: z.int().min(1),
      meanWidth: z.number(),
      margin: z.number(),
    })
    .nullable()
    .default(null),
  /** Exported graph against the trainer's own arithmetic, units of the target; `rows` windows. */
  parity: z.strictObject({
    rows: z.int().min(1),
    maxDifference: z.number().min(0),
    tolerance: z.number().min(0),
    /** Which windows they were; null for imported models, whose trainer is not here, and in reports older than the field. */
    replay: ReplayReport.nullable().default(null),
  }),
  /** Operator sets and operators of the exported file; null in reports older than the field. */
  format: ModelFormat.nullable().default(null),
  /** How learned matrices are stored; null for imported models and in reports older than the field. */
  weights: WeightsReport.nullable().default(null),
  features: z.array(z.string()),
  /** What the exported model was fitted with. */
  backend: z.string().max(40),
  seed: z.int().min(0),
  cpuSeconds: z.number().min(0),
  versions: z.strictObject({ node: z.string(), onnxruntime: z.string(), tensorflow: z.string() }),
})
export type RunReport = z.infer<typeof RunReport>

/** What two runs with equal inputs must agree on: everything but times, and what they ran on. */
export function comparableReport(report: RunReport): object {
  const { cpuSeconds: _total, versions: _versions, algorithms, trials, ...rest } = report
  const untimed = <T extends { readonly cpuSeconds: number }>({ cpuSeconds: _one, ...others }: T): object =>
    others
  return { ...rest, algorithms: algorithms.map(untimed), trials: trials.map(untimed) }
}
