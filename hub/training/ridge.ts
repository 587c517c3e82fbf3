/** Ridge regression in closed form: normal equations in float64, solved by Cholesky; then towards absolute error by reweighting. */
import { assert } from '@fleetcast/shared/assert.ts'
import type { Graph } from '../onnx/graph.ts'
import { columnOf, type Matrix } from './matrix.ts'
import { emitStandardise, fitScaling, standardise } from './standardise.ts'
import type { TrainedModel } from './trained-model.ts'

export type RidgeOptions = {
  /** Penalty on each standardised weight, per row. */
  readonly penalty: number
  /** Reweighting rounds towards least absolute deviations; 0 for least squares. */
  readonly reweightings: number
}

export const RIDGE_DEFAULTS: RidgeOptions = { penalty: 1e-3, reweightings: 6 }

/** Below this absolute residual (units of the target) a row weighs no more. */
const RESIDUAL_FLOOR = 0.3

export function fitRidge(
  matrix: Matrix,
  target: Float32Array,
  options: RidgeOptions = RIDGE_DEFAULTS,
): TrainedModel {
  const scaling = fitScaling(matrix)
  const design = standardise(matrix, scaling)
  let rowWeights: Float64Array = new Float64Array(matrix.rows).fill(1)
  let solution = solveWeighted(design, target, { rowWeights, penalty: options.penalty })
  for (let round = 0; round < options.reweightings; round++) {
    const predicted = predictLinear(design, solution)
    rowWeights = rowWeights.map((_, i) => 1 / Math.max(RESIDUAL_FLOOR, Math.abs(target[i]! - predicted[i]!)))
    solution = solveWeighted(design, target, { rowWeights, penalty: options.penalty })
  }
  return {
    algorithm: 'ridge',
    rounds: options.reweightings,
    backend: 'native',
    predict: (other) => predictLinear(standardise(other, scaling), solution),
    emit: (graph, features) => emitLinear(graph, emitStandardise(graph, features, scaling), solution),
  }
}

export type Linear = { readonly weights: Float64Array; readonly intercept: number }

/** On a standardised design. */
export function predictLinear(design: Matrix, { weights, intercept }: Linear): Float32Array {
  const sums = new Float64Array(design.rows).fill(intercept)
  for (let j = 0; j < design.columns; j++) {
    const column = columnOf(design, j)
    for (let i = 0; i < design.rows; i++) sums[i]! += weights[j]! * column[i]!
  }
  return Float32Array.from(sums)
}

/** The same in the graph, behind standardised features. */
export const emitLinear = (graph: Graph, scaled: string, { weights, intercept }: Linear): string =>
  graph.node('Gemm', [scaled, graph.floats(weights, [weights.length, 1]), graph.floats([intercept], [1])])

export type Weighted = { readonly rowWeights: Float64Array; readonly penalty: number }

/** Minimises sum w_i (y_i - b - x_i·v)^2 + penalty * sum(w) * |v|^2. */
export function solveWeighted(
  design: Matrix,
  target: Float32Array,
  { rowWeights, penalty }: Weighted,
): Linear {
  const { rows, columns } = design
  const total = rowWeights.reduce((sum, w) => sum + w, 0)
  const center = (values: Float32Array): number =>
    values.reduce((sum, x, i) => sum + rowWeights[i]! * x, 0) / total
  const means = Float64Array.from({ length: columns }, (_, j) => center(columnOf(design, j)))
  const targetMean = center(target)
  const gram = new Float64Array(columns * columns)
  const right = new Float64Array(columns)
  const weighted = new Float64Array(rows)
  for (let j = 0; j < columns; j++) {
    const column = columnOf(design, j)
    for (let i = 0; i < rows; i++) weighted[i] = rowWeights[i]! * (column[i]! - means[j]!)
    for (let i = 0; i < rows; i++) right[j]! += weighted[i]! * (target[i]! - targetMean)
    for (let k = 0; k <= j; k++) gram[j * columns + k] = dot(weighted, columnOf(design, k), rows)
    gram[j * columns + j]! += penalty * total
  }
  const weights = solveCholesky(gram, right)
  return { weights, intercept: targetMean - weights.reduce((sum, w, j) => sum + w * means[j]!, 0) }
}

/** Four sums at once: a single one would wait for itself at every step. */
function dot(a: Float64Array, b: Float32Array, n: number): number {
  let [s0, s1, s2, s3, i] = [0, 0, 0, 0, 0]
  for (; i + 3 < n; i += 4) {
    s0 += a[i]! * b[i]!
    s1 += a[i + 1]! * b[i + 1]!
    s2 += a[i + 2]! * b[i + 2]!
    s3 += a[i + 3]! * b[i + 3]!
  }
  for (; i < n; i++) s0 += a[i]! * b[i]!
  return s0 + s1 + s2 + s3
}

/** Solves A x = b for symmetric positive definite A, of which the lower triangle is read and overwritten. */
function solveCholesky(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length
  for (let j = 0; j < n; j++)
    for (let i = j; i < n; i++) {
      let sum = a[i * n + j]!
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!
      assert(i !== j || sum > 0, 'the penalty keeps the normal equations positive definite')
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / a[j * n + j]!
    }
  const x = Float64Array.from(b)
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= a[i * n + k]! * x[k]!
    x[i]! /= a[i * n + i]!
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= a[k * n + i]! * x[k]!
    x[i]! /= a[i * n + i]!
  }
  return x
}
