/** The exported model under broken sensors and random windows, run by the engine that also serves on a device. */
import { createRandom } from '@fleetcast/shared/random.ts'
import { persistenceOf } from '@fleetcast/shared/labels/label.ts'
import { lossOf, scoredOutput } from '@fleetcast/shared/recipe/target.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import { saidOf } from '../evaluation/metrics.ts'
import type { InferenceEngine, InferenceSession, ModelBatch } from '../ports/inference-engine.ts'
import { windowBatch, type Samples } from '../training/build-samples.ts'
import { breakChannel, FAULTS, fuzzWindow, type Fault } from './break-channel.ts'

export type RobustnessInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly onnx: Uint8Array
  /** The sampled test rows, in the order of `truth`. */
  readonly rows: Pick<Samples, 'seriesIndex' | 'step' | 'timeSeconds'>
  readonly truth: Float32Array
  /** What a prediction may be: the signature's limits. */
  readonly limits: { readonly min: number; readonly max: number }
  readonly fuzzInputs: number
  readonly seed: number
  readonly onProgress: () => Promise<void>
}

export type FaultMeasure = {
  readonly channel: string
  readonly fault: Fault
  readonly loss: number
  /** Of persistence in the same broken window; NaN where it has nothing to say. */
  readonly persistenceLoss: number
  /** Predictions outside the limits, and such that are no number. */
  readonly outside: number
  readonly notFinite: number
  readonly isTarget: boolean
}

export type Robustness = {
  /** Of the same file on the same windows, unbroken. */
  readonly cleanLoss: number
  readonly n: number
  readonly faults: readonly FaultMeasure[]
  readonly fuzz: { readonly inputs: number; readonly notFinite: number }
}

const BATCH = 250

export async function measureRobustness(
  engine: InferenceEngine,
  input: RobustnessInput,
): Promise<Robustness> {
  const { recipe, onnx, truth } = input
  const shape = { windowSteps: recipe.windowSteps, channels: windowChannels(recipe).length }
  const session = await engine.load(onnx, shape)
  const cleanLoss = await measureClean(session, input)
  const faults: FaultMeasure[] = []
  for (const [channel] of recipe.channels.entries()) {
    const sigma = deviationOf(input, channel)
    for (const fault of FAULTS) {
      faults.push(await measureFault(session, input, { channel, fault, sigma }))
      await input.onProgress()
    }
  }
  const fuzz = await measureFuzz(session, input)
  await session.close()
  return { cleanLoss, n: truth.length, faults, fuzz }
}

/**
 * By the exported file, which also answers in the broken windows, never by the model that was fitted on the training rows alone:
 * the two differ, and their difference is no matter of sensors.
 */
async function measureClean(session: InferenceSession, input: RobustnessInput): Promise<number> {
  const { recipe, truth } = input
  let [sum, row] = [0, 0]
  for (const batch of batchesOf(input)) {
    const scored = (await session.run(batch))[scoredOutput(recipe.target)]!
    for (let i = 0; i < batch.count; i++, row++)
      sum += lossOf(recipe.target, saidOf(scored, i, scored.length / batch.count), truth[row]!)
  }
  return sum / row
}

type Broken = { readonly channel: number; readonly fault: Fault; readonly sigma: number }

async function measureFault(
  session: InferenceSession,
  input: RobustnessInput,
  broken: Broken,
): Promise<FaultMeasure> {
  const { recipe, truth, limits } = input
  const targetChannel = recipe.channels.findIndex(({ name }) => name === recipe.target.channel)
  const known = { n: 0, sum: 0 }
  let [sum, outside, notFinite, row] = [0, 0, 0, 0]
  for (const batch of batchesOf(input)) {
    const length = batch.windows.length / batch.count
    const width = length / recipe.windowSteps
    for (let i = 0; i < batch.count; i++)
      breakChannel(batch.windows.subarray(i * length, (i + 1) * length), { recipe, ...broken })
    const outputs = await session.run(batch)
    const [predicted, scored] = [outputs['prediction']!, outputs[scoredOutput(recipe.target)]!]
    for (let i = 0; i < batch.count; i++, row++) {
      const prediction = predicted[i]!
      if (!Number.isFinite(prediction)) notFinite += 1
      else if (prediction < limits.min || prediction > limits.max) outside += 1
      sum += lossOf(recipe.target, saidOf(scored, i, scored.length / batch.count), truth[row]!)
      const newest = (i + 1) * length - width + targetChannel
      const persistence = persistenceOf(recipe.target, (back) =>
        back < recipe.windowSteps ? batch.windows[newest - back * width]! : Number.NaN,
      )
      if (Number.isNaN(persistence)) continue
      known.n += 1
      known.sum += lossOf(recipe.target, persistence, truth[row]!)
    }
  }
  const { name } = recipe.channels[broken.channel]!
  const persistenceLoss = known.n === 0 ? Number.NaN : known.sum / known.n
  const isTarget = broken.channel === targetChannel
  const { fault } = broken
  return { channel: name, fault, loss: sum / row, persistenceLoss, outside, notFinite, isTarget }
}

/** Windows of any content; the model must always answer with a number. */
async function measureFuzz(session: InferenceSession, input: RobustnessInput): Promise<Robustness['fuzz']> {
  const { recipe, fuzzInputs, seed } = input
  const random = createRandom(seed).fork('gates/fuzz')
  let [inputs, notFinite] = [0, 0]
  while (inputs < fuzzInputs)
    for (const batch of batchesOf(input)) {
      const length = batch.windows.length / batch.count
      for (let i = 0; i < batch.count; i++)
        fuzzWindow(batch.windows.subarray(i * length, (i + 1) * length), recipe, random)
      const outputs = await session.run(batch)
      for (const values of Object.values(outputs))
        notFinite += values.reduce((bad, value) => bad + (Number.isFinite(value) ? 0 : 1), 0)
      inputs += batch.count
      await input.onProgress()
      if (inputs >= fuzzInputs) break
    }
  return { inputs, notFinite }
}

function* batchesOf({ recipe, series, rows, truth }: RobustnessInput): Generator<ModelBatch> {
  for (let start = 0; start < truth.length; start += BATCH)
    yield windowBatch({ recipe, series }, rows, { start, count: Math.min(BATCH, truth.length - start) })
}

/** Standard deviation of a channel over the newest rows of the sampled windows. */
function deviationOf({ recipe, series, rows }: RobustnessInput, channel: number): number {
  const sensors = recipe.channels.length
  const values = Array.from(rows.step, (step, row) => {
    const station = series[rows.seriesIndex[row]!]!
    return station.values[step * sensors + channel]!
  }).filter((value) => !Number.isNaN(value))
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return values.length === 0 ? 0 : Math.sqrt(variance)
}
