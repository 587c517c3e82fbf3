/** Slow retrieval: a source that trickles must not hold a transfer for ever. Only time spent waiting for bytes counts. */
import type { AgentSettings } from '../config/agent-settings.ts'

export type RateLimits = Pick<AgentSettings, 'bytesPerSecondMin' | 'rateWindowMs'>

/** Judges one transfer, window after window. */
export class MinimumRate {
  private readonly limits: RateLimits
  private waitedMs = 0
  private bytes = 0

  constructor(limits: RateLimits) {
    this.limits = limits
  }

  /** False when the window that is full now brought less than the minimum. */
  add(waitedMs: number, bytes: number): boolean {
    this.waitedMs += waitedMs
    this.bytes += bytes
    if (this.waitedMs < this.limits.rateWindowMs) return true
    const isEnough = this.bytes * 1_000 >= this.limits.bytesPerSecondMin * this.waitedMs
    this.waitedMs = 0
    this.bytes = 0
    return isEnough
  }
}
