/** What a model from elsewhere is judged on: the work of an import as its process does it, on made-up weather. */
import { beforeAll, describe, expect, test } from 'vitest'
import { attribute, type Graph } from '../../../hub/onnx/graph.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import {
  between,
  judge as judgeModel,
  madeOfNewest,
  recipe,
  refusalOf,
  served,
  TRAINED_HOURS,
  trainedOnFirst,
  weather,
  type Asked,
} from './judge-import.ts'

/** Bytes of a model that knows the first hours of both stations. */
let model: Uint8Array
beforeAll(async () => {
  model = await trainedOnFirst(recipe)
})

const judge = (change: object, asked: Partial<Asked> = {}) => judgeModel(change, { bytes: model, ...asked })

const EMBARGO_SECONDS = (recipe.windowSteps + recipe.target.horizonSteps) * 3_600

describe('the distance to what a model from elsewhere was fitted on', () => {
  test('is from the end that its author names, where the dataset holds only later rows', async () => {
    const later = between(weather, TRAINED_HOURS + 100, 9_000)
    const { gate } = await judge({}, { series: later })
    const leakage = gate('leakage')
    expect(leakage).toMatchObject({ verdict: 'pass', limit: EMBARGO_SECONDS })
    expect(leakage!.value).toBeGreaterThanOrEqual(100 * 3_600)
  })
  test('is window and horizon at least, where the dataset holds the rows before too', async () => {
    const { gate } = await judge({})
    expect(gate('leakage')).toMatchObject({ verdict: 'pass', value: EMBARGO_SECONDS + 3_600 })
  })
  test('is kept at the sites that it knows, and there is none where it knows no site', async () => {
    const { gate: oneKnown } = await judge({ trainedOn: { sites: ['beta'] } })
    const { gate: bothKnown } = await judge({})
    expect(oneKnown('leakage')!.n).toBeLessThan(bothKnown('leakage')!.n)
    const { gate: noneKnown } = await judge({ trainedOn: { sites: ['gamma'] } })
    expect(noneKnown('leakage')).toMatchObject({ verdict: 'notTestable', n: 0, value: null })
  })
})

test('without earlier rows there is still a climatology to beat: of the rows that judge', async () => {
  const later = between(weather, TRAINED_HOURS + 100, 9_000)
  const { gate, report } = await judge({}, { series: later })
  expect(gate('beatsClimatology')?.verdict).toBe('pass')
  expect(report.climatologyMae).not.toBe(report.persistenceMae)
  expect(report.split).toMatchObject({ training: 0, validation: 0 })
  const both = await judge({})
  expect(both.report.split.training).toBeGreaterThan(9_000)
})

describe('a probability from elsewhere', () => {
  const event = smallRecipe({
    ...recipe,
    target: { channel: 'temperature', horizonSteps: 3, event: { of: 'max', above: 12 } },
  })
  const asProbability = { output: { name: 'p', kind: 'probability' } }
  const scoreOf = (graph: Graph, newest: string): string => graph.node('Sub', [newest, graph.scalar(12)])

  test('is scored as it is', async () => {
    const bytes = madeOfNewest((graph, newest) => ({ p: graph.node('Sigmoid', [scoreOf(graph, newest)]) }))
    const { report } = await judge(asProbability, { bytes, on: event })
    expect(report.metric).toBe('brier')
    expect(report.testMae).toBeLessThan(report.climatologyMae)
  })
  test('that is none is refused with how often and what was seen', async () => {
    const bytes = madeOfNewest((graph, newest) => ({ p: scoreOf(graph, newest) }))
    const refusal = await refusalOf(asProbability, { bytes, on: event })
    expect(refusal?.code).toBe('import/notProbability')
    expect(refusal?.message).toMatch(
      /outside 0 to 1 to \d+ of \d+ windows \(-[\d.]+ to [\d.]+; first -?[\d.]+ to the one of 2020-.*Z\): .*sigmoid/,
    )
  })
  test('may be off by rounding, which the version that ships takes away', async () => {
    const bytes = madeOfNewest((graph, newest) => ({
      p: graph.node('Add', [graph.node('Sigmoid', [scoreOf(graph, newest)]), graph.scalar(5e-5)]),
    }))
    const { onnx } = await judge(asProbability, { bytes, on: event })
    const { prediction } = await served(onnx, 5_000)
    expect(Math.max(...prediction!)).toBe(1)
  })
})

describe('bounds from elsewhere', () => {
  const around = (below: number, above: number, kind: 'value' | 'change' = 'value') =>
    madeOfNewest((graph, newest) => {
      const y = kind === 'value' ? newest : graph.node('Mul', [newest, graph.scalar(0)])
      const low = graph.node('Sub', [y, graph.scalar(below)])
      return { y, low, high: graph.node('Add', [y, graph.scalar(above)]) }
    })
  const bounded = (kind: 'value' | 'change', coverage = 0.8) => ({
    output: { name: 'y', kind },
    interval: { coverage, lower: { name: 'low' }, upper: { name: 'high' } },
  })

  test.each(['value', 'change'] as const)('of a %s are shipped, measured, and judged', async (kind) => {
    const { report, gate, onnx } = await judge(bounded(kind), { bytes: around(6.2, 6.2, kind) })
    expect(report.interval).toMatchObject({ coverage: 0.8, rows: report.split.test, margin: 0 })
    expect(report.interval!.meanWidth).toBeCloseTo(12.4, 3)
    expect(gate('calibration')).toMatchObject({ value: report.interval!.testCoverage })
    const { prediction, interval } = await served(onnx, 3)
    for (const [row, y] of prediction!.entries()) {
      expect(interval![2 * row]).toBeCloseTo(y - 6.2, 4)
      expect(interval![2 * row + 1]).toBeCloseTo(y + 6.2, 4)
    }
  })
  test('that hold too few or too many truths fail the calibration gate', async () => {
    const { gate: narrow } = await judge(bounded('value'), { bytes: around(0.1, 0.1) })
    expect(narrow('calibration')?.verdict).toBe('fail')
    const { gate: wide } = await judge(bounded('value'), { bytes: around(50, 50) })
    expect(wide('calibration')?.verdict).toBe('fail')
  })
  test('of our own export pass as they were trained', { timeout: 60_000 }, async () => {
    const on = smallRecipe({ ...recipe, training: { ...recipe.training, interval: { coverage: 0.8 } } })
    const trained = await trainedOnFirst(on)
    const column = (at: number) => ({ name: 'interval', column: at })
    const interval = { coverage: 0.8, lower: column(0), upper: column(1) }
    const { onnx, gate } = await judge({ interval }, { bytes: trained, on })
    // Made in half a year and judged in the other.
    expect(gate('calibration')!.value).toBeGreaterThan(0.5)
    expect(gate('parity')?.verdict).toBe('pass')
    expect(await served(onnx, 50)).toEqual(await served(trained, 50))
  })
  test('hold the forecast itself, as those of our own do', async () => {
    const { onnx } = await judge(bounded('value'), { bytes: around(-2, 7) })
    const { prediction, interval } = await served(onnx, 20)
    expect(prediction!.every((y, row) => interval![2 * row] === y)).toBe(true)
  })
  test('the wrong way round are refused with what to swap', async () => {
    const refusal = await refusalOf(bounded('value'), { bytes: around(-2, -2) })
    expect(refusal).toMatchObject({ code: 'import/crossedBounds', at: 'interval' })
    expect(refusal?.message).toMatch(/at (\d+) of \1 windows .*swap their names/)
  })
  test('that cross here and there are refused with how often', async () => {
    const bytes = madeOfNewest((graph, newest) => ({
      ...{ y: newest, low: newest },
      high: graph.node('Min', [graph.node('Add', [newest, graph.scalar(3)]), graph.scalar(22)]),
    }))
    const refusal = await refusalOf(bounded('value'), { bytes })
    expect(refusal?.message).toMatch(/at \d+ of \d+ windows \(first .* above 22 .*sort the quantiles/)
  })
  test('that are no numbers are refused', async () => {
    const bytes = madeOfNewest((graph, newest) => ({
      ...{ y: newest, low: newest },
      high: graph.node('Sqrt', [graph.node('Sub', [newest, graph.scalar(12)])]),
    }))
    expect((await refusalOf(bounded('value'), { bytes }))?.code).toBe('import/notFinite')
  })
  test('that the model does not have are refused by their key', async () => {
    const interval = { coverage: 0.8, lower: { name: 'low' }, upper: { name: 'p90' } }
    const refusal = await refusalOf(
      { output: { name: 'y', kind: 'value' }, interval },
      { bytes: around(1, 1) },
    )
    expect(refusal).toMatchObject({ code: 'import/output', at: 'interval.upper.name' })
  })
})

describe('one window alone', () => {
  const asValue = { output: { name: 'y', kind: 'value' } }
  test('is answered as in a batch, or the model is refused', async () => {
    const bytes = madeOfNewest((graph, newest) => {
      const mean = graph.node('ReduceMean', [newest], {
        axes: attribute.integers([0]),
        keepdims: attribute.integer(1),
      })
      return { y: graph.node('Sub', [newest, mean]) }
    })
    const refusal = await refusalOf(asValue, { bytes })
    expect(refusal?.code).toBe('import/unstable')
    expect(refusal?.message).toMatch(/^\d+ of 1000 windows get another answer alone/)
  })
  test('may go down another branch of a tree: trees pass, and ship as they were judged', async () => {
    const on = smallRecipe({ ...recipe, training: { algorithms: ['gbdt'], seed: 3 } })
    const trained = await trainedOnFirst(on)
    const { report } = await judge({}, { bytes: trained, on })
    expect(report.parity).toMatchObject({ rows: 2_048, maxDifference: 0 })
  })
})
