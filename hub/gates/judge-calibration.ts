/**
 * Probabilities come true as often as they say. Forecasts of about the same probability lie in one bin (reliability diagram, Murphy &
 * Winkler 1977): how often they came is compared with what they said. A bin fails when it is off by more than the limit beyond doubt; many
 * are looked at, so the doubt is shared out (Holm 1979).
 */
import type { GatePolicy } from '@fleetcast/shared/recipe/gates.ts'
import { dayMean, MEAN_DAYS_MIN, tailAbove } from '@fleetcast/shared/statistics/day-mean.ts'
import { holmAdjusted } from '@fleetcast/shared/statistics/holm.ts'
import { sumByDay } from '../evaluation/daily-losses.ts'
import { judged, notTestable } from './gate-entry.ts'
import type { GateEntry } from './gate-report.ts'
import type { Answered, GateRows } from './gate-rows.ts'

const BINS = 5

export function judgeCalibration(policy: GatePolicy, rows: GateRows): readonly GateEntry[] {
  const bins = rows.answers.flatMap((answer) => binsOf(rows, answer))
  const daysMin = Math.max(policy.sliceDaysMin, MEAN_DAYS_MIN)
  const tested = bins.filter(({ parts }) => parts.length >= daysMin)
  const doubts = holmAdjusted(
    tested.map((bin) => tailAbove({ ...dayMean(bin.parts), mean: gapOf(bin) }, policy.probabilityErrorMax)),
  )
  const entries = tested.map((bin, i) => judgeBin(policy, bin, doubts[i]!))
  const short = bins
    .filter((bin) => !tested.includes(bin))
    .map(({ name, n, parts: { length: days } }) =>
      notTestable('calibration', `${days} days, ${daysMin} are needed`, { slice: name, n, days }),
    )
  return [overall(policy, { rows, bins, entries }), ...entries, ...short]
}

type Bin = {
  readonly answer: Answered
  readonly name: string
  readonly n: number
  /** Means over its rows. */
  readonly said: number
  readonly came: number
  /** What each day adds to the difference of the two (linearisation of the ratio); their mean is the difference itself. */
  readonly parts: readonly number[]
}

function binsOf({ timeSeconds }: GateRows, answer: Answered): readonly Bin[] {
  const rowsByBin = Array.from({ length: BINS }, (): number[] => [])
  answer.said.forEach((p, row) => rowsByBin[Math.min(BINS - 1, Math.floor(BINS * p))]?.push(row))
  return rowsByBin.flatMap((rows, k) => {
    if (rows.length === 0) return []
    const byDay = sumByDay([answer.said, answer.came], { timeSeconds, rows })
    const total = (column: number): number => byDay.reduce((sum, { sums }) => sum + sums[column]!, 0)
    const [n, said, came] = [rows.length, total(0) / rows.length, total(1) / rows.length]
    const share = byDay.length / n
    const parts = byDay.map(
      (day) => came - said + share * (day.sums[1]! - day.sums[0]! - (came - said) * day.n),
    )
    const name = `${answer.name}, said ${(100 * k) / BINS}-${(100 * (k + 1)) / BINS} %`
    return [{ answer, name, n, said, came, parts }]
  })
}

const gapOf = ({ said, came }: Bin): number => Math.abs(came - said)

function judgeBin(
  { probabilityErrorMax: limit, confidence }: GatePolicy,
  bin: Bin,
  doubt: number,
): GateEntry {
  const { name, n, said, came, parts } = bin
  return judged({
    ...{ gate: 'calibration', slice: name, value: gapOf(bin), limit, n, days: parts.length },
    isPassed: doubt >= 1 - confidence,
    message: `${percent(said)} on average were said, ${percent(came)} came; fails when it is off by more than ${percent(limit)} beyond doubt (Holm: p ${doubt.toFixed(3)})`,
  })
}

type Found = {
  readonly rows: GateRows
  readonly bins: readonly Bin[]
  readonly entries: readonly GateEntry[]
}

/** The worst answer by its mean gap over all forecasts (classwise expected calibration error, Kull et al. 2019). */
function overall(policy: GatePolicy, { rows, bins, entries }: Found): GateEntry {
  const errors = rows.answers.map((answer) => ({
    name: answer.name,
    error: bins
      .filter((bin) => bin.answer === answer)
      .reduce((sum, bin) => sum + (bin.n / answer.said.length) * gapOf(bin), 0),
  }))
  const worst = errors.reduce((most, next) => (next.error > most.error ? next : most))
  const days = sumByDay([], {
    timeSeconds: rows.timeSeconds,
    rows: Int32Array.from(rows.timeSeconds.keys()),
  }).length
  const bad = entries.filter(({ verdict }) => verdict === 'fail').length
  const known = { n: rows.timeSeconds.length, days, value: worst.error, limit: policy.probabilityErrorMax }
  if (entries.length === 0) return notTestable('calibration', 'no probability was said on enough days', known)
  return judged({
    ...known,
    gate: 'calibration',
    isPassed: bad === 0 && days >= policy.testDaysMin,
    message: `worst is ${worst.name}: what is said and what comes differ by ${percent(worst.error)} on average; ${bad} of ${entries.length} kinds of forecast are off by more than ${percent(policy.probabilityErrorMax)}`,
  })
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
