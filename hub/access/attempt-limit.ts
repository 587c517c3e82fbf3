/**
 * Guessing gets slow: every attempt counts before it is judged, so that many at the same time gain nothing; after some free
 * ones each further attempt doubles the wait. In memory: a restart forgets it, which costs an attacker more than it gives.
 */
import { ms, type DurationMs } from '@fleetcast/shared/units.ts'

export type AttemptLimit = {
  /** Counts one attempt; 0 when it may go on, else how long to wait (then it was not counted). */
  readonly take: (key: string, now: DurationMs) => DurationMs
  /** How long this key has to wait; 0 most of the time. Counts nothing. */
  readonly waitOf: (key: string, now: DurationMs) => DurationMs
  /** The attempt was no guess: takes it back. */
  readonly giveBack: (key: string) => void
  /** Forgets the key. */
  readonly reset: (key: string) => void
}

export type AttemptLimitOptions = {
  readonly freeAttempts: number
  readonly firstWait: DurationMs
  readonly longestWait: DurationMs
  /** An attempt is forgotten after so long without another. */
  readonly window: DurationMs
  /** The key that was quiet for longest makes room. */
  readonly keysMax: number
}

type Attempts = { readonly count: number; readonly at: DurationMs; readonly openAt: DurationMs }

export function createAttemptLimit(options: AttemptLimitOptions): AttemptLimit {
  // A map keeps its order: the first key is the one that was quiet for longest.
  const attemptsByKey = new Map<string, Attempts>()
  const put = (key: string, attempts: Attempts): void => {
    attemptsByKey.delete(key)
    attemptsByKey.set(key, attempts)
    if (attemptsByKey.size <= options.keysMax) return
    const [quietest] = attemptsByKey.keys()
    if (quietest !== undefined) attemptsByKey.delete(quietest)
  }
  const recent = (key: string, now: DurationMs): Attempts | null => {
    const known = attemptsByKey.get(key)
    return known === undefined || now - known.at > options.window ? null : known
  }
  const waitOf = (key: string, now: DurationMs): DurationMs =>
    ms(Math.max(0, (recent(key, now)?.openAt ?? 0) - now))
  return {
    waitOf,
    take: (key, now) => {
      const wait = waitOf(key, now)
      if (wait > 0) return wait
      const count = (recent(key, now)?.count ?? 0) + 1
      put(key, { count, at: now, openAt: ms(now + waitAfter(count, options)) })
      return ms(0)
    },
    giveBack: (key) => {
      const known = attemptsByKey.get(key)
      if (known === undefined) return
      if (known.count <= 1) attemptsByKey.delete(key)
      else attemptsByKey.set(key, { ...known, count: known.count - 1, openAt: ms(0) })
    },
    reset: (key) => void attemptsByKey.delete(key),
  }
}

function waitAfter(count: number, { freeAttempts, firstWait, longestWait }: AttemptLimitOptions): number {
  if (count < freeAttempts) return 0
  return Math.min(longestWait, firstWait * 2 ** Math.min(30, count - freeAttempts))
}

/** One network of one household or host: IPv6 addresses are cheap, so a /64 counts as one. */
export function networkOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1]
  if (v4 !== undefined) return v4
  const [head = '', tail = ''] = address.split('%')[0]!.split('::')
  const before = head.split(':').filter((group) => group !== '')
  const after = tail.split(':').filter((group) => group !== '')
  const zeros = address.includes('::') ? Math.max(0, 8 - before.length - after.length) : 0
  return [...before, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4).join(':')
}
