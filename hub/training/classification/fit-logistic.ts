/** Logistic regression with a ridge penalty: iteratively reweighted least squares on the solver of ridge. Predicts log odds. */
import { sigmoid } from '../gbdt/losses.ts'
import type { Matrix } from '../matrix.ts'
import { emitLinear, predictLinear, solveWeighted, type Linear } from '../ridge.ts'
import { emitStandardise, fitScaling, standardise } from '../standardise.ts'
import type { TrainedModel } from '../trained-model.ts'

const ITERATIONS = 8
const PENALTY = 1e-3
/** Keeps a row that is certain already from dividing by nothing. */
const CURVATURE_MIN = 1e-4

/** Labels are 0 and 1. */
export function fitLogistic(matrix: Matrix, labels: Float32Array): TrainedModel {
  const scaling = fitScaling(matrix)
  const design = standardise(matrix, scaling)
  let solution: Linear = { weights: new Float64Array(matrix.columns), intercept: 0 }
  for (let i = 0; i < ITERATIONS; i++) solution = improve(design, labels, solution)
  return {
    algorithm: 'ridge',
    rounds: ITERATIONS,
    backend: 'native',
    predict: (other) => predictLinear(standardise(other, scaling), solution),
    emit: (graph, features) => emitLinear(graph, emitStandardise(graph, features, scaling), solution),
  }
}

/** One Newton step: least squares on the working response (McCullagh & Nelder 1989). */
function improve(design: Matrix, labels: Float32Array, solution: Linear): Linear {
  const scores = predictLinear(design, solution)
  const rowWeights = new Float64Array(design.rows)
  const response = scores.map((score, i) => {
    const p = sigmoid(score)
    rowWeights[i] = Math.max(CURVATURE_MIN, p * (1 - p))
    return score + (labels[i]! - p) / rowWeights[i]!
  })
  return solveWeighted(design, response, { rowWeights, penalty: PENALTY })
}
