/** Is the version better than what anybody would say without it, and no worse than the one that serves now? */
import type { GatePolicy } from '@fleetcast/shared/recipe/gates.ts'
import { boundsOf, MEAN_DAYS_MIN } from '@fleetcast/shared/statistics/day-mean.ts'
import { dayOf } from '../evaluation/daily-losses.ts'
import { pairedDifference } from '../evaluation/paired-difference.ts'
import { failed, judged, notTestable, percent } from './gate-entry.ts'
import type { GateEntry, GateName } from './gate-report.ts'
import type { GateRows } from './gate-rows.ts'

export const judgeSkill = (policy: GatePolicy, rows: GateRows): readonly GateEntry[] => [
  judgeTrivial({ policy, rows, gate: 'beatsPersistence', reference: rows.persistenceLoss }),
  ...(policy.mustBeatSeasonalPersistence
    ? [judgeTrivial({ policy, rows, gate: 'beatsSeasonalPersistence', reference: rows.seasonalLoss })]
    : []),
  ...(policy.mustBeatClimatology
    ? [judgeTrivial({ policy, rows, gate: 'beatsClimatology', reference: rows.climatologyLoss })]
    : []),
  judgeAbsolute(policy, rows),
  judgeChampion(policy, rows),
]

const WORDS: Partial<Record<GateName, string>> = {
  beatsPersistence: 'persistence',
  beatsSeasonalPersistence: 'the mean of the same hour of the last days',
  beatsClimatology: 'climatology',
}

type Trivial = {
  readonly policy: GatePolicy
  readonly rows: GateRows
  readonly gate: GateName
  readonly reference: Float32Array
}

/** Skill is 1 - loss / reference: its lower bound must be above 0, and against persistence it must reach the policy's least. */
function judgeTrivial({ policy, rows, gate, reference }: Trivial): GateEntry {
  const { timeSeconds, loss } = rows
  // A reference that is missing on a row would quietly leave that row out.
  if (reference.some((value) => !Number.isFinite(value)))
    return failed(gate, `the loss of ${WORDS[gate]} is not known on every test row`)
  const difference = { lossA: loss, lossB: reference, timeSeconds, rows: Int32Array.from(loss.keys()) }
  const { relative, n, days } = pairedDifference(difference)
  const bounds = boundsOf(relative, policy.confidence)
  const [skill, lower, upper] = [-relative.mean, -bounds.upper, -bounds.lower]
  const limit = gate === 'beatsPersistence' ? policy.skillOverPersistenceMin : 0
  const isLong = days >= policy.testDaysMin
  return judged({
    ...{ gate, value: skill, limit, lower, upper, n, days },
    isPassed: isLong && lower > 0 && skill >= limit,
    message: isLong
      ? `skill over ${WORDS[gate]} ${percent(skill)}, at least ${percent(lower)}; needed: ${percent(limit)} and a lower bound above 0`
      : `${days} days of test rows; the policy wants ${policy.testDaysMin}`,
  })
}

function judgeAbsolute({ lossMax }: GatePolicy, { loss, timeSeconds }: GateRows): GateEntry {
  const value = loss.length === 0 ? Number.NaN : loss.reduce((sum, one) => sum + one, 0) / loss.length
  const days = new Set(Array.from(timeSeconds, dayOf)).size
  const known = { gate: 'absolute' as const, value, limit: lossMax, n: loss.length, days }
  if (lossMax === null)
    return Number.isFinite(value)
      ? notTestable('absolute', 'the recipe sets no limit', known)
      : judged({ ...known, isPassed: false, message: 'the mean loss of the test rows' })
  const message = `mean loss ${value.toFixed(3)}, at most ${lossMax}`
  return judged({ ...known, isPassed: value <= lossMax, message })
}

/** Non-inferiority: the upper bound of the relative difference stays below the margin. */
function judgeChampion(policy: GatePolicy, { championLoss, timeSeconds, loss }: GateRows): GateEntry {
  const { confidence, championDaysMin, worseThanChampionMax: limit } = policy
  if (championLoss === null)
    return notTestable('champion', 'first version: none with the same inputs and target serves yet')
  const rows = Int32Array.from(loss.keys()).filter((row) => !Number.isNaN(championLoss[row]!))
  const { relative, n, days } = pairedDifference({ lossA: loss, lossB: championLoss, timeSeconds, rows })
  const { lower, upper } = boundsOf(relative, confidence)
  const needed = Math.max(championDaysMin, MEAN_DAYS_MIN)
  if (days < needed) {
    const message =
      days === 0
        ? 'the champion was trained on every test row'
        : `${days} test days that the champion never saw`
    // Not a failure by default: the same data with a better recipe could never pass, and no stage of a rollout passes
    // before its devices have compared the two (decision 17).
    return championDaysMin > 0
      ? {
          ...failed('champion', `${message}; ${needed} that it never saw are needed`),
          n,
          days,
        }
      : notTestable(
          'champion',
          `${message}; no stage of its rollout passes before devices have compared the two`,
          { n, days },
        )
  }
  return judged({
    ...{ gate: 'champion', value: relative.mean, limit, lower, upper, n, days },
    isPassed: upper <= limit,
    message: `loss ${percent(relative.mean)} beside the champion, at most ${percent(upper)}; allowed ${percent(limit)}${upper < 0 ? '; an improvement' : ''}`,
  })
}
