/** Runs that predict something else than a value: whether something happens, how much something changes, and between which bounds. */
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { lossOf } from '@fleetcast/shared/recipe/target.ts'
import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { tensorflow } from '../../../hub/adapters/tensorflow.ts'
import { trainVersion, type TrainedVersion, type TrainPorts } from '../../../hub/runs/train-version.ts'
import { typicalValues } from '../../../hub/runs/typical-values.ts'
import { buildSamples, windowBatch } from '../../../hub/training/build-samples.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { syntheticSeries } from './synthetic-series.ts'

const ports: TrainPorts = {
  engine: onnxRuntime,
  network: tensorflow,
  cpuSeconds: () => process.cpuUsage().user / 1e6,
  versions: { node: process.versions.node, onnxruntime: 'x', tensorflow: 'x' },
}
const series = [syntheticSeries('alpha', 4_000, 1), syntheticSeries('beta', 4_000, 2)]
const quietly = async (): Promise<void> => {}

async function trained(recipe: Recipe): Promise<TrainedVersion> {
  const input = { recipe, series, seed: 3, onProgress: quietly, onTrial: () => {} }
  const outcome = await trainVersion(ports, input)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

/** What the exported file says of other weather, beside what came. */
async function onFreshWeather(recipe: Recipe, { onnx }: TrainedVersion) {
  const fresh = [syntheticSeries('alpha', 2_000, 11)]
  const constants = typicalValues(recipe, fresh)
  const samples = await buildSamples(onnxRuntime, { recipe, series: fresh, constants, onProgress: quietly })
  const shape = { windowSteps: recipe.windowSteps, channels: windowChannels(recipe).length }
  const session = await onnxRuntime.load(onnx, shape)
  const batch = windowBatch({ recipe, series: fresh }, samples, { start: 0, count: samples.step.length })
  const { prediction, interval, probabilities } = await session.run(batch)
  await session.close()
  return { samples, prediction: prediction!, interval, probabilities }
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((a, b) => a + b, 0) / values.length

describe('a yes or no', () => {
  const recipe = smallRecipe({
    target: { channel: 'temperature', horizonSteps: 3, event: { of: 'max', above: 12 } },
  })
  test(
    'becomes a probability that comes true as often as it says, in the file that ships',
    { timeout: 60_000 },
    async () => {
      const version = await trained(recipe)
      const { report } = version
      expect(report.metric).toBe('brier')
      expect(report.testMae).toBeLessThan(report.persistenceMae)
      expect(report.testMae).toBeLessThan(report.climatologyMae)
      expect(report.parity.maxDifference).toBeLessThanOrEqual(report.parity.tolerance)
      const { samples, prediction } = await onFreshWeather(recipe, version)
      expect(prediction.every((p) => p >= 0 && p <= 1)).toBe(true)
      const said = Array.from(prediction).flatMap((p, i) => (p > 0.2 && p < 0.8 ? [i] : []))
      const [expected, happened] = [
        mean(said.map((i) => prediction[i]!)),
        mean(said.map((i) => samples.truth[i]!)),
      ]
      expect(said.length).toBeGreaterThan(100)
      expect(Math.abs(expected - happened)).toBeLessThan(0.12)
      const brier = mean(prediction.map((p, i) => (p - samples.truth[i]!) ** 2))
      expect(brier).toBeLessThan(mean(samples.persistence.map((p, i) => (p - samples.truth[i]!) ** 2)))
    },
  )
  test('is searched for like a number', { timeout: 60_000 }, async () => {
    const search = { trials: 3, folds: 2 }
    const { report } = await trained({
      ...recipe,
      training: { algorithms: ['ridge', 'gbdt'], seed: 3, search },
    })
    expect(report.trials).toHaveLength(3)
    expect(report.testMae).toBeLessThan(report.persistenceMae)
  })
})

describe('one of a few classes', () => {
  const classes = { limits: [4, 12, 18], names: ['cold', 'cool', 'mild', 'warm'] }
  const recipe = smallRecipe({ target: { channel: 'temperature', horizonSteps: 6, classes } })
  test(
    'becomes the probability of each that comes true as often as it says, and their mean place, in the file that ships',
    { timeout: 60_000 },
    async () => {
      const version = await trained(recipe)
      const { report } = version
      expect(report.metric).toBe('rps')
      for (const baseline of [report.persistenceMae, report.seasonalPersistenceMae, report.climatologyMae])
        expect(report.testMae).toBeLessThan(baseline)
      expect(report.accuracy!.model).toBeGreaterThan(report.accuracy!.persistence)
      expect(report.parity.maxDifference).toBeLessThanOrEqual(report.parity.tolerance)
      const { samples, prediction, probabilities } = await onFreshWeather(recipe, version)
      const rows = Array.from(prediction, (_, row) => probabilities!.subarray(4 * row, 4 * row + 4))
      for (const [row, shares] of rows.entries()) {
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(0)
        expect(Math.abs(shares.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-5)
        const place = shares.reduce((sum, p, k) => sum + k * p, 0)
        expect(Math.abs(prediction[row]! - place)).toBeLessThan(1e-5)
      }
      const score = mean(rows.map((shares, row) => lossOf(recipe.target, shares, samples.truth[row]!)))
      const stays = mean(
        samples.persistence.map((said, row) => lossOf(recipe.target, said, samples.truth[row]!)),
      )
      expect(score).toBeLessThan(0.7 * stays)
      classes.names.forEach((_, k) => {
        const came = mean(samples.truth.map((truth) => (truth === k ? 1 : 0)))
        expect(Math.abs(mean(rows.map((shares) => shares[k]!)) - came)).toBeLessThan(0.05)
      })
      expect(version.golden.vectors[0]!.expected).toBeGreaterThanOrEqual(0)
      expect(version.golden.vectors[0]!.expected).toBeLessThanOrEqual(3)
    },
  )
  test(
    'is searched for like a number, and may be that of the lowest value on the way',
    { timeout: 60_000 },
    async () => {
      const { report } = await trained({
        ...recipe,
        target: { ...recipe.target, classes: { ...classes, of: 'min' } },
        training: { algorithms: ['ridge', 'gbdt'], seed: 3, search: { trials: 2, folds: 2 } },
      })
      expect(report.trials).toHaveLength(2)
      expect(report.testMae).toBeLessThan(report.persistenceMae)
    },
  )
})

test('a change is predicted as such', { timeout: 60_000 }, async () => {
  const recipe = smallRecipe({ target: { channel: 'temperature', horizonSteps: 3, predict: 'change' } })
  const version = await trained(recipe)
  expect(version.report.testMae).toBeLessThan(version.report.persistenceMae)
  const { samples, prediction } = await onFreshWeather(recipe, version)
  expect(Math.abs(mean(prediction))).toBeLessThan(1)
  expect(samples.persistence.every((p) => p === 0)).toBe(true)
  expect(mean(prediction.map((p, i) => Math.abs(p - samples.truth[i]!)))).toBeLessThan(
    mean(samples.truth.map(Math.abs)),
  )
})

test(
  'an interval ships beside the prediction, holds it, and covers what it says',
  { timeout: 60_000 },
  async () => {
    const recipe = smallRecipe({
      training: { algorithms: ['ridge', 'gbdt'], seed: 3, interval: { coverage: 0.8 } },
    })
    const version = await trained(recipe)
    expect(version.report.interval).toMatchObject({ coverage: 0.8 })
    expect(version.report.interval!.testCoverage).toBeGreaterThan(0.75)
    expect(version.report.interval!.testCoverage).toBeLessThan(0.87)
    const { samples, prediction, interval } = await onFreshWeather(recipe, version)
    const bounds = Array.from(prediction, (p, i) => ({
      p,
      low: interval![2 * i]!,
      high: interval![2 * i + 1]!,
    }))
    expect(bounds.every(({ p, low, high }) => low <= p && p <= high)).toBe(true)
    const covered = mean(
      bounds.map(({ low, high }, i) => (samples.truth[i]! >= low && samples.truth[i]! <= high ? 1 : 0)),
    )
    expect(covered).toBeGreaterThan(0.74)
    expect(covered).toBeLessThan(0.88)
  },
)
