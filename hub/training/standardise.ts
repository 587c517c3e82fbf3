/** Missing values become the column's mean, then every column has mean 0 and deviation 1: what ridge and networks need. */
import type { Graph } from '../onnx/graph.ts'
import { columnOf, type Matrix } from './matrix.ts'

export type Scaling = {
  readonly means: Float32Array
  readonly deviations: Float32Array
}

/** Beyond so many deviations a value is clipped: a wild sensor must not throw a network out of its range. */
const CLIP = 8

export function fitScaling(matrix: Matrix): Scaling {
  const means = new Float32Array(matrix.columns)
  const deviations = new Float32Array(matrix.columns)
  for (let j = 0; j < matrix.columns; j++) {
    const column = columnOf(matrix, j)
    let [n, sum, squares] = [0, 0, 0]
    for (const x of column)
      if (x === x) {
        n += 1
        sum += x
      }
    const mean = n === 0 ? 0 : sum / n
    for (const x of column) if (x === x) squares += (x - mean) ** 2
    means[j] = mean
    deviations[j] = n === 0 || squares === 0 ? 1 : Math.sqrt(squares / n)
  }
  return { means, deviations }
}

/** Column-major like its input, no NaN. */
export function standardise(matrix: Matrix, { means, deviations }: Scaling): Matrix {
  const data = new Float32Array(matrix.data.length)
  for (let j = 0; j < matrix.columns; j++) {
    const [mean, inverse] = [means[j]!, Math.fround(1 / deviations[j]!)]
    for (let at = j * matrix.rows; at < (j + 1) * matrix.rows; at++) {
      const x = matrix.data[at]!
      const z = x === x ? Math.fround(Math.fround(x - mean) * inverse) : 0
      data[at] = Math.max(-CLIP, Math.min(CLIP, z))
    }
  }
  return { ...matrix, data }
}

/** The same in the graph. */
export function emitStandardise(graph: Graph, features: string, { means, deviations }: Scaling): string {
  const dims = [1, means.length]
  const meanRow = graph.floats(means, dims)
  const filled = graph.node('Where', [graph.node('IsNaN', [features]), meanRow, features])
  const scaled = graph.node('Mul', [
    graph.node('Sub', [filled, meanRow]),
    graph.floats(
      Float32Array.from(deviations, (d) => 1 / d),
      dims,
    ),
  ])
  return graph.node('Clip', [scaled, graph.scalar(-CLIP), graph.scalar(CLIP)])
}
