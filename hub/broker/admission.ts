/** How many connections, and how many new ones a second: a storm after a restart must not starve who is connected. */
import type { Clock } from '../ports/clock.ts'

export const CONNECTIONS_MAX = 10_000
export const CONNECTS_PER_SECOND_MAX = 500

export type Admission = { readonly admit: (connections: number) => boolean }

export function createAdmission({ monotonic }: Pick<Clock, 'monotonic'>): Admission {
  let windowStart = monotonic()
  let inWindow = 0
  return {
    admit: (connections) => {
      const now = monotonic()
      if (now - windowStart >= 1_000) {
        windowStart = now
        inWindow = 0
      }
      inWindow += 1
      return connections < CONNECTIONS_MAX && inWindow <= CONNECTS_PER_SECOND_MAX
    },
  }
}
