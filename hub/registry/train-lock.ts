/**
 * `train.lock`, after DVC's file of that name: what decided a run's outcome, and what came out. The digest of the first part is the run
 * key, known before the run: equal key, equal model. No time of day stands in it.
 */
import * as z from 'zod'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { DatasetDigest, Sha256 } from '@fleetcast/shared/ids.ts'
import type * as Identity from '../ports/code-identity.ts'

export const TrainEnvironment = z.strictObject({
  node: z.string(),
  v8: z.string(),
  architecture: z.string(),
  cpu: z.enum(['avx512', 'avx2', 'sse']).nullable(),
  threads: z.literal(1),
  tensorflow: z.string(),
  backend: z.string(),
  onnxruntime: z.string(),
  packageLock: Sha256.nullable(),
}) satisfies z.ZodType<Identity.TrainEnvironment>

/** Data that went in, by digest; rows and times are those of the whole dataset. */
const Dependency = z.strictObject({
  name: z.string(),
  digest: Sha256,
  rows: z.int(),
  timeRange: z.strictObject({ from: z.string(), until: z.string() }),
  perStationRows: z.record(z.string(), z.int()),
})

/** `bitwise`: the same bytes on the same class of machine · `tolerance`: the test error within half a percent. */
export const Determinism = z.enum(['bitwise', 'tolerance'])
export type Determinism = z.infer<typeof Determinism>

/** Where the stations stood: features of the model. */
export const SitePosition = z.strictObject({ id: z.string(), latitude: z.number(), longitude: z.number() })
export type SitePosition = z.infer<typeof SitePosition>

/** What decides a run's outcome. */
export const TrainInputs = z.strictObject({
  stage: z.enum(['train', 'import']),
  /** A model made elsewhere: its file and what its author said of it. */
  imported: z.strictObject({ model: Sha256, signature: Sha256 }).optional(),
  codeDigest: Sha256,
  /** `parameters`: the values of the recipe that training reads. */
  recipe: z.strictObject({
    name: z.string(),
    digest: Sha256,
    parameters: z.record(z.string(), z.unknown()),
  }),
  deps: z.array(Dependency),
  selection: z.strictObject({
    stations: z.array(z.string()).nullable(),
    from: z.string().nullable(),
    until: z.string().nullable(),
    /** Rows that had arrived by then, where the import was told so. */
    asOf: z.string().nullable(),
  }),
  sites: z.array(SitePosition),
  /** Initial weights, orders of rows, drawn trials and golden vectors all follow from it. */
  seeds: z.strictObject({ training: z.int() }),
  environment: TrainEnvironment,
  split: z.strictObject({
    embargoSeconds: z.int(),
    cycleDays: z.int(),
    blockDays: z.int(),
    validationStartDay: z.int(),
    testStartDay: z.int(),
  }),
  featureSpec: Sha256,
  qualityRules: z.string(),
  determinism: Determinism,
})
export type TrainInputs = z.infer<typeof TrainInputs>

/** A file that came out. The report counts without its times: see comparableReport. */
export const RunOut = z.strictObject({ name: z.string(), digest: Sha256, size: z.int() })
export type RunOut = z.infer<typeof RunOut>

export const TrainLock = z.strictObject({
  schema: z.literal('fleetcast/train-lock/2'),
  runKey: Sha256,
  inputs: TrainInputs,
  outs: z.array(RunOut),
})
export type TrainLock = z.infer<typeof TrainLock>

/** As versions of an older hub carry it. */
const TrainLockOne = z.strictObject({
  schema: z.literal('fleetcast/train-lock/1'),
  recipeDigest: Sha256,
  dataset: DatasetDigest,
  selection: TrainInputs.shape.selection.omit({ asOf: true }),
  seed: z.int(),
  codeDigest: Sha256,
  environment: z.strictObject({ node: z.string(), architecture: z.string(), packageLock: Sha256.nullable() }),
})

/** Every lock that a stored version may carry. */
export const StoredLock = z.discriminatedUnion('schema', [TrainLock, TrainLockOne])
export type StoredLock = z.infer<typeof StoredLock>

export const runKeyOf = (inputs: TrainInputs): Sha256 => sha256(canonicalJson(inputs))

export const trainLockOf = (inputs: TrainInputs, outs: readonly RunOut[]): TrainLock => ({
  schema: 'fleetcast/train-lock/2',
  runKey: runKeyOf(inputs),
  inputs,
  outs: [...outs],
})
