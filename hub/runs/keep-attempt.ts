/** Stores what a start brings as it comes: one write after the other, so that an older state never follows a newer one. */
import type { Changes } from '../ports/changes.ts'
import type { Log } from '../ports/log.ts'
import type { RunAttempt } from './run-attempt.ts'

export type AttemptKeeper = {
  readonly current: () => RunAttempt
  readonly change: (change: Partial<RunAttempt>) => void
  /** Resolves once every change is stored; never rejects. */
  readonly stored: () => Promise<void>
}

export type KeepAttemptPorts = {
  readonly log: Log
  readonly changes: Changes
  /** Changes the run's row unless it has ended. */
  readonly update: (set: { readonly result: RunAttempt }) => Promise<boolean>
}

export function keepAttempt({ log, changes, update }: KeepAttemptPorts, begun: RunAttempt): AttemptKeeper {
  let current = begun
  let writing = Promise.resolve()
  return {
    current: () => current,
    change: (change) => {
      const result = (current = { ...current, ...change })
      writing = writing
        .then(() => update({ result }))
        .then(() => changes.announce('runs'))
        .catch((cause: unknown) =>
          log.warn({ cause }, 'what a run has brought could not be stored; the next change brings it along'),
        )
    },
    stored: () => writing,
  }
}
