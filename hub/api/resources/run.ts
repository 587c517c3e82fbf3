/** Runs: training, and what else reads whole datasets in a process of its own. */
import * as z from 'zod'
import { RunOut, TrainInputs } from '../../registry/train-lock.ts'
import { RunReport, TrialReport, TRIALS_MAX } from '../../runs/run-report.ts'

export const RunResource = z.strictObject({
  id: z.string(),
  /** `train`, `reproduce` and others. */
  kind: z.string(),
  recipe: z.string(),
  dataset: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  stage: z.string(),
  /** 0..1. */
  fraction: z.number(),
  /** What it does now; of a run that has ended: how it ended. */
  message: z.string(),
  /** Null for runs of an older hub. */
  requestedBy: z.string().nullable(),
  createdAt: z.number(),
  startedAt: z.number().nullable(),
  /** Null until it has ended. */
  endedAt: z.number().nullable(),
  /** Equal for runs with equal inputs. */
  runKey: z.string(),
  version: z.number().nullable(),
})
export type RunResource = z.infer<typeof RunResource>

/** `isReused`: a run with equal inputs that has succeeded or is under way; no new one was started. */
export const StartedRunResource = RunResource.extend({ isReused: z.boolean() })
export type StartedRunResource = z.infer<typeof StartedRunResource>

export const RunDetail = RunResource.extend({
  /** In words: stations and times. */
  selection: z.string(),
  /** What only this kind of run was asked with. */
  parameters: z.unknown(),
  /** What it found, where that is not a version; `reproduce`: the comparison. */
  result: z.unknown(),
  /** Of its search, in the order they were tried; while it runs and after it has failed or was cancelled, those that ended. */
  trials: z.array(TrialReport).max(TRIALS_MAX),
  /** Every algorithm, every trial and which one won; null for a run without a version. */
  report: RunReport.nullable(),
  /** What decided its outcome, and what came out; null where no lock of today's form is known. */
  lock: z.strictObject({ inputs: TrainInputs, outs: z.array(RunOut) }).nullable(),
})
export type RunDetail = z.infer<typeof RunDetail>
