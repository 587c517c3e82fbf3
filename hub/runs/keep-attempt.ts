/** Stores what a start brings as it comes: one write after the other, so that an older list never follows a newer one. */
import type { Changes } from '../ports/changes.ts'
import type { Log } from '../ports/log.ts'
import { withTrial, type RunAttempt } from './run-attempt.ts'
import type { TrialReport } from './run-report.ts'

export type AttemptKeeper = {
  readonly addTrial: (trial: TrialReport) => void
  readonly current: () => RunAttempt
  /** Resolves once everything that was added is stored; never rejects. */
  readonly stored: () => Promise<void>
}

export type KeepAttemptPorts = {
  readonly log: Log
  readonly changes: Changes
  /** Changes the run's row unless it has ended. */
  readonly update: (set: { readonly result: RunAttempt }) => Promise<boolean>
}

export function keepAttempt({ log, changes, update }: KeepAttemptPorts, begun: RunAttempt): AttemptKeeper {
  let attempt = begun
  let writing = Promise.resolve()
  return {
    addTrial: (trial) => {
      const result = (attempt = withTrial(attempt, trial))
      writing = writing
        .then(() => update({ result }))
        .then(() => changes.announce('runs'))
        .catch((cause: unknown) =>
          log.warn({ cause }, 'a trial could not be stored; the next one brings it along'),
        )
    },
    current: () => attempt,
    stored: () => writing,
  }
}
