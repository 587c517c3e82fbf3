/**
 * Cross-validation as time goes: each fold is judged on a block of time and fitted on what lies before it, less an embargo, so
 * that no row of one shares a reading with a row of the other. The training part grows from fold to fold.
 */
import { assert } from '@fleetcast/shared/assert.ts'

export type Fold = { readonly training: Int32Array; readonly validation: Int32Array }

export type RollingInput = {
  /** Newest reading of each row's window. */
  readonly timeSeconds: ArrayLike<number>
  /** Rows that may be used, in any order. */
  readonly rows: Int32Array
  readonly folds: number
  /** Window plus horizon. */
  readonly embargoSeconds: number
}

/** Share of the rows, oldest first, that no fold judges. */
const FIRST_SHARE = 0.4

/** Row numbers in order of time. A fold without training rows (history shorter than the embargo) is left out. */
export function rollingFolds({ timeSeconds, rows, folds, embargoSeconds }: RollingInput): readonly Fold[] {
  assert(folds >= 1, 'there is one fold at least')
  const ordered = rows.toSorted((a, b) => timeSeconds[a]! - timeSeconds[b]!)
  const timeAt = (share: number): number =>
    share >= 1 ? Infinity : timeSeconds[ordered[Math.floor(share * ordered.length)]!]!
  return Array.from({ length: folds }, (_, k): Fold => {
    const from = timeAt(FIRST_SHARE + ((1 - FIRST_SHARE) * k) / folds)
    const until = timeAt(FIRST_SHARE + ((1 - FIRST_SHARE) * (k + 1)) / folds)
    return {
      training: ordered.filter((row) => timeSeconds[row]! < from - embargoSeconds),
      validation: ordered.filter((row) => timeSeconds[row]! >= from && timeSeconds[row]! < until),
    }
  }).filter(({ training, validation }) => training.length > 0 && validation.length > 0)
}
