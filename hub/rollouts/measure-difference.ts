/** Fleet days against one reference -> the measurement a verdict stands on. */
import { confidenceMultiplier, confidenceSequence } from '@fleetcast/shared/statistics/confidence-sequence.ts'
import { mean } from '@fleetcast/shared/statistics/newey-west.ts'
import type { FleetDay } from './evidence-day.ts'
import type { Measurement } from './rollout.ts'

/** Below three days a spread means nothing, so no interval is shown. */
const DAYS_MIN = 3

export type Measured = Measurement & {
  /** Relative standard error of one day: what makes the interval wide. */
  readonly daySpread: number
}

/** Null while there are too few days, or the reference made no error at all. */
export function measureDifference(
  days: readonly FleetDay[],
  { reference, margin, alpha }: { reference: string; margin: number; alpha: number },
): Measured | null {
  if (days.length < DAYS_MIN) return null
  const referenceMae = mean(days.map((day) => day.referenceMae))
  if (referenceMae === 0) return null
  // The scale is taken as known: its own error moves the relative difference by a few per cent of itself.
  const bounds = confidenceSequence(
    days.map((day) => day.difference / referenceMae),
    { alpha, sides: 'one' },
  )
  return {
    reference,
    relativeDifference: bounds.mean,
    lower: bounds.lower,
    upper: bounds.upper,
    margin,
    days: bounds.n,
    pairs: days.reduce((sum, day) => sum + day.pairs, 0),
    mae: mean(days.map((day) => day.mae)),
    referenceMae,
    daySpread: bounds.standardError * Math.sqrt(bounds.n),
  }
}

/**
 * Further days until the upper bound falls below `below` or the lower one rises above `above`, if mean and spread stay
 * as they are; null when neither happens up to `daysMax`.
 */
export function daysToDecision(
  { relativeDifference, daySpread, days }: Measured,
  { alpha, below, above, daysMax }: { alpha: number; below: number; above: number; daysMax: number },
): number | null {
  for (let n = days + 1; n <= daysMax; n++) {
    const halfWidth = (daySpread / Math.sqrt(n)) * confidenceMultiplier(n, { alpha, sides: 'one' })
    if (relativeDifference + halfWidth < below || relativeDifference - halfWidth > above) return n - days
  }
  return null
}
