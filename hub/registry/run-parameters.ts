import * as z from 'zod'
import { Sha256 } from '@fleetcast/shared/ids.ts'
import { ImportSignature } from '../onnx/import-signature.ts'
import { TrainInputs } from './train-lock.ts'

export const ImportedModelFile = z.object({
  digest: Sha256,
  size: z.int().min(1),
  signature: ImportSignature,
})
export type ImportedModelFile = z.infer<typeof ImportedModelFile>

/** What a run was asked with, beside recipe, dataset and selection; other kinds of run keep more. */
export const RunParameters = z.object({
  /** What decides the outcome, as it was when the run was asked for; null for runs of an older hub. */
  inputs: TrainInputs.nullable().default(null),
  /** The run that is reproduced. */
  of: z.string().optional(),
  /** The model that is imported: its file among the blobs, and its signature. */
  imported: ImportedModelFile.optional(),
})
export type RunParameters = z.infer<typeof RunParameters>

export const runParameters = (stored: unknown): RunParameters => RunParameters.parse(stored ?? {})
