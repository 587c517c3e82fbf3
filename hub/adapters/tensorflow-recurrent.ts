/**
 * GRU and LSTM on TensorFlow.js layers. What dropout leaves of the joined layer comes in as an input of its own, drawn here: the
 * library's seeded dropout repeats one mask, its unseeded one cannot be repeated.
 */
import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { createRandom, type Random } from '@fleetcast/shared/random.ts'
import {
  NORMALISATION_EPSILON,
  type DenseLayer,
  type RecurrentJob,
  type RecurrentNetwork,
} from '../ports/network-trainer.ts'
import { shuffle } from './shuffle.ts'

/** The backend must be chosen before; mean absolute error is minimised. */
export async function fitRecurrent(job: RecurrentJob): Promise<RecurrentNetwork> {
  const model = buildModel(job)
  model.compile({ optimizer: tf.train.adam(job.learningRate), loss: 'meanAbsoluteError' })
  const random = createRandom(job.seed)
  const order = Int32Array.from({ length: job.rows }, (_, i) => i)
  for (let epoch = 0; epoch < job.epochs; epoch++) {
    shuffle(order, random)
    for (let start = 0; start < job.rows; start += job.batch)
      await trainBatch(model, job, { rows: order.subarray(start, start + job.batch), random })
    await job.onEpoch(epoch, await networkOf(model, job))
  }
  const network = await networkOf(model, job)
  model.dispose()
  return network
}

function buildModel(job: RecurrentJob): layers.LayersModel {
  const { units, recurrentActivation, otherColumns, seed } = job
  const kernel = (offset: number) => layers.initializers.glorotNormal({ seed: seed + offset })
  const cell = {
    name: 'cell',
    units,
    recurrentActivation,
    kernelInitializer: kernel(1),
    recurrentInitializer: kernel(2),
  }
  const sequence = layers.input({ shape: [job.steps, job.channels] })
  const others = layers.input({ shape: [otherColumns] })
  const mask = layers.input({ shape: [units + otherColumns] })
  const recurrent = job.cell === 'gru' ? layers.layers.gru(cell) : layers.layers.lstm(cell)
  const state = recurrent.apply(sequence) as layers.SymbolicTensor
  let joined = layers.layers.concatenate().apply([state, others] as never) as layers.SymbolicTensor
  if (job.isNormalised)
    joined = layers.layers
      .layerNormalization({ name: 'normalisation', epsilon: NORMALISATION_EPSILON })
      .apply(joined as never) as never
  const kept = layers.layers.multiply().apply([joined, mask] as never)
  const dense = (name: string, width: number, offset: number, activation: 'linear' | typeof job.activation) =>
    layers.layers.dense({ name, units: width, activation, kernelInitializer: kernel(offset) })
  const hidden = dense('hidden', job.hidden, 3, job.activation).apply(kept)
  const output = dense('output', 1, 4, 'linear').apply(hidden)
  return layers.model({ inputs: [sequence, others, mask], outputs: output as never })
}

async function trainBatch(
  model: layers.LayersModel,
  { sequences, steps, channels, others, otherColumns, target, units, dropout }: RecurrentJob,
  { rows, random }: { readonly rows: Int32Array; readonly random: Random },
): Promise<void> {
  const gather = (from: Float32Array, width: number): Float32Array => {
    const out = new Float32Array(rows.length * width)
    rows.forEach((row, i) => out.set(from.subarray(row * width, (row + 1) * width), i * width))
    return out
  }
  const kept = Float32Array.from({ length: rows.length * (units + otherColumns) }, () =>
    dropout > 0 && random.next() < dropout ? 0 : 1 / (1 - dropout),
  )
  const tensors = [
    tf.tensor3d(gather(sequences, steps * channels), [rows.length, steps, channels]),
    tf.tensor2d(gather(others, otherColumns), [rows.length, otherColumns]),
    tf.tensor2d(kept, [rows.length, units + otherColumns]),
    tf.tensor2d(gather(target, 1), [rows.length, 1]),
  ]
  await model.trainOnBatch(tensors.slice(0, 3), tensors[3]!)
  tf.dispose(tensors)
}

async function networkOf(model: layers.LayersModel, job: RecurrentJob): Promise<RecurrentNetwork> {
  const weightsOf = (name: string): Promise<Float32Array[]> =>
    Promise.all(
      model
        .getLayer(name)
        .getWeights()
        .map(async (weights) => Float32Array.from(await weights.data())),
    )
  const [kernel, recurrentKernel, bias] = await weightsOf('cell')
  const dense = async (name: string): Promise<DenseLayer> => {
    const [weights, shift] = await weightsOf(name)
    const outputs = shift!.length
    return { weights: weights!, bias: shift!, inputs: weights!.length / outputs, outputs }
  }
  const [scale, shift] = job.isNormalised ? await weightsOf('normalisation') : []
  const { cell, units, recurrentActivation, activation } = job
  return {
    cell,
    units,
    recurrentActivation,
    activation,
    kernel: kernel!,
    recurrentKernel: recurrentKernel!,
    bias: bias!,
    normalisation: scale === undefined || shift === undefined ? null : { scale, shift },
    dense: [await dense('hidden'), await dense('output')],
  }
}
