import type { Random } from '@fleetcast/shared/random.ts'
import { ms, type DurationMs } from '@fleetcast/shared/units.ts'

/** Decorrelated jitter: between `least` and three times the last pause, capped (Brooker, "Exponential Backoff And Jitter", 2015). */
export function nextDelay(
  random: Pick<Random, 'next'>,
  last: number,
  { least, most }: { least: number; most: number },
): DurationMs {
  const upper = Math.max(least, last * 3)
  return ms(Math.min(most, least + random.next() * (upper - least)))
}
