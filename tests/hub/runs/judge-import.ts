/** The work of an import as its process does it, on made-up weather: what is judged of a model, or why it is refused. */
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { Golden } from '@fleetcast/shared/bundle/golden.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
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
import { syntheticSeries } from './synthetic-series.ts'
import { workPorts } from './work-ports.ts'

const HOUR_MS = 3_600_000
const START = Date.UTC(2020, 0, 1)
export const TRAINED_HOURS = 5_000

export const recipe = smallRecipe({
  training: { algorithms: ['ridge'], seed: 3 },
  gates: { robustnessFactorMax: 100, robustnessWindows: 50, fuzzInputs: 50 },
})
export const weather = [syntheticSeries('alpha', 9_000, 1), syntheticSeries('beta', 9_000, 2)]
const quietly = async (): Promise<void> => {}

export const between = (
  series: readonly StationSeries[],
  from: number,
  until: number,
): readonly StationSeries[] =>
  series.map((one) => ({
    ...one,
    startAt: epochMs(START + from * HOUR_MS),
    steps: until - from,
    values: one.values.slice(2 * from, 2 * until),
  }))

/** Bytes of a model that knows the first hours of both stations. */
export async function trainedOnFirst(on: Recipe): Promise<Uint8Array> {
  const series = between(weather, 0, TRAINED_HOURS)
  const input = { recipe: on, series, seed: 3, onProgress: quietly, onTrial: () => {} }
  const trained = await trainVersion(workPorts, input)
  if (!trained.ok) throw new Error(trained.error.message)
  return trained.value.onnx
}

const OF_WINDOWS = {
  input: { kind: 'window' },
  output: { name: 'prediction', kind: 'value' },
  trainedUntil: new Date(START + TRAINED_HOURS * HOUR_MS).toISOString(),
  trainedOn: { sites: ['alpha', 'beta'] },
}

export type Asked = {
  readonly bytes: Uint8Array
  readonly on?: Recipe
  readonly series?: readonly StationSeries[]
}

function work(change: object, { bytes, on = recipe, series = weather }: Asked) {
  const signature = signatureOf({ ...OF_WINDOWS, ...change })
  const input = { recipe: on, series, readFile: async () => bytes, onProgress: quietly, onTrial: () => {} }
  return performWork(workPorts, { kind: 'import', file: 'm.onnx', signature, champion: null }, input)
}

export async function judge(change: object, asked: Asked) {
  const files = await work(change, asked)
  if (!files.ok) throw new Error(`${files.error.code}: ${files.error.message}`)
  const json = (name: string): unknown => JSON.parse(files.value[name] as string)
  const gates = GateReport.parse(json('gates.json'))
  const report = RunReport.parse(json('report.json'))
  const golden = Golden.parse(json('golden.json'))
  const onnx = files.value['model.onnx'] as Uint8Array
  const gate = (name: string) => gates.gates.find((entry) => entry.gate === name && entry.slice === null)
  return { report, golden, onnx, gates, gate }
}

export async function refusalOf(change: object, asked: Asked) {
  const files = await work(change, asked)
  return files.ok ? null : files.error
}

/** A model of windows: whatever is made of the newest temperature, or of 12 degrees in a gap; outputs of `width` columns. */
export function madeOfNewest(
  outputs: (graph: Graph, newest: string) => Readonly<Record<string, string>>,
  width = 1,
): Uint8Array {
  const graph = new Graph()
  const window = graph.input('window', 'float', ['N', 30, 4])
  const raw = graph.columns(graph.node('Flatten', [window], { axis: attribute.integer(1) }), [29 * 4])
  const newest = graph.node('Where', [graph.node('IsNaN', [raw]), graph.scalar(12), raw])
  for (const [name, value] of Object.entries(outputs(graph, newest))) graph.output(name, value, ['N', width])
  return graph.encode('newest', {})
}

/** What the file that ships says to the first windows. */
export async function served(onnx: Uint8Array, rows: number, on = recipe) {
  const series = weather
  const constants = typicalValues(on, series)
  const samples = await buildSamples(onnxRuntime, { recipe: on, series, constants, onProgress: quietly })
  const channels = windowChannels(on).length
  const session = await onnxRuntime.load(onnx, { windowSteps: on.windowSteps, channels })
  const outputs = await session.run(windowBatch({ recipe: on, series }, samples, { start: 0, count: rows }))
  await session.close()
  return outputs
}
