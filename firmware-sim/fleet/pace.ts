/**
 * Event hours a wall second. A world that cannot keep up is slowed down, never queued: what is late beyond a short slack is
 * forgotten, and the measured speed tells the truth.
 */
import { ms, type DurationMs } from '@fleetcast/shared/units.ts'

const SLACK_MS = 200
const WINDOW_MS = 2_000
/** Marks of the window; at thousands of hours a second not every hour gets one. */
const MARK_EVERY_MS = 20

type Mark = { readonly at: DurationMs; readonly hours: number }

export class Pace {
  #hoursPerSecond: number
  #isHeld = false
  #due: number
  #hours = 0
  #marks: Mark[]

  constructor(hoursPerSecond: number, now: DurationMs) {
    this.#hoursPerSecond = hoursPerSecond
    this.#due = now
    this.#marks = [{ at: now, hours: 0 }]
  }

  setSpeed(hoursPerSecond: number, now: DurationMs): void {
    this.#hoursPerSecond = hoursPerSecond
    this.#due = Math.min(this.#due, now + 1_000 / hoursPerSecond)
  }

  setHeld(isHeld: boolean): void {
    this.#isHeld = isHeld
  }

  /** Wall time until the next step is due; infinite while held. */
  waitMs(now: DurationMs): number {
    return this.#isHeld ? Number.POSITIVE_INFINITY : this.#due - now
  }

  /** A step of `hours` event hours is over. */
  stepped(hours: number, now: DurationMs): void {
    this.#due = Math.max(this.#due, now - SLACK_MS) + (1_000 * hours) / this.#hoursPerSecond
    this.#hours += hours
    if (now - this.#marks.at(-1)!.at >= MARK_EVERY_MS) this.#marks.push({ at: now, hours: this.#hours })
    while (this.#marks.length > 2 && now - this.#marks[1]!.at > WINDOW_MS) this.#marks.shift()
  }

  /** Measured over the last two seconds. */
  measured(now: DurationMs): number {
    const [first] = this.#marks
    const elapsed = ms(now - first!.at)
    return elapsed <= 0 ? 0 : Math.round((10_000 * (this.#hours - first!.hours)) / elapsed) / 10
  }
}
