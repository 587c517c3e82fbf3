/**
 * Labels: what really happened, computed from the target channel's readings in one place for training, for the backtest and for
 * the ledger of a station.
 */
import { classOf } from '../recipe/classes.ts'
import type { TargetEvent, TargetSpec } from '../recipe/target.ts'

/** The channel's valid value so many steps before the step in question; NaN for a gap. */
export type ValueBefore = (steps: number) => number

/** Share of the horizon's readings that may be missing. */
const MISSING_SHARE_MAX = 0.1

/**
 * The truth of a forecast whose horizon ends at the step in question; an event is 1 or 0, a class its place from 0; NaN when the readings
 * do not tell.
 */
export function labelOf(target: TargetSpec, before: ValueBefore): number {
  const { predict, event, classes, horizonSteps } = target
  if (event !== undefined) {
    const value = overHorizon(event.of, horizonSteps, before)
    return Number.isNaN(value) ? value : value > event.above ? 1 : 0
  }
  if (classes !== undefined) {
    const value = classes.of === undefined ? before(0) : overHorizon(classes.of, horizonSteps, before)
    return Number.isNaN(value) ? value : classOf(classes, value)
  }
  return predict === 'change' ? before(0) - before(horizonSteps) : before(0)
}

/**
 * What persistence says at the step in question: the value stays, and so does its class, hence does not change; what happened within the
 * last horizon happens again. NaN when the readings do not tell.
 */
export function persistenceOf(target: TargetSpec, before: ValueBefore): number {
  if (target.predict !== 'change') return labelOf(target, before)
  return Number.isFinite(before(0)) ? 0 : before(0)
}

/** NaN when too many of its readings are missing. */
function overHorizon(of: TargetEvent['of'], horizonSteps: number, before: ValueBefore): number {
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
  return missing > MISSING_SHARE_MAX * horizonSteps ? Number.NaN : { sum, max, min }[of]
}
