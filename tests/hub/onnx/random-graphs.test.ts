/** Random small graphs: what the writer writes, ONNX Runtime reads and computes as an independent interpreter does. */
import { createRandom, type Random } from '@fleetcast/shared/random.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { attribute, Graph } from '../../../hub/onnx/graph.ts'

/** A value of the graph and what it should be, one array a row. */
type Value = { readonly name: string; readonly rows: readonly (readonly number[])[] }
type Step = (
  graph: Graph,
  value: Value,
  context: { readonly random: Random; readonly all: readonly Value[] },
) => Value

const widthOf = ({ rows }: Value): number => rows[0]!.length
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

const STEPS: readonly Step[] = [
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
]

/** Sums keep their order no more than float32 promises: close is relative to what went in. */
const isClose = (actual: number, expected: number): boolean =>
  Number.isNaN(expected)
    ? Number.isNaN(actual)
    : Math.abs(actual - expected) <= 1e-3 * Math.max(1, Math.abs(expected))

async function runGraph(graph: Graph, inputs: readonly (readonly number[])[]): Promise<Float32Array> {
  const session = await onnxRuntime.load(graph.encode('random', { seed: 'x' }), {
    windowSteps: 1,
    channels: inputs[0]!.length,
  })
  const batch = {
    windows: Float32Array.from(inputs.flat()),
    times: new BigInt64Array(inputs.length),
    count: inputs.length,
  }
  const outputs = await session.run(batch)
  await session.close()
  return outputs['prediction']!
}

function randomGraph(seed: number, chosen: readonly number[]) {
  const random = createRandom(seed)
  const width = 1 + random.integer(5)
  const inputs = Array.from({ length: 3 }, () =>
    Array.from({ length: width }, () => (random.next() < 0.1 ? Number.NaN : Math.fround(random.normal()))),
  )
  const graph = new Graph()
  const window = graph.input('window', 'float', ['N', 1, width])
  graph.input('time', 'int64', ['N', 1])
  const all: Value[] = [{ name: graph.node('Reshape', [window, graph.integers([0, width])]), rows: inputs }]
  for (const step of chosen) {
    const value = all[random.integer(all.length)]!
    const next = STEPS[step]!(graph, value, { random, all })
    const isTame = next.rows.flat().every((x) => !(Math.abs(x) > 1e6)) && widthOf(next) <= 12
    if (isTame) all.push(next)
  }
  const last = all.at(-1)!
  graph.output('prediction', last.name, ['N', widthOf(last)])
  return { graph, inputs, expected: last.rows.flat() }
}

describe('the writer', () => {
  test(
    'writes random graphs that ONNX Runtime computes as they were meant',
    { timeout: 60_000 },
    async () => {
      const steps = fc.array(fc.integer({ min: 0, max: STEPS.length - 1 }), { minLength: 1, maxLength: 14 })
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), steps, async (seed, chosen) => {
          const { graph, inputs, expected } = randomGraph(seed, chosen)
          const actual = await runGraph(graph, inputs)
          expect(actual.length).toBe(expected.length)
          actual.forEach((value, i) => {
            if (!isClose(value, expected[i]!))
              throw new Error(`value ${i} is ${value}, expected ${expected[i]}`)
          })
        }),
        { numRuns: 150, seed: 4 },
      )
    },
  )
  test('writes the same bytes for the same graph', () => {
    const steps = fc.array(fc.integer({ min: 0, max: STEPS.length - 1 }), { maxLength: 10 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), steps, (seed, chosen) => {
        const bytes = randomGraph(seed, chosen).graph.encode('g', { a: '1' })
        expect(randomGraph(seed, chosen).graph.encode('g', { a: '1' })).toEqual(bytes)
      }),
      { numRuns: 100, seed: 5 },
    )
  })
  test('keeps every number, name and dimension that a reader of the format needs', () => {
    const text = fc.string({ minLength: 0, maxLength: 40, unit: 'grapheme' })
    fc.assert(
      fc.property(text, text, (key, value) => {
        const graph = new Graph()
        graph.output('prediction', graph.input('window', 'float', ['N', 1]), ['N', 1])
        const bytes = Buffer.from(graph.encode('g', { [key]: value }))
        expect(bytes.includes(Buffer.from(value, 'utf8'))).toBe(true)
      }),
      { numRuns: 100, seed: 6 },
    )
  })
})
