/** Steps of random graphs: every operator our exporters write but trees and recurrent layers, and what it should compute. */
import type { Random } from '@fleetcast/shared/random.ts'
import { attribute, type Graph } from '../../../hub/onnx/graph.ts'

/** A value of the graph and what it should be, one array a row. */
export type Value = { readonly name: string; readonly rows: readonly (readonly number[])[] }
export type Step = (
  graph: Graph,
  value: Value,
  context: { readonly random: Random; readonly all: readonly Value[] },
) => Value

export const widthOf = ({ rows }: Value): number => rows[0]!.length
const each =
  (operator: string, f: (x: number) => number): Step =>
  (graph, { name, rows }) => ({
    name: graph.node(operator, [name]),
    rows: rows.map((row) => row.map((x) => Math.fround(f(x)))),
  })
const fround = (values: readonly number[]): number[] => values.map(Math.fround)

const combine =
  (operator: string, f: (x: number, y: number) => number): Step =>
  (graph, a, { random, all }) => {
    const partners = all.filter((other) => widthOf(other) === widthOf(a))
    const b = partners[random.integer(partners.length)]!
    return {
      name: graph.node(operator, [a.name, b.name]),
      rows: a.rows.map((row, i) => row.map((x, j) => Math.fround(f(x, b.rows[i]![j]!)))),
    }
  }

export const STEPS: readonly Step[] = [
  each('Relu', (x) => (Number.isNaN(x) ? x : Math.max(0, x))),
  each('Sigmoid', (x) => 1 / (1 + Math.exp(-x))),
  each('Tanh', Math.tanh),
  each('Abs', Math.abs),
  each('Neg', (x) => -x),
  combine('Add', (x, y) => x + y),
  combine('Sub', (x, y) => x - y),
  combine('Mul', (x, y) => x * y),
  (graph, { name, rows }, { random }) => {
    const constant = Math.fround(3 * random.normal())
    const filled = graph.node('Where', [graph.node('IsNaN', [name]), graph.scalar(constant), name])
    return { name: filled, rows: rows.map((row) => row.map((x) => (Number.isNaN(x) ? constant : x))) }
  },
  (graph, value, { random }) => {
    const picked = Array.from({ length: 1 + random.integer(4) }, () => random.integer(widthOf(value)))
    return {
      name: graph.columns(value.name, picked),
      rows: value.rows.map((row) => picked.map((j) => row[j]!)),
    }
  },
  (graph, a, { random, all }) => {
    const b = all[random.integer(all.length)]!
    return { name: graph.join([a.name, b.name]), rows: a.rows.map((row, i) => [...row, ...b.rows[i]!]) }
  },
  (graph, value, { random }) => {
    const [inputs, outputs] = [widthOf(value), 1 + random.integer(4)]
    const weights = Float32Array.from({ length: inputs * outputs }, () => random.normal())
    const bias = Float32Array.from({ length: outputs }, () => random.normal())
    const name = graph.node('Gemm', [
      value.name,
      graph.weights(weights, [inputs, outputs]),
      graph.floats(bias),
    ])
    const rows = value.rows.map((row) =>
      fround(Array.from(bias, (b, o) => row.reduce((sum, x, k) => sum + x * weights[k * outputs + o]!, b))),
    )
    return { name, rows }
  },
  (graph, value) => ({
    name: graph.node('ReduceSum', [value.name, graph.integers([1])], { keepdims: attribute.integer(1) }),
    rows: value.rows.map((row) => [Math.fround(row.reduce((sum, x) => sum + x, 0))]),
  }),
  each('Sin', Math.sin),
  each('Cos', Math.cos),
  combine('Div', (x, y) => x / y),
  (graph, value) => {
    const [a, b] = [filled(graph, value, 1), filled(graph, value, -1)]
    return {
      name: graph.node('Max', [graph.node('Min', [a.name, graph.scalar(0.5)]), b.name]),
      rows: a.rows.map((row, i) => row.map((x, j) => Math.max(Math.min(x, 0.5), b.rows[i]![j]!))),
    }
  },
  (graph, value, { random }) => {
    const { name, rows } = filled(graph, value, 0)
    const [low, high] = [Math.fround(-random.next()), Math.fround(random.next())]
    return {
      name: graph.node('Clip', [name, graph.scalar(low), graph.scalar(high)]),
      rows: rows.map((row) => row.map((x) => Math.max(low, Math.min(high, x)))),
    }
  },
  (graph, { name, rows }) => {
    const isAbove = graph.node('Greater', [name, graph.scalar(0.25)])
    return {
      name: graph.cast(graph.node('Not', [isAbove]), 'float'),
      rows: rows.map((row) => row.map((x) => (x > 0.25 ? 0 : 1))),
    }
  },
  (graph, a, { random, all }) => {
    const partners = all.filter((other) => widthOf(other) === widthOf(a))
    const others = [0, 1].map(() => partners[random.integer(partners.length)]!)
    return {
      name: graph.node('Sum', [a.name, ...others.map(({ name }) => name)]),
      rows: a.rows.map((row, i) =>
        row.map((x, j) => Math.fround(Math.fround(x + others[0]!.rows[i]![j]!) + others[1]!.rows[i]![j]!)),
      ),
    }
  },
  // Whole numbers: their remainder is taken in int64, as the phases of day and year are.
  (graph, value) => {
    const { name, rows } = filled(graph, value, 3)
    const scaled = graph.cast(graph.node('Mul', [name, graph.scalar(100)]), 'int64')
    return {
      name: graph.cast(graph.node('Mod', [scaled, graph.integers([7])]), 'float'),
      rows: rows.map((row) => row.map((x) => ((Math.trunc(Math.fround(x * 100)) % 7) + 7) % 7)),
    }
  },
  (graph, value, { random }) => {
    const { name, rows } = filled(graph, value, 0)
    const operator = random.next() < 0.5 ? 'ReduceMin' : 'ReduceMax'
    const f = operator === 'ReduceMin' ? Math.min : Math.max
    const reduced = graph.node(operator, [name], {
      axes: attribute.integers([1]),
      keepdims: attribute.integer(1),
    })
    return { name: reduced, rows: rows.map((row) => [f(...row)]) }
  },
  (graph, value, { random }) => {
    const { name, rows } = filled(graph, value, 0)
    const width = widthOf(value)
    const [scale, shift] = [0, 1].map(() => Float32Array.from({ length: width }, () => random.normal()))
    const normalised = graph.node('LayerNormalization', [name, graph.floats(scale!), graph.floats(shift!)], {
      axis: attribute.integer(-1),
      epsilon: attribute.float(0.1),
    })
    return {
      name: normalised,
      rows: rows.map((row) => {
        const mean = row.reduce((sum, x) => sum + x, 0) / width
        const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / width
        return row.map((x, j) =>
          Math.fround(((x - mean) / Math.sqrt(variance + 0.1)) * scale![j]! + shift![j]!),
        )
      }),
    }
  },
  // [N, width] as [N, width, 1], turned, its newest part cut off, and back.
  (graph, { name, rows }, { random }) => {
    const width = rows[0]!.length
    const from = random.integer(width)
    const shaped = graph.node('Reshape', [name, graph.integers([0, width, 1])])
    const turned = graph.node('Transpose', [shaped], { perm: attribute.integers([0, 2, 1]) })
    const cut = graph.node('Slice', [
      turned,
      graph.integers([from]),
      graph.integers([width]),
      graph.integers([2]),
    ])
    return {
      name: graph.node('Squeeze', [cut, graph.integers([1])]),
      rows: rows.map((row) => row.slice(from)),
    }
  },
  (graph, value, { random }) => {
    const [inputs, outputs] = [widthOf(value), 1 + random.integer(3)]
    const weights = Float32Array.from({ length: inputs * outputs }, () => random.normal())
    return {
      name: graph.node('MatMul', [value.name, graph.floats(weights, [inputs, outputs])]),
      rows: value.rows.map((row) =>
        fround(
          Array.from({ length: outputs }, (_, o) =>
            row.reduce((sum, x, k) => sum + x * weights[k * outputs + o]!, 0),
          ),
        ),
      ),
    }
  },
]

/** The value with a constant where it is missing: what an operator says of NaN is its runtime's affair. */
function filled(graph: Graph, { name, rows }: Value, constant: number): Value {
  const isMissing = graph.node('IsNaN', [name])
  return {
    name: graph.node('Where', [isMissing, graph.scalar(constant), name]),
    rows: rows.map((row) => row.map((x) => (Number.isNaN(x) ? constant : x))),
  }
}
