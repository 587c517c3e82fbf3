/** A run that nobody wants any more: it ends as cancelled, whatever its process is doing. */
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Changes } from '../ports/changes.ts'
import type { Clock } from '../ports/clock.ts'
import { appendEvents } from '../store/queries/events.ts'
import { findRun, updateRun } from '../store/queries/runs-and-versions.ts'
import type { Store } from '../store/store.ts'

export type CancelRequest = { readonly id: string; readonly reason: string; readonly by: string }

export type CancelCode = 'run/notFound' | 'run/ended'

export type CancelPorts = {
  readonly store: Store
  readonly clock: Clock
  readonly changes: Changes
  /** Stops the run's process when it is the one that runs. */
  readonly stop: (id: string) => void
}

/** Its state first, then its process: a hub that dies in between does not start it again. */
export async function cancelRun(
  { store, clock, changes, stop }: CancelPorts,
  { id, reason, by }: CancelRequest,
): Promise<Result<void, Refusal<CancelCode>>> {
  const run = await findRun(store, id)
  if (run === undefined) return refuse('run/notFound', `no run is named ${id}`)
  const isCancelled = await store.tx(async (db) => {
    const set = { state: 'cancelled', message: `cancelled: ${reason}`, updatedAt: clock.now() } as const
    if (!(await updateRun(db, store, id, set))) return false
    await appendEvents(db, store, [
      {
        at: clock.now(),
        eventTime: null,
        source: 'training',
        subject: run.recipe,
        code: 'training/cancelled',
        severity: 'warning',
        message: `run ${id} was cancelled by ${by}: ${reason}`,
      },
    ])
    return true
  })
  if (!isCancelled) {
    const state = (await findRun(store, id))?.state ?? run.state
    return refuse('run/ended', `run ${id} has ended already: it ${ENDED[state] ?? 'is over'}`)
  }
  stop(id)
  changes.announce('runs', 'events')
  return ok(undefined)
}

const ENDED: Record<string, string> = { succeeded: 'succeeded', failed: 'failed', cancelled: 'was cancelled' }
