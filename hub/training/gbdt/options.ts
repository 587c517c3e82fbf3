import type { LossName } from './losses.ts'

export type GbdtOptions = {
  readonly loss: LossName
  /** Quantile sought by the quantile loss. */
  readonly level: number
  readonly rounds: number
  readonly learningRate: number
  readonly leavesMax: number
  readonly rowsInLeafMin: number
  /** Added to the row count (or weight, or curvature) of every leaf when its gain is judged. */
  readonly penalty: number
  /** Shares of rows and columns that each tree sees. */
  readonly rowShare: number
  readonly columnShare: number
  /** Rounds without a better validation loss that end the fit; 0 for none. */
  readonly patience: number
}

export const GBDT_DEFAULTS: GbdtOptions = {
  loss: 'l1',
  level: 0.5,
  rounds: 500,
  learningRate: 0.05,
  leavesMax: 16,
  rowsInLeafMin: 200,
  penalty: 1,
  rowShare: 0.5,
  columnShare: 0.3,
  patience: 40,
}
