/** What the evidence says against one reference. Persistence must be beaten; a champion must only not be lost against. */
import { lossText } from '@fleetcast/shared/recipe/metric.ts'
import type { RolloutPolicy } from '@fleetcast/shared/recipe/recipe.ts'
import { daysToDecision, type Measured } from './measure-difference.ts'
import { counted, percent, referenceText } from './words.ts'

export type Finding = {
  /** passed · failed · open: more days may decide it · undecided: the days are used up. */
  readonly state: 'passed' | 'failed' | 'open' | 'undecided'
  /** One sentence with numbers. */
  readonly reason: string
  readonly waitsFor: string | null
}

type Rule = {
  readonly policy: RolloutPolicy
  /** Days after which an open question is closed. */
  readonly daysMax: number
}

/** Judges one comparison that has its minimum of days. */
export function judgeReference(measured: Measured, rule: Rule): Finding {
  const { relativeDifference, lower, upper, margin, days } = measured
  const isPersistence = measured.reference === 'persistence'
  const numbers = numbersOf(measured)
  const worst = isPersistence ? 0 : margin
  if (lower > worst)
    return closed('failed', `${numbers}: even the lower bound is above ${percent(worst)}, so it is worse`)
  if (upper < margin && (!isPersistence || relativeDifference < 0))
    return closed('passed', `${numbers}: the upper bound is below the margin of ${percent(margin)}`)
  if (days < rule.daysMax) return stillOpen(measured, rule, numbers)
  if (isPersistence && relativeDifference >= 0)
    return closed('failed', `after ${counted(days, 'day')} it does not beat persistence (${numbers})`)
  return closed(
    'undecided',
    `${numbers}: after ${counted(days, 'day')} the upper bound is still not below ${percent(margin)}`,
  )
}

const closed = (state: 'passed' | 'failed' | 'undecided', reason: string): Finding => ({
  state,
  reason,
  waitsFor: null,
})

function stillOpen(measured: Measured, { policy, daysMax }: Rule, numbers: string): Finding {
  const { reference, relativeDifference, lower, upper, margin } = measured
  const isPersistence = reference === 'persistence'
  const isBehind = isPersistence && relativeDifference >= 0
  const above = isPersistence ? 0 : margin
  const below = isBehind ? Number.NEGATIVE_INFINITY : margin
  const left = daysToDecision(measured, { alpha: policy.alpha, below, above, daysMax })
  const better = isBehind
    ? `the mean to fall below persistence's from ${percent(relativeDifference)}`
    : `the upper bound against ${referenceText(reference)} to fall from ${percent(upper)} below ${percent(margin)}`
  const estimate =
    left === null
      ? `not before the limit of ${counted(daysMax, 'day')}`
      : `in about ${counted(left, 'more day')}`
  return {
    state: 'open',
    reason: `${numbers}: undecided`,
    waitsFor: `${better}, or the lower bound to rise from ${percent(lower)} above ${percent(above)}: at this spread ${estimate}`,
  }
}

function numbersOf({
  reference,
  relativeDifference,
  lower,
  upper,
  days,
  pairs,
  mae,
  referenceMae,
}: Measured): string {
  const figures = `${percent(relativeDifference)} (${percent(lower)} to ${percent(upper)})`
  return `against ${referenceText(reference)} ${figures}, error ${lossText(mae)} to ${lossText(referenceMae)}, over ${counted(days, 'day')} and ${pairs} pairs`
}
