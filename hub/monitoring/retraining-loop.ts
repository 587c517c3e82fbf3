/** Tells once for every serving version and reason that a recipe is due for training again: an event, which operators see. */
import type { DurationMs } from '@fleetcast/shared/units.ts'
import type { Changes } from '../ports/changes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { appendEvents } from '../store/queries/events.ts'
import type { Store } from '../store/store.ts'
import { readRetraining } from './read-retraining.ts'

export type RetrainingPorts = {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly changes: Changes
}

export async function retrainingLoop(
  ports: RetrainingPorts,
  every: DurationMs,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = ports
  const told = new Set<string>()
  while (!signal.aborted) {
    await clock.sleep(every, signal)
    if (signal.aborted) return
    try {
      await tellDue(ports, told)
    } catch (cause) {
      log.error(
        { cause },
        'it could not be seen which recipes are due for training; the next look tries again',
      )
    }
  }
}

/** After a restart everything that still holds is told once more. */
async function tellDue({ store, clock, changes }: RetrainingPorts, told: Set<string>): Promise<void> {
  const due = await readRetraining(store)
  const events = due.flatMap(({ recipe, version, reasons }) =>
    reasons
      .filter(({ code }) => !told.has(`${recipe} ${version} ${code}`))
      .map(({ code, message }) => ({ key: `${recipe} ${version} ${code}`, recipe, code, message })),
  )
  if (events.length === 0) return
  await appendEvents(
    store.db,
    store,
    events.map(({ recipe, code, message }) => ({
      at: clock.now(),
      eventTime: null,
      source: 'training',
      subject: recipe,
      code,
      severity: 'warning',
      message: `${recipe} is due for training again: ${message}`,
    })),
  )
  for (const { key } of events) told.add(key)
  changes.announce('events')
}
