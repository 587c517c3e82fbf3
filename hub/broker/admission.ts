/** How many connections, and how many new ones a second: a storm after a restart must not starve who is connected. */
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'

export const CONNECTIONS_MAX = 10_000
export const CONNECTS_PER_SECOND_MAX = 500

export type Admission = { readonly admit: (connections: number) => boolean }

export function createAdmission({
  clock,
  log,
}: {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Pick<Log, 'warn'>
}): Admission {
  let windowStart = clock.monotonic()
  let inWindow = 0
  let refused = 0
  return {
    admit: (connections) => {
      const now = clock.monotonic()
      if (now - windowStart >= 1_000) {
        if (refused > 0) log.warn({ refused }, 'connections were asked to come back later')
        windowStart = now
        inWindow = 0
        refused = 0
      }
      inWindow += 1
      const isAdmitted = connections < CONNECTIONS_MAX && inWindow <= CONNECTS_PER_SECOND_MAX
      if (!isAdmitted) refused += 1
      return isAdmitted
    },
  }
}
