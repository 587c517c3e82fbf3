/** What a model from elsewhere is judged on where the recipe asks for classes. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { GateReport } from '../../../hub/gates/gate-report.ts'
import { attribute, type Graph } from '../../../hub/onnx/graph.ts'
import { largestDifference } from '../training/matrices.ts'
import { judge, madeOfNewest, recipe, refusalOf, served, trainedOnFirst } from './judge-import.ts'

const classes = { limits: [4, 12, 18], names: ['cold', 'cool', 'mild', 'warm'] }
const on = { ...recipe, target: { channel: 'temperature', horizonSteps: 3, classes } }
/** Seven months of made-up weather do not tell how likely a class is in the next winter. */
const lenient = {
  ...on,
  gates: { ...on.gates, mustBeatSeasonalPersistence: false, probabilityErrorMax: 0.5 },
}
const asProbabilities = (name: string) => ({ output: { name, kind: 'probabilities' } })

/** Bytes of a model of classes that knows the first hours of both stations. */
let model: Uint8Array
beforeAll(async () => {
  model = await trainedOnFirst(on)
}, 60_000)

/** Scores [N, 4]: the nearer the newest value is to the middle of a class, the higher. */
function scoresOf(graph: Graph, newest: string): string {
  const distance = graph.node('Sub', [newest, graph.floats([1, 8, 15, 21], [1, 4])])
  return graph.node('Mul', [graph.node('Mul', [distance, distance]), graph.scalar(-0.05)])
}
const softmaxOf = (graph: Graph, newest: string): string =>
  graph.node('Softmax', [scoresOf(graph, newest)], { axis: attribute.integer(1) })
/** A softmax on which something was done afterwards. */
const made = (change: (graph: Graph, shares: string, newest: string) => string): Uint8Array =>
  madeOfNewest((graph, newest) => ({ p: change(graph, softmaxOf(graph, newest), newest) }), 4)

const failedOf = ({ gates }: GateReport): readonly string[] =>
  gates.flatMap(({ gate, verdict }) => (verdict === 'fail' ? [gate] : []))

describe('probabilities of classes from elsewhere', () => {
  test('become a version that passes the gates, and says what the model said', async () => {
    const { report, gates, gate, golden, onnx } = await judge(asProbabilities('probabilities'), {
      bytes: model,
      on: lenient,
    })
    expect(failedOf(gates)).toEqual([])
    expect(gates.passed).toBe(true)
    for (const name of ['parity', 'beatsPersistence', 'beatsClimatology', 'calibration'])
      expect(gate(name), name).toMatchObject({ verdict: 'pass' })
    expect(report).toMatchObject({ metric: 'rps', algorithm: 'imported', interval: null })
    expect(report.testMae).toBeLessThan(report.climatologyMae)
    expect(report.accuracy!.model).toBeGreaterThan(report.accuracy!.persistence)
    expect(report.parity.rows).toBe(2_048)
    expect(report.parity.maxDifference).toBeLessThan(1e-6)
    const [own, again] = [await served(model, 500, on), await served(onnx, 500, on)]
    expect(Object.keys(again).toSorted()).toEqual(['prediction', 'probabilities'])
    for (const name of ['prediction', 'probabilities'])
      expect(largestDifference(again[name]!, own[name]!)).toBeLessThan(1e-6)
    expect(golden.vectors.every(({ expected }) => expected >= 0 && expected <= 3)).toBe(true)
  })
  test('are scored as they are: a softmax of the newest value beats a class that is certain', async () => {
    const { report } = await judge(asProbabilities('p'), { bytes: made((_graph, shares) => shares), on })
    expect(report.testMae).toBeLessThan(report.persistenceMae)
  })
  test('may be float64 with a dimension too many', async () => {
    const bytes = madeOfNewest((graph, newest) => ({ p: softmaxOf(graph, newest) }), 4)
    const { report } = await judge(asProbabilities('p'), { bytes, on })
    expect(report.parity.maxDifference).toBeLessThan(1e-6)
  })
  test('may be off by rounding, which the version that ships takes away', async () => {
    const bytes = made((graph, shares) =>
      graph.node('Sub', [graph.node('Mul', [shares, graph.scalar(1.0001)]), graph.scalar(5e-5)]),
    )
    const { onnx, report } = await judge(asProbabilities('p'), { bytes, on })
    expect(report.parity.maxDifference).toBeLessThan(1e-6)
    const { probabilities, prediction } = await served(onnx, 2_000, on)
    expect(Math.min(...probabilities!)).toBe(0)
    prediction!.forEach((place, row) => {
      const shares = probabilities!.subarray(4 * row, 4 * row + 4)
      expect(Math.abs(shares.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-6)
      expect(Math.abs(shares.reduce((sum, p, k) => sum + k * p, 0) - place)).toBeLessThan(1e-6)
    })
  })
  test('of the wrong order are a version that the gates hold back', async () => {
    const bytes = made((graph, shares) => graph.columns(shares, [3, 2, 1, 0]))
    const { gates } = await judge(asProbabilities('p'), { bytes, on })
    expect(failedOf(gates)).toContain('beatsPersistence')
  })
})

describe('probabilities of classes are refused', () => {
  const refusalFor = (bytes: Uint8Array) => refusalOf(asProbabilities('p'), { bytes, on })

  test('that are scores, with how often and what to put behind them', async () => {
    const refusal = await refusalFor(made((graph, _shares, newest) => scoresOf(graph, newest)))
    expect(refusal).toMatchObject({ code: 'import/notProbability', at: 'output' })
    expect(refusal?.message).toMatch(
      /outside 0 to 1 to (\d+) of \1 windows \(-[\d.]+ to [-\d.e]+; first -[\d.]+ to the one of 2020-01-0\dT\S*Z\): .*softmax/,
    )
  })
  test('that do not add up to 1 here and there', async () => {
    const refusal = await refusalFor(
      made((graph, shares, newest) => {
        const isWarm = graph.node('Greater', [newest, graph.scalar(20)])
        return graph.node('Where', [isWarm, graph.node('Mul', [shares, graph.scalar(0.998)]), shares])
      }),
    )
    expect(refusal).toMatchObject({ code: 'import/notProbability', at: 'output' })
    expect(refusal?.message).toMatch(
      /of \d+ of 1\d{4} windows do not add up to 1 \(first to 0\.998 at the one of 2020-\S*Z\): put a softmax/,
    )
  })
  test('that answer each class by itself', async () => {
    const refusal = await refusalFor(
      made((graph, _shares, newest) => graph.node('Sigmoid', [scoresOf(graph, newest)])),
    )
    expect(refusal?.message).toMatch(/the probabilities of (\d+) of \1 windows do not add up to 1/)
  })
  test('that are no numbers, by the window', async () => {
    const refusal = await refusalFor(
      made((graph, shares, newest) => {
        const root = graph.node('Sqrt', [graph.node('Sub', [graph.scalar(25), newest])])
        return graph.node('Mul', [shares, graph.node('Div', [root, root])])
      }),
    )
    expect(refusal?.code).toBe('import/notFinite')
    expect(refusal?.message).toMatch(/NaN to a window of 20\d\d-/)
  })
  test('that depend on the batch', async () => {
    const refusal = await refusalFor(
      made((graph, shares) => {
        const options = { axes: attribute.integers([0]), keepdims: attribute.integer(1) }
        const mean = graph.node('ReduceMean', [shares], options)
        return graph.node('Mul', [graph.node('Add', [shares, mean]), graph.scalar(0.5)])
      }),
    )
    expect(refusal?.code).toBe('import/unstable')
  })
})
