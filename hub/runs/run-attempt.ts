/**
 * What stands in a run's `result` until it has one: what its latest start has brought so far, stored as it comes, so that it
 * outlives the process and the hub. A run that fails or is cancelled, or whose result is a version, keeps it.
 */
import * as z from 'zod'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { RunRow } from '../store/queries/runs-and-versions.ts'
import { TrialReport, TRIALS_MAX } from './run-report.ts'

export const RunAttempt = z.strictObject({
  schema: z.literal('fleetcast/run-attempt/1'),
  /** This one included; a start that ended in order, because its hub was stopped, is not counted. */
  starts: z.int().min(0),
  /** The version that its gates compare with; null without one, absent before it is chosen. */
  champion: z.string().max(64).nullable().optional(),
  /** Of its search, in their order. */
  trials: z.array(TrialReport).max(TRIALS_MAX),
})
export type RunAttempt = z.infer<typeof RunAttempt>

/** A run that takes its hub down three times would do it again. */
export const STARTS_MAX = 3

/** Trials begin anew with every start: the same seed brings the same ones. */
export function nextAttempt(run: RunRow): Result<RunAttempt, Refusal<'training/hubStopped'>> {
  const starts = attemptIn(run.result)?.starts ?? 0
  if (starts < STARTS_MAX) return ok({ schema: 'fleetcast/run-attempt/1', starts: starts + 1, trials: [] })
  return refuse(
    'training/hubStopped',
    `started ${starts} times, and each time the hub was stopped in the middle (killed, out of memory, power cut): it is not started again. The hub's log and its machine may say why; "fleetcast runs show ${run.id}" has the inputs, and ${commandOf(run)} asks for the same anew`,
  )
}

/** The start that ended in order is taken back; the next one chooses its champion anew. */
export const stoppedInOrder = ({ champion: _left, ...attempt }: RunAttempt): RunAttempt => ({
  ...attempt,
  starts: attempt.starts - 1,
})

const commandOf = ({ kind, recipe, dataset }: RunRow): string =>
  kind === 'train'
    ? `"fleetcast train --recipe ${recipe} --dataset ${dataset.slice(0, 12)}"`
    : 'the command that began it'

/** Null for a run that has found something, and for one of an older hub. */
export const attemptIn = (result: unknown): RunAttempt | null => RunAttempt.safeParse(result).data ?? null

/** What the run has found; null while its result is an attempt. */
export const foundIn = (result: unknown): unknown => (attemptIn(result) === null ? result : null)

export const withTrial = ({ trials }: RunAttempt, trial: TrialReport): RunAttempt['trials'] =>
  [...trials, trial].slice(0, TRIALS_MAX)
