import { Golden } from '@fleetcast/shared/bundle/golden.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { tensorflow } from '../../../hub/adapters/tensorflow.ts'
import type { InferenceEngine } from '../../../hub/ports/inference-engine.ts'
import { RunReport } from '../../../hub/runs/run-report.ts'
import { trainVersion, type TrainedVersion, type TrainPorts } from '../../../hub/runs/train-version.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { syntheticSeries } from './synthetic-series.ts'

const ports: TrainPorts = {
  engine: onnxRuntime,
  network: tensorflow,
  cpuSeconds: () => process.cpuUsage().user / 1e6,
  versions: { node: process.versions.node, onnxruntime: 'x', tensorflow: 'x' },
}
const recipe = smallRecipe({ training: { algorithms: ['ridge', 'gbdt', 'mlp'], seed: 3 } })
const series = [syntheticSeries('alpha', 3_000, 1), syntheticSeries('beta', 3_000, 2)]

const train = (change: Partial<Parameters<typeof trainVersion>[1]> = {}, engine = onnxRuntime) =>
  trainVersion(
    { ...ports, engine },
    { recipe, series, seed: 3, onProgress: async () => {}, onTrial: () => {}, ...change },
  )

async function trained(change: Partial<Parameters<typeof trainVersion>[1]> = {}): Promise<TrainedVersion> {
  const outcome = await train(change)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

describe('a training run', () => {
  let version: TrainedVersion
  const stages: { stage: string; fraction: number }[] = []
  beforeAll(async () => {
    version = await trained({
      onProgress: async (stage, fraction) => void stages.push({ stage, fraction }),
    })
  })

  test('leaves a report that beats every baseline on the same rows', () => {
    const report = RunReport.parse(version.report)
    expect(report.testMae).toBeLessThan(report.persistenceMae)
    expect(report.testMae).toBeLessThan(report.seasonalPersistenceMae)
    expect(report.testMae).toBeLessThan(report.climatologyMae)
    expect(report.bySite.map(({ site }) => site)).toEqual(['alpha', 'beta'])
    expect(report.algorithms.map(({ algorithm }) => algorithm)).toEqual(['ridge', 'gbdt', 'mlp', 'blend'])
    expect(report.rows).toBeGreaterThan(5_000)
  })
  test('proves that the exported graph says what the trainer says', () => {
    const { rows, maxDifference, tolerance } = version.report.parity
    expect(rows).toBeGreaterThanOrEqual(1_000)
    expect(maxDifference).toBeLessThanOrEqual(tolerance)
    const { split, parity } = version.report
    expect(parity.replay).toMatchObject({ heldOutRows: Math.min(split.test, 1_536) })
    expect(parity.replay!.withGaps).toBeGreaterThan(500)
    expect(parity.replay!.withExtremes).toBeGreaterThan(200)
  })
  test('names the operator sets and operators of the file', () => {
    const { irVersion, opsets, operators } = RunReport.parse(version.report).format!
    expect(irVersion).toBe(8)
    expect(opsets['ai.onnx']).toBe(17)
    expect(operators.find(({ operator }) => operator === 'Gather')!.count).toBeGreaterThan(1)
  })
  test('ships golden vectors that a device can run one by one, gaps included', async () => {
    const golden = Golden.parse(version.golden)
    const width = windowChannels(recipe).length
    const session = await onnxRuntime.load(version.onnx, { windowSteps: recipe.windowSteps, channels: width })
    const missing: number[] = []
    for (const { windowBase64, timeSeconds, expected } of golden.vectors) {
      const windows = new Float32Array(Uint8Array.from(Buffer.from(windowBase64, 'base64')).buffer)
      const times = BigInt64Array.of(BigInt(timeSeconds))
      const { prediction } = await session.run({ windows, times, count: 1 })
      expect(Math.abs(prediction![0]! - expected)).toBeLessThanOrEqual(golden.tolerance)
      expect(Number.isFinite(expected)).toBe(true)
      missing.push(windows.filter((x) => Number.isNaN(x)).length / (recipe.windowSteps * 2))
    }
    expect(golden.vectors).toHaveLength(12)
    expect(missing.slice(0, 9).every((share) => share < 0.2)).toBe(true)
    expect(missing.slice(9, 11).every((share) => share >= 0.5 && share < 0.7)).toBe(true)
    expect(missing[11]).toBe(1)
  })
  test('profiles every channel', () => {
    const { channels } = ReferenceProfile.parse(version.referenceProfile)
    expect(channels.map(({ channel, edges }) => [channel, edges.length])).toEqual([
      ['temperature', 31],
      ['pressure', 31],
    ])
  })
  test('tells how far it is, never backwards, to the end', () => {
    const fractions = stages.map(({ fraction }) => fraction)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
    expect(new Set(stages.map(({ stage }) => stage))).toEqual(
      new Set(['features', 'fitting', 'refitting', 'checking']),
    )
  })
  test('gives the same bytes again, and others for another seed', async () => {
    expect((await trained()).onnx).toEqual(version.onnx)
    const gbdt: Recipe = smallRecipe({ training: { algorithms: ['gbdt'], seed: 3 } })
    const [one, other] = [await trained({ recipe: gbdt }), await trained({ recipe: gbdt, seed: 4 })]
    expect(other.onnx).not.toEqual(one.onnx)
  })
})

describe('a run is refused', () => {
  test('when a channel holds nothing', async () => {
    const values = series[0]!.values.map((x, i) => (i % 2 === 1 ? Number.NaN : x))
    const outcome = await train({ series: [{ ...series[0]!, values }] })
    expect(outcome.ok ? null : outcome.error).toMatchObject({ code: 'training/emptyChannel' })
    expect(outcome.ok ? '' : outcome.error.message).toContain('pressure')
  })
  test('when too few rows are left for a part', async () => {
    const outcome = await train({ series: [syntheticSeries('alpha', 600, 1)] })
    expect(outcome.ok ? null : outcome.error.code).toBe('training/tooFewRows')
  })
  test('when the exported graph says something else than the trainer', async () => {
    const lying: InferenceEngine = {
      load: async (onnx, shape) => {
        const session = await onnxRuntime.load(onnx, shape)
        const run: typeof session.run = async (batch) => {
          const outputs = await session.run(batch)
          const { prediction } = outputs
          return prediction === undefined
            ? outputs
            : { prediction: prediction.map((y, i) => (i === batch.count - 1 ? y + 0.01 : y)) }
        }
        return { ...session, run }
      },
    }
    const ridge = smallRecipe({ training: { algorithms: ['ridge'], seed: 3 } })
    const outcome = await train({ recipe: ridge }, lying)
    expect(outcome.ok ? null : outcome.error.code).toBe('training/parity')
  })
})

async function refuseToRefit(stage: string): Promise<void> {
  if (stage === 'refitting') throw new Error('cancelled')
}

test('a run ends when its progress is refused: this is how it is cancelled', async () => {
  const ridge = smallRecipe({ training: { algorithms: ['ridge'], seed: 3 } })
  await expect(train({ recipe: ridge, onProgress: refuseToRefit })).rejects.toThrow('cancelled')
})

test('a recurrent network goes the whole way from series to a checked export', async () => {
  const features: Recipe['features'] = [
    { lag: 'temperature', steps: [0, 1, 2, 3, 4, 5, 6, 7] },
    { calendar: ['day', 'year'], harmonics: 1 },
  ]
  const lstm = smallRecipe({ features, training: { algorithms: ['lstm'], seed: 3 } })
  const { report } = await trained({ recipe: lstm, series: [syntheticSeries('alpha', 3_000, 1)] })
  expect(report.algorithm).toBe('lstm')
  expect(report.testMae).toBeLessThan(report.persistenceMae)
  expect(report.parity.maxDifference).toBeLessThanOrEqual(report.parity.tolerance)
})
