/**
 * The training loop of regularised networks. TensorFlow.js differentiates; dropout masks, Adam and the running average are kept
 * here, because the library's seeded dropout repeats one mask and its optimisers spend a dozen small operations a weight.
 */
import * as tf from '@tensorflow/tfjs-core'
import { assert } from '@fleetcast/shared/assert.ts'
import { createRandom, type Random } from '@fleetcast/shared/random.ts'
import type { DenseLayer, NetworkJob, Regularisation } from '../ports/network-trainer.ts'
import { shuffle } from './shuffle.ts'

type Job = NetworkJob & { readonly regularisation: Regularisation }

/** One array of weights with its state: moments of Adam and the running average. */
type Weights = {
  readonly values: Float32Array
  readonly shape: readonly [number, number]
  readonly first: Float32Array
  readonly second: Float32Array
  readonly average: Float32Array
  readonly decays: boolean
}

const BETA_1 = 0.9
const BETA_2 = 0.999
const EPSILON = 1e-7

/** The backend must be chosen before; mean absolute error is minimised. */
export async function fitRegularised(job: Job): Promise<readonly DenseLayer[]> {
  const random = createRandom(job.seed)
  const weights = initialWeights(job, random.fork('weights'))
  const rowOrder = random.fork('rows')
  const dropped = random.fork('dropout')
  const masks = job.regularisation.dropout > 0 ? maskPool(job.regularisation, dropped) : null
  const order = Int32Array.from({ length: job.rows }, (_, i) => i)
  const steps = Math.ceil(job.rows / job.batch) * job.epochs
  let step = 0
  for (let epoch = 0; epoch < job.epochs; epoch++) {
    shuffle(order, rowOrder)
    for (let start = 0; start < job.rows; start += job.batch) {
      const gradients = gradientsOf(job, weights, {
        rows: order.subarray(start, Math.min(job.rows, start + job.batch)),
        masks,
        random: dropped,
      })
      step += 1
      const rate = (job.learningRate * (1 + Math.cos((Math.PI * step) / steps))) / 2
      weights.forEach((one, i) => advance(one, gradients[i]!, { step, rate, ...job.regularisation }))
    }
    await job.onEpoch(epoch, layersOf(weights))
  }
  return layersOf(weights)
}

/** Kernel and bias of each layer in turn; kernels are drawn as He et al. 2015 do. */
function initialWeights({ columns, hidden }: Job, random: Random): readonly Weights[] {
  const widths = [columns, ...hidden, 1]
  return widths.slice(1).flatMap((outputs, depth) => {
    const inputs = widths[depth]!
    const deviation = Math.sqrt(2 / inputs)
    const kernel = Float32Array.from({ length: inputs * outputs }, () => deviation * random.normal())
    return [
      weightsOf(kernel, [inputs, outputs], true),
      weightsOf(new Float32Array(outputs), [1, outputs], false),
    ]
  })
}

const weightsOf = (values: Float32Array, shape: readonly [number, number], decays: boolean): Weights => ({
  values,
  shape,
  decays,
  first: new Float32Array(values.length),
  second: new Float32Array(values.length),
  average: values.slice(),
})

type Batch = {
  readonly rows: Int32Array
  /** What dropout leaves of hidden units; null without dropout. */
  readonly masks: Float32Array | null
  readonly random: Random
}

/** Of the mean absolute error of one batch, in the order of the weights. */
function gradientsOf(job: Job, weights: readonly Weights[], batch: Batch): readonly Float32Array[] {
  const { rows } = batch
  const gradients: Float32Array[] = []
  // Nothing is returned from inside: tidy would look through every number of an array for tensors.
  tf.tidy(() => {
    const x = new Float32Array(rows.length * job.columns)
    const y = new Float32Array(rows.length)
    rows.forEach((row, i) => {
      x.set(job.inputs.subarray(row * job.columns, (row + 1) * job.columns), i * job.columns)
      y[i] = job.target[row]!
    })
    const inputs = tf.tensor2d(x, [rows.length, job.columns])
    const truth = tf.tensor2d(y, [rows.length, 1])
    const masks = job.hidden.map((units) => maskOf([rows.length, units], batch))
    const parameters = weights.map(({ values, shape }) => tf.tensor2d(values, [...shape]))
    const loss = (...given: tf.Tensor[]): tf.Scalar =>
      tf.mean(tf.abs(tf.sub(forward(inputs, given as tf.Tensor2D[], masks), truth)))
    for (const gradient of tf.grads(loss)(parameters)) gradients.push(gradient.dataSync<'float32'>().slice())
  })
  return gradients
}

function forward(
  inputs: tf.Tensor2D,
  parameters: readonly tf.Tensor2D[],
  masks: readonly (tf.Tensor2D | null)[],
): tf.Tensor2D {
  let value = inputs
  for (let layer = 0; layer * 2 < parameters.length; layer++) {
    const [kernel, bias] = [parameters[layer * 2]!, parameters[layer * 2 + 1]!]
    value = tf.add(tf.matMul(value, kernel), bias)
    if (layer === masks.length) continue
    value = tf.relu(value)
    const mask = masks[layer]
    if (mask) value = tf.mul(value, mask)
  }
  return value
}

/** Draws from so many: a fresh draw for every unit of every step would cost as much as the arithmetic. */
const POOL = 2 ** 20

/** 0 for what is left out, else 1 / (1 - dropout). */
function maskPool({ dropout }: Regularisation, random: Random): Float32Array {
  return Float32Array.from({ length: POOL }, () => (random.next() < dropout ? 0 : 1 / (1 - dropout)))
}

/** A run of the pool from a random place on; null without dropout. */
function maskOf(shape: [number, number], { masks, random }: Batch): tf.Tensor2D | null {
  if (masks === null) return null
  const length = shape[0] * shape[1]
  assert(length < POOL, 'a batch times the units of a layer is below a million')
  const start = random.integer(POOL - length)
  return tf.tensor2d(masks.subarray(start, start + length), shape)
}

type Advance = Regularisation & { readonly step: number; readonly rate: number }

function advance(
  { values, first, second, average, decays }: Weights,
  gradient: Float32Array,
  { step, rate, weightDecay, averaging }: Advance,
): void {
  const decay = decays ? rate * weightDecay : 0
  const [firstBias, secondBias] = [1 - BETA_1 ** step, 1 - BETA_2 ** step]
  // While the average is young it would remember the initial weights, so it forgets faster.
  const remains = Math.min(averaging, (step + 1) / (step + 10))
  for (let i = 0; i < values.length; i++) {
    const g = gradient[i]!
    first[i] = BETA_1 * first[i]! + (1 - BETA_1) * g
    second[i] = BETA_2 * second[i]! + (1 - BETA_2) * g * g
    const change = first[i]! / firstBias / (Math.sqrt(second[i]! / secondBias) + EPSILON)
    values[i]! -= rate * change + decay * values[i]!
    average[i] = remains * average[i]! + (1 - remains) * values[i]!
  }
}

const layersOf = (weights: readonly Weights[]): readonly DenseLayer[] =>
  weights.flatMap(({ average, shape: [inputs, outputs] }, i) =>
    i % 2 === 0 ? [{ inputs, outputs, weights: average.slice(), bias: weights[i + 1]!.average.slice() }] : [],
  )
