/**
 * What stands in a run's `result` until it has one: what its latest start has brought so far, stored as it comes, so that it
 * outlives the process and the hub. A run that fails or is cancelled, or whose result is a version, keeps it.
 */
import * as z from 'zod'
import { TrialReport, TRIALS_MAX } from './run-report.ts'

export const RunAttempt = z.strictObject({
  schema: z.literal('fleetcast/run-attempt/1'),
  /** Of its search, in their order. */
  trials: z.array(TrialReport).max(TRIALS_MAX),
})
export type RunAttempt = z.infer<typeof RunAttempt>

/** A start begins anew: the same seed brings the same trials. */
export const NEW_ATTEMPT: RunAttempt = { schema: 'fleetcast/run-attempt/1', trials: [] }

/** Null for a run that has found something, and for one of an older hub. */
export const attemptIn = (result: unknown): RunAttempt | null => RunAttempt.safeParse(result).data ?? null

/** What the run has found; null while its result is an attempt. */
export const foundIn = (result: unknown): unknown => (attemptIn(result) === null ? result : null)

export const withTrial = (attempt: RunAttempt, trial: TrialReport): RunAttempt => ({
  ...attempt,
  trials: [...attempt.trials, trial].slice(0, TRIALS_MAX),
})
