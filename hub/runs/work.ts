/** What a process of its own is asked to do, as it stands in the job file: the kinds of run, each with what it needs. */
import * as z from 'zod'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ImportSignature } from '../onnx/import-signature.ts'
import { DatasetFinding } from '../datasets/dataset-report.ts'

/** A model file beside the job: `file` is its name there. */
const ModelFile = z.strictObject({
  name: z.string().max(64),
  /** Of its version's bundle. */
  digest: z.string().max(64),
  file: z.string().max(255),
  /** Event time in ms after which the model saw no row at its sites. */
  dataUntil: z.int(),
  sites: z.array(z.string().max(63)),
})
export type ModelFile = z.infer<typeof ModelFile>

/** A version to compare: its own recipe says what its windows look like. */
const ComparedModel = ModelFile.extend({
  name: z.string().max(80),
  recipe: Recipe,
})
export type ComparedModel = z.infer<typeof ComparedModel>

const CheckWork = z.strictObject({
  kind: z.literal('check'),
  dataset: z.string().max(64),
  /** Selected rows, in words. */
  selection: z.string(),
  /** What the import found in the whole dataset. */
  findings: z.array(DatasetFinding),
  /** Enrolled devices. */
  devices: z.int().min(0),
})
export type CheckWork = z.infer<typeof CheckWork>

const CompareWork = z.strictObject({
  kind: z.literal('compare'),
  dataset: z.string().max(64),
  selection: z.string(),
  a: ComparedModel,
  b: ComparedModel,
})
export type CompareWork = z.infer<typeof CompareWork>

const ImportWork = z.strictObject({
  kind: z.literal('import'),
  file: z.string().max(255),
  signature: ImportSignature,
  champion: ModelFile.nullable(),
})
export type ImportWork = z.infer<typeof ImportWork>

export const Work = z.discriminatedUnion('kind', [
  /** Series -> a version's files. `champion`: what the gates compare with. */
  z.strictObject({ kind: z.literal('train'), champion: ModelFile.nullable() }),
  /** Series and a model file from elsewhere -> a version's files. */
  ImportWork,
  /** Series -> `report.json`, a feasibility report. */
  CheckWork,
  /** Series and two model files -> `report.json`, a comparison. */
  CompareWork,
])
export type Work = z.infer<typeof Work>
export type WorkKind = Work['kind']
