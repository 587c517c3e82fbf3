/** Registered versions. */
import * as z from 'zod'
import { METRICS } from '@fleetcast/shared/recipe/metric.ts'
import { ModelFormat } from '../../onnx/describe-model.ts'
import { ReplayReport, WeightsReport } from '../../runs/run-report.ts'
import { GateOverrideResource, GatesResource } from './gates.ts'
import { ModelRelease } from './trust.ts'

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
  /** Of its forecasts, and how they are scored: in that metric the errors below are given. */
  unit: z.string(),
  metric: z.enum(METRICS),
  testMae: z.number(),
  persistenceMae: z.number(),
  seasonalPersistenceMae: z.number(),
  climatologyMae: z.number(),
  /** Share of the test rows whose likeliest class came, and whose class stayed; null where no classes are predicted. */
  accuracy: z.strictObject({ model: z.number(), persistence: z.number() }).nullable(),
  bySite: z.array(
    z.strictObject({ site: z.string(), n: z.number(), mae: z.number(), persistenceMae: z.number() }),
  ),
  algorithms: z.array(AlgorithmScore),
  parityMaxDifference: z.number(),
  parityTolerance: z.number(),
  parityRows: z.number(),
  /** Which windows were replayed, how weights are stored, and what a runtime must know; null where it was not recorded. */
  replay: ReplayReport.nullable(),
  weights: WeightsReport.nullable(),
  format: ModelFormat.nullable(),
  onnxBytes: z.number(),
  bundleBytes: z.number(),
  runKey: z.string(),
  seed: z.number(),
  createdAt: z.number(),
  release: ModelRelease,
  /** Names that point to it now. */
  aliases: z.array(z.string()),
  /** Null for a version that is older than the gates. */
  gates: GatesResource.nullable(),
  /** Every override that was ever asked for, oldest first. */
  overrides: z.array(GateOverrideResource),
  /** Devices that serve it and that hold it as candidate. */
  serving: z.array(z.string()),
  candidates: z.array(z.string()),
})
export type ModelResource = z.infer<typeof ModelResource>
