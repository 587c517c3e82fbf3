/** Gaussian naive Bayes for two classes: the yardstick that the published figure was measured with. */
import { columnOf, type Matrix } from '@fleetcast/hub/training/matrix.ts'

type Gaussian = { readonly mean: number; readonly variance: number }
/** Share of the largest variance that every variance gets, as scikit-learn does. */
const SMOOTHING = 1e-9

/** Returns the log odds of class 1. */
export function fitNaiveBayes(matrix: Matrix, labels: Float32Array): (matrix: Matrix) => Float32Array {
  const share = labels.reduce((sum, y) => sum + y, 0) / labels.length
  const columns = Array.from({ length: matrix.columns }, (_, j) => columnOf(matrix, j))
  const floor = SMOOTHING * Math.max(...columns.map((column) => gaussianOf(column, () => true).variance))
  const classes = [0, 1].map((label) =>
    columns.map((column) => {
      const { mean, variance } = gaussianOf(column, (row) => labels[row] === label)
      return { mean, variance: variance + floor }
    }),
  )
  return (other) => {
    const odds = new Float32Array(other.rows).fill(Math.log(share / (1 - share)))
    classes.forEach((gaussians, label) =>
      gaussians.forEach((gaussian, j) => {
        const sign = label === 1 ? 1 : -1
        columnOf(other, j).forEach((x, row) => (odds[row]! += sign * logDensity(gaussian, x)))
      }),
    )
    return odds
  }
}

function gaussianOf(column: Float32Array, isMember: (row: number) => boolean): Gaussian {
  const values = [...column].filter((_, row) => isMember(row))
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length }
}

const logDensity = ({ mean, variance }: Gaussian, x: number): number =>
  -0.5 * Math.log(2 * Math.PI * variance) - (x - mean) ** 2 / (2 * variance)
