/** What is minimised: the direction each row pulls, how sure it is, and the best constant of a leaf. */
import { assertNever } from '@fleetcast/shared/assert.ts'
import { selectQuantile, weightedQuantile } from './select-quantile.ts'

export type LossName = 'l2' | 'l1' | 'huber' | 'quantile' | 'logistic'

/** Where the boosting stands; residual is target less score. */
export type Standing = {
  readonly targets: Float32Array
  readonly scores: Float64Array
  readonly residuals: Float64Array
}

/** The rows of one leaf, and the values of all rows; `curvatures` is null where every row counts 1. */
export type LeafRows = {
  readonly rows: Int32Array
  readonly residuals: Float64Array
  readonly gradients: Float64Array
  readonly curvatures: Float64Array | null
}

export type Loss = {
  /** The score that every row starts from. */
  readonly base: (targets: Float32Array, weights: Float32Array | null) => number
  /** Negative gradient of every row, written into `out`, weights left out. */
  readonly gradients: (standing: Standing, out: Float64Array) => void
  /** Second derivative of every row; null where it is 1 everywhere or is taken as 1. */
  readonly curvatures: ((standing: Standing, out: Float64Array) => void) | null
  /** The constant that serves these rows best. */
  readonly leafValue: (rows: LeafRows) => number
  /** Mean loss, for early stopping. */
  readonly mean: (targets: Float32Array, scores: Float64Array) => number
}

/** `level` is the quantile sought (0.5 is the median); it matters for `quantile` alone. */
export function createLoss(name: LossName, level = 0.5): Loss {
  switch (name) {
    case 'l2':
      return squared
    case 'l1':
      return pinball(0.5, 2)
    case 'quantile':
      return pinball(level, 1)
    case 'huber':
      return createHuber()
    case 'logistic':
      return logistic
    default:
      return assertNever(name)
  }
}

function sumOf(values: Float64Array, rows: Int32Array): number {
  let total = 0
  for (let i = 0; i < rows.length; i++) total += values[rows[i]!]!
  return total
}

/** Rows count 1 where there are no curvatures. */
const totalOf = ({ rows, curvatures }: LeafRows): number =>
  curvatures === null ? rows.length : sumOf(curvatures, rows)

/** Gradients are already weighted when there are weights. */
function meanGradient(leaf: LeafRows): number {
  const total = totalOf(leaf)
  return total === 0 ? 0 : sumOf(leaf.gradients, leaf.rows) / total
}

function gather(values: Float64Array, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]!]!
  return out
}

function weightedMean(targets: Float32Array, weights: Float32Array | null): number {
  let [total, weighted] = [0, 0]
  for (let i = 0; i < targets.length; i++) {
    const weight = weights?.[i] ?? 1
    total += weight
    weighted += weight * targets[i]!
  }
  return total === 0 ? 0 : weighted / total
}

function meanOver(targets: Float32Array, scores: Float64Array, loss: (residual: number) => number): number {
  let total = 0
  for (let i = 0; i < targets.length; i++) total += loss(targets[i]! - scores[i]!)
  return total / Math.max(1, targets.length)
}

const squared: Loss = {
  base: weightedMean,
  gradients: ({ residuals }, out) => out.set(residuals),
  curvatures: null,
  leafValue: meanGradient,
  mean: (targets, scores) => Math.sqrt(meanOver(targets, scores, (r) => r * r)),
}

/** Absolute error is twice the pinball loss of the median. */
const pinball = (level: number, scale: number): Loss => ({
  base: (targets, weights) => quantileOf(Float64Array.from(targets), weights, level),
  gradients: ({ residuals }, out) => {
    for (let i = 0; i < residuals.length; i++)
      out[i] = residuals[i]! > 0 ? level : residuals[i]! < 0 ? level - 1 : 0
  },
  curvatures: null,
  leafValue: ({ rows, residuals, curvatures }) =>
    quantileOf(gather(residuals, rows), curvatures === null ? null : gather(curvatures, rows), level),
  mean: (targets, scores) => scale * meanOver(targets, scores, (r) => (r >= 0 ? level * r : (level - 1) * r)),
})

const quantileOf = (
  values: Float64Array,
  weights: Float32Array | Float64Array | null,
  level: number,
): number => (weights === null ? selectQuantile(values, level) : weightedQuantile(values, weights, level))

const HUBER_SHARE = 0.9

/** Squared up to the 90 % quantile of the absolute residuals, absolute beyond; the bound is renewed every round. */
const createHuber = (): Loss => ({
  base: weightedMean,
  gradients: ({ residuals }, out) => {
    const bound = selectQuantile(residuals.map(Math.abs), HUBER_SHARE) || 1
    for (let i = 0; i < residuals.length; i++) out[i] = Math.max(-bound, Math.min(bound, residuals[i]!))
  },
  curvatures: null,
  leafValue: meanGradient,
  mean: (targets, scores) => meanOver(targets, scores, Math.abs),
})

const PROBABILITY_MIN = 1e-6
/** Added to a leaf's curvature: a pure leaf would otherwise ask for an infinite step. */
const CURVATURE_FLOOR = 1

export const sigmoid = (score: number): number => 1 / (1 + Math.exp(-score))

/** Targets are 0 and 1, scores log odds; leaves take one Newton step. */
const logistic: Loss = {
  base: (targets, weights) => {
    const share = Math.max(PROBABILITY_MIN, Math.min(1 - PROBABILITY_MIN, weightedMean(targets, weights)))
    return Math.log(share / (1 - share))
  },
  gradients: ({ targets, scores }, out) => {
    for (let i = 0; i < targets.length; i++) out[i] = targets[i]! - sigmoid(scores[i]!)
  },
  curvatures: ({ scores }, out) => {
    for (let i = 0; i < scores.length; i++) {
      const p = sigmoid(scores[i]!)
      out[i] = p * (1 - p)
    }
  },
  leafValue: (leaf) => sumOf(leaf.gradients, leaf.rows) / (totalOf(leaf) + CURVATURE_FLOOR),
  mean: (targets, scores) => {
    let total = 0
    for (let i = 0; i < targets.length; i++) {
      const z = targets[i] === 1 ? -scores[i]! : scores[i]!
      total += z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z))
    }
    return total / Math.max(1, targets.length)
  },
}
