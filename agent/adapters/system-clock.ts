import { setTimeout as delay } from 'node:timers/promises'
import { epochMs, ms } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => epochMs(Date.now()),
  monotonic: () => ms(performance.now()),
  sleep: async (duration, signal) => {
    try {
      await delay(duration, undefined, signal ? { signal } : {})
    } catch (cause) {
      if (!signal?.aborted) throw cause
    }
  },
}
