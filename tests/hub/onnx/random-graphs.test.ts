/** Random small graphs: what the writer writes, ONNX Runtime reads and computes as an independent interpreter does. */
import { createRandom } from '@fleetcast/shared/random.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { Graph } from '../../../hub/onnx/graph.ts'
import { readModel } from '../../../hub/onnx/read-model.ts'
import { STEPS, widthOf, type Value } from './random-steps.ts'

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

/** The graph as if another had made it: read, and behind a graph of ours. */
function readAndGrafted(graph: Graph, width: number): Graph {
  const model = readModel(graph.encode('random', { seed: 'x' }))
  if (!model.ok) throw new Error(`${model.error.message} at ${model.error.at}`)
  const copy = new Graph()
  const window = copy.input('window', 'float', ['N', 1, width])
  const time = copy.input('time', 'int64', ['N', 1])
  const valueOf = copy.graft(
    model.value,
    new Map([
      ['window', window],
      ['time', time],
    ]),
  )
  copy.output('prediction', valueOf('prediction'), ['N', 'K'])
  return copy
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
          expect(await runGraph(readAndGrafted(graph, inputs[0]!.length), inputs)).toEqual(actual)
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
