/** Weights in fewer bits from the recipe to the file that ships, and everything that is measured on the way. */
import { windowChannels, type Recipe, type WeightStorage } from '@fleetcast/shared/recipe/recipe.ts'
import { lossOf } from '@fleetcast/shared/recipe/target.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { tensorflow } from '../../../hub/adapters/tensorflow.ts'
import { readModel } from '../../../hub/onnx/read-model.ts'
import type { InferenceEngine } from '../../../hub/ports/inference-engine.ts'
import { comparableReport, RunReport } from '../../../hub/runs/run-report.ts'
import { trainVersion, type TrainedVersion, type TrainPorts } from '../../../hub/runs/train-version.ts'
import { windowBatch } from '../../../hub/training/build-samples.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { syntheticSeries } from './synthetic-series.ts'

const series = [syntheticSeries('alpha', 3_000, 1)]
const ports: TrainPorts = {
  engine: onnxRuntime,
  network: tensorflow,
  cpuSeconds: () => process.cpuUsage().user / 1e6,
  versions: { node: process.versions.node, onnxruntime: 'x', tensorflow: 'x' },
}

const recipeWith = (
  algorithms: Recipe['training']['algorithms'],
  weights: WeightStorage,
  more: Partial<Recipe['training']> = {},
): Recipe => smallRecipe({ training: { algorithms, seed: 3, export: { weights }, ...more } })

const train = (recipe: Recipe, engine: InferenceEngine = onnxRuntime) =>
  trainVersion(
    { ...ports, engine },
    { recipe, series, seed: 3, onProgress: async () => {}, onTrial: () => {} },
  )

async function trained(recipe: Recipe): Promise<TrainedVersion> {
  const outcome = await train(recipe)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

/** Largest difference of a file's answers to the golden vectors from what those expect. */
async function goldenDifference(
  onnx: Uint8Array,
  recipe: Recipe,
  { golden }: TrainedVersion,
): Promise<number> {
  const shape = { windowSteps: recipe.windowSteps, channels: windowChannels(recipe).length }
  const session = await onnxRuntime.load(onnx, shape)
  let largest = 0
  for (const { windowBase64, timeSeconds, expected } of golden.vectors) {
    const windows = new Float32Array(Uint8Array.from(Buffer.from(windowBase64, 'base64')).buffer)
    const { prediction } = await session.run({
      windows,
      times: BigInt64Array.of(BigInt(timeSeconds)),
      count: 1,
    })
    largest = Math.max(largest, Math.abs(prediction![0]! - expected))
  }
  await session.close()
  return largest
}

function metadataOf(onnx: Uint8Array): Readonly<Record<string, string>> {
  const read = readModel(onnx)
  if (!read.ok) throw new Error(read.error.message)
  return read.value.metadata
}

describe('a network', { timeout: 60_000 }, () => {
  const versions = {} as Record<WeightStorage, TrainedVersion>
  beforeAll(async () => {
    for (const weights of ['float32', 'float16', 'int8'] as const)
      versions[weights] = await trained(recipeWith(['mlp'], weights))
  }, 120_000)

  test('is smaller the fewer bits its weights have, and the report gives the bytes of both', () => {
    const { float32, float16, int8 } = versions
    expect(int8.onnx.length).toBeLessThan(float16.onnx.length)
    expect(float16.onnx.length).toBeLessThan(float32.onnx.length)
    for (const { onnx, report } of [float32, float16, int8])
      expect(RunReport.parse(report).weights).toMatchObject({
        bytes: onnx.length,
        float32Bytes: float32.onnx.length,
      })
    expect(metadataOf(int8.onnx)['fleetcast.weights']).toBe('int8')
    expect(float32.report.weights).toMatchObject({ storage: 'float32', meanDifference: 0, maxDifference: 0 })
    expect(float32.evidence.weights).toEqual({ kind: 'full', reason: 'the weights are float32' })
  })
  test('agrees with the trainer in float32, and moves by what rounding takes', () => {
    const [halves, bytes] = [versions.float16.report, versions.int8.report]
    expect(bytes.parity).toEqual(versions.float32.report.parity)
    expect(bytes.parity.maxDifference).toBeLessThanOrEqual(bytes.parity.tolerance)
    expect(halves.weights!.meanDifference).toBeGreaterThan(0)
    expect(bytes.weights!.meanDifference).toBeGreaterThan(5 * halves.weights!.meanDifference)
    expect(bytes.weights!.maxDifference).toBeGreaterThan(bytes.weights!.meanDifference)
  })
  test('is scored, shipped and self-tested as it is stored', async () => {
    const { float32, int8 } = versions
    const { samples, split, predicted, weights } = int8.evidence
    if (weights.kind !== 'compact') throw new Error('int8 weights are compact')
    const ofTest = (values: Float32Array): Float32Array =>
      Float32Array.from(split.test, (row) => values[row]!)
    expect(ofTest(predicted)).toEqual(weights.heldOut.compact)
    expect(ofTest(float32.evidence.predicted)).toEqual(weights.heldOut.exact)
    const { target } = recipeWith(['mlp'], 'int8')
    const losses = Array.from(split.test, (row) => lossOf(target, predicted[row]!, samples.truth[row]!))
    expect(int8.report.testMae).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / losses.length, 6)
    expect(int8.report.testMae).not.toBe(float32.report.testMae)
    // Fitted again on all rows, the file that ships is another model than the rehearsed one.
    expect(weights.shipped.compact).not.toEqual(weights.heldOut.compact)
    const recipe = recipeWith(['mlp'], 'int8')
    expect(await goldenDifference(int8.onnx, recipe, int8)).toBeLessThan(1e-5)
    expect(await goldenDifference(float32.onnx, recipe, int8)).toBeGreaterThan(1e-4)
  })
  test('comes out the same again, file and report', async () => {
    const again = await trained(recipeWith(['mlp'], 'int8'))
    expect(again.onnx).toEqual(versions.int8.onnx)
    expect(comparableReport(again.report)).toEqual(comparableReport(versions.int8.report))
  })
  test('has an interval that holds the forecast as it is stored', async () => {
    const recipe = recipeWith(['mlp'], 'int8', { interval: { coverage: 0.8 } })
    const { report, evidence, onnx } = await trained(recipe)
    expect(report.weights!.storage).toBe('int8')
    expect(report.interval!.testCoverage).toBeGreaterThan(0.7)
    const shape = { windowSteps: recipe.windowSteps, channels: windowChannels(recipe).length }
    const session = await onnxRuntime.load(onnx, shape)
    const batch = windowBatch({ recipe, series }, evidence.samples, { start: 0, count: 500 })
    const { prediction, interval } = await session.run(batch)
    await session.close()
    prediction!.forEach((value, i) => {
      expect(interval![2 * i]!).toBeLessThanOrEqual(value)
      expect(interval![2 * i + 1]!).toBeGreaterThanOrEqual(value)
    })
  })
})

test('a recurrent network is stored in bytes too', { timeout: 60_000 }, async () => {
  const features: Recipe['features'] = [
    { lag: 'temperature', steps: [0, 1, 2, 3, 4, 5, 6, 7] },
    { calendar: ['day', 'year'], harmonics: 1 },
  ]
  const training = { algorithms: ['gru' as const], seed: 3, export: { weights: 'int8' as const } }
  const { report } = await trained(smallRecipe({ features, training }))
  expect(report.weights!.storage).toBe('int8')
  expect(report.weights!.bytes).toBeLessThan(report.weights!.float32Bytes)
})

test('trees have no matrices: the file is the one of float32, and the gates are told why', async () => {
  const [asked, full] = [
    await trained(recipeWith(['gbdt'], 'int8')),
    await trained(recipeWith(['gbdt'], 'float32')),
  ]
  expect(asked.onnx).toEqual(full.onnx)
  expect(asked.report.weights!.storage).toBe('float32')
  expect(asked.evidence.weights).toMatchObject({
    kind: 'full',
    reason: expect.stringContaining('no matrices'),
  })
})

test('weights that make a model say what is no number are refused', { timeout: 60_000 }, async () => {
  const overflowing: InferenceEngine = {
    load: async (onnx, shape) => {
      const session = await onnxRuntime.load(onnx, shape)
      if (!Buffer.from(onnx).includes('fleetcast.weights')) return session
      const run: typeof session.run = async (batch) => {
        const { prediction } = await session.run(batch)
        return { prediction: prediction!.map((y, i) => (i === 3 ? Infinity : y)) }
      }
      return { ...session, run }
    },
  }
  const outcome = await train(recipeWith(['mlp'], 'float16'), overflowing)
  expect(outcome.ok ? null : outcome.error).toMatchObject({
    code: 'training/weights',
    message: expect.stringContaining('training.export.weights'),
  })
})
