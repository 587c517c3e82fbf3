/** Losses of two models on the same rows -> what can be said of the difference: overall, and part by part. */
import { boundsOf, MEAN_DAYS_MIN, pValueOf } from '@fleetcast/shared/statistics/day-mean.ts'
import { holmAdjusted } from '@fleetcast/shared/statistics/holm.ts'
import { pairedDifference } from '../../evaluation/paired-difference.ts'
import { slicesOf, type SliceInput } from '../../evaluation/slices.ts'
import type { ComparedSlice } from './comparison.ts'

export type LossesInput = SliceInput & {
  /** One loss for every row of the samples; only those of `rows` are read. */
  readonly lossA: ArrayLike<number>
  readonly lossB: ArrayLike<number>
  readonly persistence: ArrayLike<number>
  /** `24 h`. */
  readonly horizon: string
}

export type ComparedLosses = {
  readonly overall: ComparedSlice
  readonly slices: readonly ComparedSlice[]
}

const ALPHA = 0.05

type Part = { readonly kind: ComparedSlice['kind']; readonly name: string; readonly rows: ArrayLike<number> }

/** `rows` holds one row at least. */
export function compareLosses(input: LossesInput): ComparedLosses {
  const { rows } = input
  const overall = compared(input, { kind: 'overall', name: 'all rows', rows })
  // A recipe forecasts one horizon today: its line repeats the overall one and is no question of its own.
  const horizon = { ...overall, kind: 'horizon' as const, name: input.horizon }
  const slices = slicesOf(input)
    .filter((part) => part.rows.length > 0)
    .map((part) => compared(input, part))
  return {
    overall: judged(overall, overall.pValue),
    slices: [judged(horizon, horizon.pValue), ...holm(slices)],
  }
}

/** With its own p-value and no verdict yet. */
function compared(input: LossesInput, { kind, name, rows }: Part): Unjudged {
  const { samples, lossA, lossB } = input
  const { timeSeconds } = samples
  const { relative, ...found } = pairedDifference({ lossA, lossB, timeSeconds, rows })
  const isKnown = found.days >= MEAN_DAYS_MIN && Number.isFinite(relative.mean)
  return {
    ...{ kind, name, ...found, persistence: meanOver(input.persistence, rows) },
    relativeDifference: Number.isFinite(relative.mean) ? relative.mean : 0,
    interval: isKnown ? boundsOf(relative, 1 - ALPHA / 2) : null,
    pValue: isKnown ? pValueOf(relative) : null,
  }
}

type Unjudged = Omit<ComparedSlice, 'verdict'>

function meanOver(values: ArrayLike<number>, rows: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < rows.length; i++) sum += values[rows[i]!]!
  return sum / rows.length
}

/** Twenty slices have one below 5 % by chance: all of them together may err as often as one. */
function holm(slices: readonly Unjudged[]): readonly ComparedSlice[] {
  const asked = slices.filter(({ pValue }) => pValue !== null)
  const adjusted = holmAdjusted(asked.map(({ pValue }) => pValue!))
  return slices.map((slice) => judged(slice, adjusted[asked.indexOf(slice)] ?? null))
}

const judged = (slice: Unjudged, pValue: number | null): ComparedSlice => ({
  ...slice,
  pValue,
  verdict: verdictOf(pValue, slice),
})

function verdictOf(pValue: number | null, { relativeDifference }: Unjudged): ComparedSlice['verdict'] {
  if (pValue === null) return 'tooFewDays'
  if (pValue >= ALPHA) return 'notToldApart'
  return relativeDifference < 0 ? 'better' : 'worse'
}
