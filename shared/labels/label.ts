/**
 * Labels: what really happened, computed from the target channel's readings in one place for training, for the backtest and for
 * the ledger of a station.
 */
import type { TargetEvent, TargetSpec } from '../recipe/target.ts'

/** The channel's valid value so many steps before the step in question; NaN for a gap. */
export type ValueBefore = (steps: number) => number

/** Share of an event's readings that may be missing. */
const MISSING_SHARE_MAX = 0.1

/** The truth of a forecast whose horizon ends at the step in question; an event is 1 or 0; NaN when the readings do not tell. */
export function labelOf({ predict, event, horizonSteps }: TargetSpec, before: ValueBefore): number {
  if (event !== undefined) return eventOf(event, horizonSteps, before)
  return predict === 'change' ? before(0) - before(horizonSteps) : before(0)
}

/**
 * What persistence says at the step in question: the value stays, hence does not change; what happened within the last horizon
 * happens again. NaN when the readings do not tell.
 */
export function persistenceOf(target: TargetSpec, before: ValueBefore): number {
  if (target.event !== undefined) return labelOf(target, before)
  const value = before(0)
  return target.predict === 'change' && Number.isFinite(value) ? 0 : value
}

function eventOf({ of, above }: TargetEvent, horizonSteps: number, before: ValueBefore): number {
  let missing = 0
  let [sum, max, min] = [0, -Infinity, Infinity]
  for (let steps = 0; steps < horizonSteps; steps++) {
    const value = before(steps)
    if (!Number.isFinite(value)) {
      missing += 1
      continue
    }
    sum += value
    if (value > max) max = value
    if (value < min) min = value
  }
  if (missing > MISSING_SHARE_MAX * horizonSteps) return Number.NaN
  return { sum, max, min }[of] > above ? 1 : 0
}
