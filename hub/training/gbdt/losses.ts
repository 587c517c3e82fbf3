/** What is minimised: the direction each row pulls, and the best constant of a leaf. */
import { assert } from '@fleetcast/shared/assert.ts'
import { selectQuantile } from './select-quantile.ts'

export type LossName = 'l2' | 'l1' | 'huber' | 'quantile'

export type Loss = {
  /** Negative gradient of every row, written into `out`. */
  readonly gradients: (residuals: Float64Array, out: Float64Array) => void
  /** The constant that serves these residuals best. `residuals` may be reordered. */
  readonly leafValue: (residuals: Float64Array, gradients: Float64Array) => number
  /** Mean loss, for early stopping. */
  readonly mean: (residuals: Float64Array) => number
}

const HUBER_SHARE = 0.9

/** `level` is the quantile sought (0.5 is the median); it matters for `quantile` alone. */
export function createLoss(name: LossName, level = 0.5): Loss {
  if (name === 'l2') return squared
  if (name === 'l1') return pinball(0.5, 2)
  if (name === 'quantile') return pinball(level, 1)
  assert(name === 'huber', 'every loss is known')
  return createHuber()
}

const average = (values: Float64Array): number =>
  values.length === 0 ? 0 : values.reduce((sum, x) => sum + x, 0) / values.length

const squared: Loss = {
  gradients: (residuals, out) => out.set(residuals),
  leafValue: (_residuals, gradients) => average(gradients),
  mean: (residuals) => Math.sqrt(average(residuals.map((r) => r * r))),
}

/** Absolute error is twice the pinball loss of the median. */
const pinball = (level: number, scale: number): Loss => ({
  gradients: (residuals, out) => {
    for (let i = 0; i < residuals.length; i++)
      out[i] = residuals[i]! > 0 ? level : residuals[i]! < 0 ? level - 1 : 0
  },
  leafValue: (residuals) => selectQuantile(residuals, level),
  mean: (residuals) => scale * average(residuals.map((r) => (r >= 0 ? level * r : (level - 1) * r))),
})

/** Squared up to the 90 % quantile of the absolute residuals, absolute beyond; the bound is renewed every round. */
function createHuber(): Loss {
  return {
    gradients: (residuals, out) => {
      const bound = selectQuantile(residuals.map(Math.abs), HUBER_SHARE) || 1
      for (let i = 0; i < residuals.length; i++) out[i] = Math.max(-bound, Math.min(bound, residuals[i]!))
    },
    leafValue: (_residuals, gradients) => average(gradients),
    mean: (residuals) => average(residuals.map(Math.abs)),
  }
}
