import type { Clock } from '../ports/clock.ts'

export type TokenBucket = { readonly take: (amount: number) => boolean }

/** Fills at `perSecond` up to `capacity`; `take` is false while there is too little. */
export function createTokenBucket(
  { monotonic }: Pick<Clock, 'monotonic'>,
  perSecond: number,
  capacity: number,
): TokenBucket {
  let tokens = capacity
  let filledAt: number = monotonic()
  return {
    take: (amount) => {
      const now = monotonic()
      tokens = Math.min(capacity, tokens + ((now - filledAt) / 1_000) * perSecond)
      filledAt = now
      if (tokens < amount) return false
      tokens -= amount
      return true
    },
  }
}
