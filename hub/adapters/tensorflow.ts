/**
 * TensorFlow.js behind the network port. `@tensorflow/tfjs-node` when somebody installed it and it loads; else wasm, which
 * needs nothing but its package; else plain JavaScript. The backend that really runs is what `tf.getBackend()` says.
 */
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { DenseLayer, NetworkJob, NetworkTrainer } from '../ports/network-trainer.ts'
import { shuffle } from './shuffle.ts'
import { fitRecurrent } from './tensorflow-recurrent.ts'
import { fitRegularised } from './tensorflow-regularised.ts'
import { transposeBeforeMatMul } from './wasm-matmul.ts'

const require = createRequire(import.meta.url)

export const TENSORFLOW_VERSION: string = tf.version_core

export const tensorflow: NetworkTrainer = {
  fitRecurrent: async (job) => {
    await fastestBackend()
    return { network: await fitRecurrent(job), backend: tf.getBackend() }
  },
  fit: async (job) => {
    await fastestBackend()
    const { regularisation } = job
    if (regularisation !== null)
      return { layers: await fitRegularised({ ...job, regularisation }), backend: tf.getBackend() }
    const random = createRandom(job.seed)
    const model = buildModel(job)
    model.compile({ optimizer: tf.train.adam(job.learningRate), loss: 'meanAbsoluteError' })
    const order = Int32Array.from({ length: job.rows }, (_, i) => i)
    for (let epoch = 0; epoch < job.epochs; epoch++) {
      shuffle(order, random)
      await trainEpoch(model, job, order)
      await job.onEpoch(epoch, await denseLayers(model))
    }
    const result = { layers: await denseLayers(model), backend: tf.getBackend() }
    model.dispose()
    return result
  },
}

/** Loads the fastest backend there is and says which one that was. */
export async function tensorflowBackend(): Promise<string> {
  await fastestBackend()
  return tf.getBackend()
}

/** The first call chooses; every later one finds it chosen. */
export async function fastestBackend(): Promise<void> {
  if (tf.findBackendFactory('wasm') !== null || tf.findBackendFactory('tensorflow') !== null) return
  if (await loadNative()) return
  try {
    const wasm = await import('@tensorflow/tfjs-backend-wasm')
    wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), sep))
    if (await tf.setBackend('wasm')) {
      transposeBeforeMatMul()
      return
    }
  } catch (cause) {
    process.stderr.write(
      `TensorFlow.js on wasm does not load (${String(cause)}); training goes on in plain JavaScript, much slower\n`,
    )
  }
  await import('@tensorflow/tfjs-backend-cpu')
  await tf.setBackend('cpu')
}

/** False when the accelerator is not installed or does not load here. Its last release calls helpers that Node 23 removed. */
async function loadNative(): Promise<boolean> {
  try {
    require.resolve('@tensorflow/tfjs-node')
  } catch {
    return false // not installed, which is the usual case
  }
  try {
    const util = require('node:util') as Record<string, unknown>
    util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined
    util['isArray'] ??= Array.isArray
    const name = '@tensorflow/tfjs-node'
    await import(name)
    return await tf.setBackend('tensorflow')
  } catch (cause) {
    process.stderr.write(
      `@tensorflow/tfjs-node is installed but does not load (${String(cause)}); using wasm\n`,
    )
    return false
  }
}

/** Every layer's initial weights follow from the job's seed. */
function buildModel({ columns, hidden, seed }: NetworkJob): layers.Sequential {
  const model = layers.sequential()
  hidden.forEach((units, depth) => {
    const shape = depth === 0 ? { inputShape: [columns] } : {}
    model.add(
      layers.layers.dense({
        ...shape,
        units,
        activation: 'relu',
        kernelInitializer: layers.initializers.heNormal({ seed: seed + depth }),
      }),
    )
  })
  model.add(
    layers.layers.dense({ units: 1, kernelInitializer: layers.initializers.heNormal({ seed: seed + 50 }) }),
  )
  return model
}

/** `shuffle: true` of the library draws from a hidden generator, so rows are ordered here. */
async function trainEpoch(
  model: layers.Sequential,
  { inputs, columns, target, batch }: NetworkJob,
  order: Int32Array,
): Promise<void> {
  for (let start = 0; start < order.length; start += batch) {
    const rows = order.subarray(start, Math.min(order.length, start + batch))
    const x = new Float32Array(rows.length * columns)
    const y = new Float32Array(rows.length)
    rows.forEach((row, i) => {
      x.set(inputs.subarray(row * columns, (row + 1) * columns), i * columns)
      y[i] = target[row]!
    })
    const [xs, ys] = [tf.tensor2d(x, [rows.length, columns]), tf.tensor2d(y, [rows.length, 1])]
    await model.trainOnBatch(xs, ys)
    xs.dispose()
    ys.dispose()
  }
}

async function denseLayers(model: layers.Sequential): Promise<readonly DenseLayer[]> {
  const dense = model.layers.filter((layer) => layer.getClassName() === 'Dense')
  return Promise.all(
    dense.map(async (layer) => {
      const [kernel, bias] = layer.getWeights()
      const [inputs = 0, outputs = 0] = kernel!.shape
      return {
        inputs,
        outputs,
        weights: Float32Array.from(await kernel!.data()),
        bias: Float32Array.from(await bias!.data()),
      }
    }),
  )
}
