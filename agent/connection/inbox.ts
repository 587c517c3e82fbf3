/** A bounded queue between the connection's callback and the one loop that reads it. */
import type { DurationMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import { createWake } from '../ports/wake.ts'

export class Inbox<T> {
  private readonly most: number
  private readonly items: T[] = []
  private readonly came = createWake()

  constructor(most: number) {
    this.most = most
  }

  /** False when there is no room: what is lost is asked for again. */
  put(item: T): boolean {
    if (this.items.length >= this.most) return false
    this.items.push(item)
    this.came.wake()
    return true
  }

  /** The oldest item, waiting for one; null when the patience is over or the signal is aborted. */
  async take(clock: Pick<Clock, 'sleep'>, patience: DurationMs, signal: AbortSignal): Promise<T | null> {
    const timer = new AbortController()
    void clock.sleep(patience, timer.signal).then(() => timer.abort())
    const both = AbortSignal.any([signal, timer.signal])
    while (this.items.length === 0 && !both.aborted) await this.came.wait(both)
    timer.abort()
    return this.items.shift() ?? null
  }
}
