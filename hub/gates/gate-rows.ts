/** The test rows as the gates see them: losses row by row, whatever the loss is. One value a row in every array. */
import type { SliceStation } from '../evaluation/slices.ts'

export type GateRows = {
  /** Event time of the newest reading of the row's window. */
  readonly timeSeconds: Float64Array
  /** From there to what is forecast. */
  readonly horizonSeconds: number
  readonly sites: readonly SliceStation[]
  /** Index into `sites`. */
  readonly siteIndex: Int32Array
  readonly truth: Float32Array
  /** False where truth is a class: its extremes mean nothing. */
  readonly isTruthOrdered: boolean
  readonly loss: Float32Array
  readonly persistenceLoss: Float32Array
  readonly seasonalLoss: Float32Array
  readonly climatologyLoss: Float32Array
  /** NaN where the champion saw the row in training; null without a champion. */
  readonly championLoss: Float32Array | null
}
