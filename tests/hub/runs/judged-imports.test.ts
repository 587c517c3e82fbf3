/** What a model from elsewhere is judged on: the work of an import as its process does it, on made-up weather. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import type { StationSeries } from '../../../hub/datasets/station-series.ts'
import { GateReport } from '../../../hub/gates/gate-report.ts'
import { attribute, Graph } from '../../../hub/onnx/graph.ts'
import { performWork } from '../../../hub/runs/perform-work.ts'
import { RunReport } from '../../../hub/runs/run-report.ts'
import { trainVersion } from '../../../hub/runs/train-version.ts'
import { typicalValues } from '../../../hub/runs/typical-values.ts'
import { buildSamples, windowBatch } from '../../../hub/training/build-samples.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { signatureOf } from './import-fixtures.ts'
import { workPorts as ports } from './work-ports.ts'
import { syntheticSeries } from './synthetic-series.ts'

const HOUR_MS = 3_600_000
const START = Date.UTC(2020, 0, 1)
const TRAINED_HOURS = 5_000
const recipe = smallRecipe({
  training: { algorithms: ['ridge'], seed: 3 },
  gates: { robustnessFactorMax: 100, robustnessWindows: 50, fuzzInputs: 50 },
})
const weather = [syntheticSeries('alpha', 9_000, 1), syntheticSeries('beta', 9_000, 2)]
const quietly = async (): Promise<void> => {}

const between = (series: readonly StationSeries[], from: number, until: number): readonly StationSeries[] =>
  series.map((one) => ({
    ...one,
    startAt: epochMs(START + from * HOUR_MS),
    steps: until - from,
    values: one.values.slice(2 * from, 2 * until),
  }))

const OF_WINDOWS = {
  input: { kind: 'window' },
  output: { name: 'prediction', kind: 'value' },
  trainedUntil: new Date(START + TRAINED_HOURS * HOUR_MS).toISOString(),
  trainedOn: { sites: ['alpha', 'beta'] },
}

/** Bytes of a model that knows the first hours of both stations. */
let model: Uint8Array
beforeAll(async () => {
  const series = between(weather, 0, TRAINED_HOURS)
  const trained = await trainVersion(ports, {
    recipe,
    series,
    seed: 3,
    onProgress: quietly,
    onTrial: () => {},
  })
  if (!trained.ok) throw new Error(trained.error.message)
  model = trained.value.onnx
})

type Asked = { readonly bytes?: Uint8Array; readonly on?: Recipe; readonly series?: readonly StationSeries[] }

function work(change: object, { bytes = model, on = recipe, series = weather }: Asked) {
  const signature = signatureOf({ ...OF_WINDOWS, ...change })
  const input = { recipe: on, series, readFile: async () => bytes, onProgress: quietly, onTrial: () => {} }
  return performWork(ports, { kind: 'import', file: 'm.onnx', signature, champion: null }, input)
}

async function judge(change: object, asked: Asked = {}) {
  const files = await work(change, asked)
  if (!files.ok) throw new Error(`${files.error.code}: ${files.error.message}`)
  const json = (name: string): unknown => JSON.parse(files.value[name] as string)
  const { gates } = GateReport.parse(json('gates.json'))
  const report = RunReport.parse(json('report.json'))
  const onnx = files.value['model.onnx'] as Uint8Array
  const gate = (name: string) => gates.find((entry) => entry.gate === name && entry.slice === null)
  return { report, onnx, gate }
}

async function refusalOf(change: object, asked: Asked = {}) {
  const files = await work(change, asked)
  return files.ok ? null : files.error
}

/** A model of windows: whatever is made of the newest temperature, or of 12 degrees in a gap. */
function madeOfNewest(
  outputs: (graph: Graph, newest: string) => Readonly<Record<string, string>>,
): Uint8Array {
  const graph = new Graph()
  const window = graph.input('window', 'float', ['N', 30, 4])
  const raw = graph.columns(graph.node('Flatten', [window], { axis: attribute.integer(1) }), [29 * 4])
  const newest = graph.node('Where', [graph.node('IsNaN', [raw]), graph.scalar(12), raw])
  for (const [name, value] of Object.entries(outputs(graph, newest))) graph.output(name, value, ['N', 1])
  return graph.encode('newest', {})
}

/** What the file that ships says to the first windows. */
async function served(onnx: Uint8Array, rows: number) {
  const constants = typicalValues(recipe, weather)
  const samples = await buildSamples(onnxRuntime, { recipe, series: weather, constants, onProgress: quietly })
  const session = await onnxRuntime.load(onnx, { windowSteps: recipe.windowSteps, channels: 4 })
  const outputs = await session.run(
    windowBatch({ recipe, series: weather }, samples, { start: 0, count: rows }),
  )
  await session.close()
  return outputs
}

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
    const series = between(weather, 0, TRAINED_HOURS)
    const trained = await trainVersion(ports, {
      recipe: on,
      series,
      seed: 3,
      onProgress: quietly,
      onTrial: () => {},
    })
    if (!trained.ok) throw new Error(trained.error.message)
    const column = (at: number) => ({ name: 'interval', column: at })
    const interval = { coverage: 0.8, lower: column(0), upper: column(1) }
    const { onnx, gate } = await judge({ interval }, { bytes: trained.value.onnx, on })
    // Made in half a year and judged in the other.
    expect(gate('calibration')!.value).toBeGreaterThan(0.5)
    expect(gate('parity')?.verdict).toBe('pass')
    expect(await served(onnx, 50)).toEqual(await served(trained.value.onnx, 50))
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
    const series = between(weather, 0, TRAINED_HOURS)
    const trained = await trainVersion(ports, {
      recipe: on,
      series,
      seed: 3,
      onProgress: quietly,
      onTrial: () => {},
    })
    if (!trained.ok) throw new Error(trained.error.message)
    const { report } = await judge({}, { bytes: trained.value.onnx, on })
    expect(report.parity).toMatchObject({ rows: 2_048, maxDifference: 0 })
  })
})
