/**
 * The examples of docs/IMPORT.md: what their Python said is what the hub's features and the file behind them say, and both pass the
 * gates. The files were made by docs/import/columns.py (--trees 30 --leaves 6) and window.py (--epochs 12 --units 10) from the table
 * of `addSmallDataset` and the recipe below, until 2020-11-29T08:00:00Z: scikit-learn 1.2, PyTorch 1.13, onnx 1.12.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { GateReport } from '../../../hub/gates/gate-report.ts'
import { readImportSignature } from '../../../hub/onnx/import-signature.ts'
import { performWork } from '../../../hub/runs/perform-work.ts'
import { typicalValues } from '../../../hub/runs/typical-values.ts'
import { buildSamples, windowBatch } from '../../../hub/training/build-samples.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { workPorts as ports } from './work-ports.ts'
import { syntheticSeries } from './synthetic-series.ts'

const recipe = smallRecipe({
  training: { algorithms: ['ridge'], seed: 3 },
  gates: { robustnessFactorMax: 100, robustnessWindows: 50, fuzzInputs: 200 },
})
/** As the table has it: two decimals. */
const series = ['alpha', 'beta'].map((name, i) => {
  const one = syntheticSeries(name, 13_000, i + 1)
  return { ...one, values: one.values.map((x) => Number(x.toFixed(2))) }
})
const quietly = async (): Promise<void> => {}

const fixture = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../onnx/made-elsewhere/example-${name}`, import.meta.url)))
const textOf = (name: string): string => new TextDecoder().decode(fixture(name))

async function imported(name: string) {
  const signature = readImportSignature(textOf(`${name}.json`))
  if (!signature.ok) throw new Error(signature.error.message)
  const files = await performWork(
    ports,
    { kind: 'import', file: 'model.onnx', signature: signature.value, champion: null },
    { recipe, series, readFile: async () => fixture(`${name}.onnx`), onProgress: quietly, onTrial: () => {} },
  )
  if (!files.ok) throw new Error(`${files.error.code}: ${files.error.message}`)
  return {
    onnx: files.value['model.onnx'] as Uint8Array,
    gates: GateReport.parse(JSON.parse(files.value['gates.json'] as string)),
  }
}

/** What Python said, by station and second. */
const saidByPython = (name: string): readonly { key: string; forecast: number }[] =>
  textOf(`${name}.csv`)
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [station, time, forecast] = line.split(',')
      return { key: `${station} ${Date.parse(time!) / 1_000}`, forecast: Number(forecast) }
    })

async function saidByFile(onnx: Uint8Array): Promise<ReadonlyMap<string, number>> {
  const constants = typicalValues(recipe, series)
  const samples = await buildSamples(onnxRuntime, { recipe, series, constants, onProgress: quietly })
  const session = await onnxRuntime.load(onnx, { windowSteps: recipe.windowSteps, channels: 4 })
  const batch = windowBatch({ recipe, series }, samples, { start: 0, count: samples.step.length })
  const { prediction } = await session.run(batch)
  await session.close()
  return new Map(
    Array.from(prediction!, (value, row) => [
      `${series[samples.seriesIndex[row]!]!.site} ${samples.timeSeconds[row]!}`,
      value,
    ]),
  )
}

describe.each(['columns', 'window'])('the example of a model of %s', (name) => {
  test('passes the gates, and says what it said in Python', { timeout: 60_000 }, async () => {
    const { onnx, gates } = await imported(name)
    expect(gates.gates.filter(({ verdict }) => verdict === 'fail')).toEqual([])
    const byFile = await saidByFile(onnx)
    const compared = saidByPython(name).flatMap(({ key, forecast }) => {
      const ours = byFile.get(key)
      return ours === undefined ? [] : [Math.abs(ours - forecast)]
    })
    expect(compared.length).toBeGreaterThan(60)
    expect(Math.max(...compared)).toBeLessThan(1e-3)
  })
})

test('the bounds of the example hold what they promise', async () => {
  const { gates } = await imported('columns')
  expect(gates.gates.find(({ gate }) => gate === 'calibration')?.verdict).toBe('pass')
  expect(JSON.parse(textOf('columns.json'))).toMatchObject({ interval: { coverage: 0.8 } })
})
