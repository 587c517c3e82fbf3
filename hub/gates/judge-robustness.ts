/**
 * One broken channel must cost little, since stations break. The target's own channel is different: without it nobody
 * knows much, so there the version is measured by persistence that reads the same broken sensor.
 */
import type { GatePolicy } from '@fleetcast/shared/recipe/gates.ts'
import { judged } from './gate-entry.ts'
import type { GateEntry } from './gate-report.ts'
import type { FaultMeasure, Robustness } from './measure-robustness.ts'

export function judgeRobustness(policy: GatePolicy, found: Robustness): readonly GateEntry[] {
  const entries = found.faults.map((fault) => judgeFault(policy, found, fault))
  const worst = entries.reduce<GateEntry | null>(
    (most, next) => (most === null || ratioOf(next) > ratioOf(most) ? next : most),
    null,
  )
  const bad = entries.filter(({ verdict }) => verdict === 'fail').length
  const { inputs, notFinite } = found.fuzz
  return [
    judged({
      ...{ gate: 'robustness', value: worst?.value ?? Number.NaN, limit: worst?.limit ?? null, n: found.n },
      isPassed: bad === 0,
      message: `worst is ${worst?.slice ?? 'unknown'}; ${bad} of ${entries.length} faults cost too much`,
    }),
    ...entries,
    judged({
      ...{ gate: 'fuzz', value: notFinite, limit: 0, n: inputs },
      isPassed: notFinite === 0 && inputs >= policy.fuzzInputs,
      message: `${notFinite} answers that are no number to ${inputs} windows of any content (NaN and what the range check of a station turns into NaN included)`,
    }),
  ]
}

/** Nothing is worse than no number; what has no limit is no candidate. */
function ratioOf({ value, limit }: GateEntry): number {
  if (value === null) return Infinity
  return limit === null ? 0 : value / limit
}

function judgeFault(
  { robustnessFactorMax }: GatePolicy,
  { cleanLoss, n }: Robustness,
  { channel, fault, loss, persistenceLoss, outside, notFinite, isTarget }: FaultMeasure,
): GateEntry {
  const fair = isTarget && persistenceLoss > cleanLoss ? persistenceLoss : cleanLoss
  const value = loss / fair
  // Without any reading of the target there is nothing to compare with; the answer must only be usable.
  const limit = isTarget && Number.isNaN(persistenceLoss) ? null : robustnessFactorMax
  const beside = fair === cleanLoss ? 'unbroken' : 'persistence with the same sensor'
  // A station refuses an answer outside the limits; where the target's own sensor lies that is how it notices.
  const isUsable = isTarget || outside === 0
  return judged({
    ...{ gate: 'robustness', slice: `${channel} ${fault}`, value, limit, n },
    isPassed: notFinite === 0 && isUsable && (limit === null || value <= limit),
    message: `loss ${loss.toFixed(3)}, ${value.toFixed(2)} times that ${beside}${limit === null ? ' (nothing to compare with)' : `, at most ${limit}`}; ${outside} answers outside the limits, ${notFinite} no number`,
  })
}
