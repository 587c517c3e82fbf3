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
  /** What was said in probabilities; empty where numbers are predicted. */
  readonly answers: readonly Answered[]
  readonly loss: Float32Array
  readonly persistenceLoss: Float32Array
  readonly seasonalLoss: Float32Array
  readonly climatologyLoss: Float32Array
  /** NaN where the champion saw the row in training; null without a champion. */
  readonly championLoss: Float32Array | null
}

/** The event, or one of the classes: with what probability each row was told to be it, and 1 where it was. */
export type Answered = { readonly name: string; readonly said: Float32Array; readonly came: Float32Array }
