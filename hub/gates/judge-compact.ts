/** Weights in fewer bits: what they cost beside the same model in float32, on the same rows. */
import type { GatePolicy } from '@fleetcast/shared/recipe/gates.ts'
import type { WeightStorage } from '@fleetcast/shared/recipe/recipe.ts'
import { boundsOf } from '@fleetcast/shared/statistics/day-mean.ts'
import { pairedDifference } from '../evaluation/paired-difference.ts'
import { failed, judged, notTestable } from './gate-entry.ts'
import type { GateEntry } from './gate-report.ts'

/** One model in both storages, one value a row. */
export type StoragePair = { readonly compact: Float32Array; readonly exact: Float32Array }

export type CompactMeasure = {
  readonly storage: WeightStorage
  readonly bytes: number
  readonly float32Bytes: number
  readonly timeSeconds: Float64Array
  /** Losses of the file that ships, which was fitted on the test rows too, and of the model that never saw them. */
  readonly shipped: StoragePair
  readonly heldOut: StoragePair
}

/** What there is to compare; `full`: nothing, for the reason given. Null: it was not measured. */
export type WeightsMeasure =
  | { readonly kind: 'full'; readonly reason: string }
  | ({ readonly kind: 'compact' } & CompactMeasure)
  | null

export function judgeCompact(policy: GatePolicy, measure: WeightsMeasure): readonly GateEntry[] {
  if (measure === null) return [failed('compactWeights', 'the stored weights were not compared with float32')]
  if (measure.kind === 'full') return [notTestable('compactWeights', measure.reason)]
  return [judgePair(policy, measure, 'shipped'), judgePair(policy, measure, 'heldOut')]
}

const WORDS = { shipped: 'the file that ships', heldOut: 'the model that never saw the test rows' } as const

function judgePair(policy: GatePolicy, measure: CompactMeasure, which: keyof typeof WORDS): GateEntry {
  const { storage, bytes, float32Bytes, timeSeconds } = measure
  const { compact, exact } = measure[which]
  const { confidence, compactLossIncreaseMax: limit, testDaysMin } = policy
  const rows = Int32Array.from(compact.keys())
  const { relative, n, days } = pairedDifference({ lossA: compact, lossB: exact, timeSeconds, rows })
  const { mean: value } = relative
  const { lower, upper } = boundsOf(relative, confidence)
  return judged({
    ...{ gate: 'compactWeights', value, limit, lower, upper, n, days },
    ...(which === 'shipped' ? {} : { slice: 'fitted without the test rows' }),
    isPassed: days >= testDaysMin && upper <= limit,
    message: `${WORDS[which]}: with ${storage} weights the loss changes by ${percent(value)}, by ${percent(upper)} at most; ${percent(limit)} allowed, on ${testDaysMin} days or more (${bytes} bytes instead of ${float32Bytes})`,
  })
}

/** Finer than elsewhere: rounding costs hundredths of a per cent. */
const percent = (part: number): string => `${part >= 0 ? '+' : ''}${(100 * part).toFixed(3)} %`
