/** What a model from elsewhere is judged on: the work of an import as its process does it, on made-up weather. */
import { epochMs } from '@fleetcast/shared/units.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { tensorflow } from '../../../hub/adapters/tensorflow.ts'
import type { StationSeries } from '../../../hub/datasets/station-series.ts'
import { GateReport } from '../../../hub/gates/gate-report.ts'
import { performWork } from '../../../hub/runs/perform-work.ts'
import { RunReport } from '../../../hub/runs/run-report.ts'
import { trainVersion } from '../../../hub/runs/train-version.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { signatureOf } from './import-fixtures.ts'
import { syntheticSeries } from './synthetic-series.ts'

const HOUR_MS = 3_600_000
const START = Date.UTC(2020, 0, 1)
const TRAINED_HOURS = 5_000
const recipe = smallRecipe({
  training: { algorithms: ['ridge'], seed: 3 },
  gates: { robustnessFactorMax: 100, robustnessWindows: 50, fuzzInputs: 50 },
})
const weather = [syntheticSeries('alpha', 9_000, 1), syntheticSeries('beta', 9_000, 2)]
const ports = {
  engine: onnxRuntime,
  network: tensorflow,
  cpuSeconds: () => 0,
  elapsedMs: () => performance.now(),
  versions: { node: '', onnxruntime: '', tensorflow: '' },
}
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
  const trained = await trainVersion(ports, { recipe, series, seed: 3, onProgress: quietly })
  if (!trained.ok) throw new Error(trained.error.message)
  model = trained.value.onnx
})

async function judge(series: readonly StationSeries[], change: object) {
  const signature = signatureOf({ ...OF_WINDOWS, ...change })
  const work = { kind: 'import', file: 'm.onnx', signature, champion: null } as const
  const input = { recipe, series, readFile: async () => model, onProgress: quietly }
  const files = await performWork(ports, work, input)
  if (!files.ok) throw new Error(`${files.error.code}: ${files.error.message}`)
  const json = (name: string): unknown => JSON.parse(files.value[name] as string)
  const { gates } = GateReport.parse(json('gates.json'))
  const report = RunReport.parse(json('report.json'))
  return { report, gate: (name: string) => gates.find(({ gate, slice }) => gate === name && slice === null) }
}

const EMBARGO_SECONDS = (recipe.windowSteps + recipe.target.horizonSteps) * 3_600

describe('the distance to what a model from elsewhere was fitted on', () => {
  test('is from the end that its author names, where the dataset holds only later rows', async () => {
    const later = between(weather, TRAINED_HOURS + 100, 9_000)
    const { gate } = await judge(later, {})
    const leakage = gate('leakage')
    expect(leakage).toMatchObject({ verdict: 'pass', limit: EMBARGO_SECONDS })
    expect(leakage!.value).toBeGreaterThanOrEqual(100 * 3_600)
  })
  test('is window and horizon at least, where the dataset holds the rows before too', async () => {
    const { gate } = await judge(weather, {})
    expect(gate('leakage')).toMatchObject({ verdict: 'pass', value: EMBARGO_SECONDS + 3_600 })
  })
  test('is kept at the sites that it knows, and there is none where it knows no site', async () => {
    const { gate: oneKnown } = await judge(weather, { trainedOn: { sites: ['beta'] } })
    const { gate: bothKnown } = await judge(weather, {})
    expect(oneKnown('leakage')!.n).toBeLessThan(bothKnown('leakage')!.n)
    const { gate: noneKnown } = await judge(weather, { trainedOn: { sites: ['gamma'] } })
    expect(noneKnown('leakage')).toMatchObject({ verdict: 'notTestable', n: 0, value: null })
  })
})

test('without earlier rows there is still a climatology to beat: of the rows that judge', async () => {
  const later = between(weather, TRAINED_HOURS + 100, 9_000)
  const { gate, report } = await judge(later, {})
  expect(gate('beatsClimatology')?.verdict).toBe('pass')
  expect(report.climatologyMae).not.toBe(report.persistenceMae)
  expect(report.split).toMatchObject({ training: 0, validation: 0 })
  const both = await judge(weather, {})
  expect(both.report.split.training).toBeGreaterThan(9_000)
})
