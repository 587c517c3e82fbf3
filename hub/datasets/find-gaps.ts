/** Missing intervals of a station: gaps inside a period, and long breaks between two periods. */
import { DAY_MS } from '@fleetcast/shared/units.ts'
import { BREAK_DAYS, EXAMPLES_MAX } from './dataset-report.ts'

/** Steps of the missing intervals, first and last one included. */
export type Gap = { readonly from: number; readonly until: number }

export const gapSteps = ({ from, until }: Gap): number => until - from + 1

/** How many there were, how many intervals they hold, and the longest of them. */
export class GapTally {
  count = 0
  intervals = 0
  #longest: Gap[] = []

  add(gap: Gap): void {
    this.count++
    this.intervals += gapSteps(gap)
    this.#longest.push(gap)
    if (this.#longest.length > 50 * EXAMPLES_MAX) this.#longest = this.longest()
  }

  /** The longest first. */
  longest(): Gap[] {
    return this.#longest.sort((a, b) => gapSteps(b) - gapSteps(a) || a.from - b.from).slice(0, EXAMPLES_MAX)
  }
}

/** Gaps of one station, fed with its steps in order. */
export class GapFinder {
  readonly gaps = new GapTally()
  readonly breaks = new GapTally()
  /** Stretches without a break, as their first and last step. */
  readonly periods: { from: number; until: number }[] = []
  readonly #breakSteps: number

  constructor(cadenceMs: number) {
    this.#breakSteps = (BREAK_DAYS * DAY_MS) / cadenceMs
  }

  /** Returns the intervals missing between the step before and this one. */
  add(step: number): number {
    const period = this.periods.at(-1)
    if (period === undefined) {
      this.periods.push({ from: step, until: step })
      return 0
    }
    const gap = { from: period.until + 1, until: step - 1 }
    if (gapSteps(gap) > this.#breakSteps) {
      this.breaks.add(gap)
      this.periods.push({ from: step, until: step })
    } else {
      if (gapSteps(gap) > 0) this.gaps.add(gap)
      period.until = step
    }
    return gapSteps(gap)
  }

  /** Intervals from the first row to the last one, without the breaks. */
  get expected(): number {
    return this.periods.reduce((sum, { from, until }) => sum + until - from + 1, 0)
  }
}
