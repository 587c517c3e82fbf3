/** Feed-forward networks as plain numbers: evaluated here, emitted there. The outputs of several are averaged. */
import type { Graph } from '../onnx/graph.ts'
import type { DenseLayer } from '../ports/network-trainer.ts'
import type { Matrix } from './matrix.ts'
import { emitStandardise, standardise, type Scaling } from './standardise.ts'

export type Networks = {
  readonly members: readonly (readonly DenseLayer[])[]
  readonly scaling: Scaling
  /** Outputs are in these units of the target. */
  readonly targetScale: number
}

/** Row-major [rows, columns], as networks read it. */
export function rowMajor({ rows, columns, data }: Matrix): Float32Array {
  const out = new Float32Array(data.length)
  for (let j = 0; j < columns; j++) for (let i = 0; i < rows; i++) out[i * columns + j] = data[j * rows + i]!
  return out
}

export function evaluateNetworks({ members, scaling, targetScale }: Networks, matrix: Matrix): Float32Array {
  const inputs = rowMajor(standardise(matrix, scaling))
  const outputs = members.map((layers) => evaluateLayers(layers, inputs, matrix.rows))
  return Float32Array.from({ length: matrix.rows }, (_, row) => {
    const sum = outputs.reduce((total, values) => total + values[row]!, 0)
    return (sum * targetScale) / members.length
  })
}

function evaluateLayers(layers: readonly DenseLayer[], inputs: Float32Array, rows: number): Float32Array {
  let values = inputs
  layers.forEach((layer, depth) => {
    values = applyLayer(values, rows, layer)
    if (depth < layers.length - 1) values = values.map((x) => Math.max(0, x))
  })
  return values
}

function applyLayer(
  values: Float32Array,
  rows: number,
  { weights, bias, inputs, outputs }: DenseLayer,
): Float32Array {
  const out = new Float32Array(rows * outputs)
  const sums = new Float64Array(outputs)
  for (let i = 0; i < rows; i++) {
    sums.set(bias)
    for (let k = 0; k < inputs; k++) {
      const x = values[i * inputs + k]!
      if (x !== 0) for (let o = 0; o < outputs; o++) sums[o]! += x * weights[k * outputs + o]!
    }
    out.set(sums, i * outputs)
  }
  return out
}

export function emitNetworks(
  graph: Graph,
  features: string,
  { members, scaling, targetScale }: Networks,
): string {
  const inputs = emitStandardise(graph, features, scaling)
  const outputs = members.map((layers) => emitLayers(graph, inputs, layers))
  return graph.node('Mul', [graph.node('Sum', outputs), graph.scalar(targetScale / members.length)])
}

function emitLayers(graph: Graph, source: string, layers: readonly DenseLayer[]): string {
  return layers.reduce((value, { weights, bias, inputs, outputs }, depth) => {
    const sum = graph.node('Gemm', [value, graph.weights(weights, [inputs, outputs]), graph.floats(bias)])
    return depth < layers.length - 1 ? graph.node('Relu', [sum]) : sum
  }, source)
}
