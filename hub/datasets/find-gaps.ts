/** Missing intervals of a station: gaps inside a period, and long breaks between two periods. */
import { DAY_MS } from '@fleetcast/shared/units.ts'
import { BREAK_DAYS } from './dataset-report.ts'

/** Steps of the missing intervals, first and last one included. */
export type Gap = { readonly from: number; readonly until: number }

export type Gaps = {
  readonly gaps: readonly Gap[]
  readonly breaks: readonly Gap[]
  /** Intervals from the first row to the last one, without the breaks. */
  readonly expected: number
}

export function findGaps(steps: Float64Array, cadenceMs: number): Gaps {
  const gaps: Gap[] = []
  const breaks: Gap[] = []
  const breakSteps = (BREAK_DAYS * DAY_MS) / cadenceMs
  for (let row = 1; row < steps.length; row++) {
    const gap = { from: steps[row - 1]! + 1, until: steps[row]! - 1 }
    if (gapSteps(gap) > breakSteps) breaks.push(gap)
    else if (gapSteps(gap) > 0) gaps.push(gap)
  }
  const span = steps.length === 0 ? 0 : steps.at(-1)! - steps[0]! + 1
  return { gaps, breaks, expected: span - breaks.reduce((sum, gap) => sum + gapSteps(gap), 0) }
}

export const gapSteps = ({ from, until }: Gap): number => until - from + 1
