import * as z from 'zod'
import { TrainInputs } from './train-lock.ts'

/** What a run was asked with, beside recipe, dataset and selection; other kinds of run keep more. */
export const RunParameters = z.object({
  /** What decides the outcome, as it was when the run was asked for; null for runs of an older hub. */
  inputs: TrainInputs.nullable().default(null),
  /** The run that is reproduced. */
  of: z.string().optional(),
})
export type RunParameters = z.infer<typeof RunParameters>

export const runParameters = (stored: unknown): RunParameters => RunParameters.parse(stored ?? {})
