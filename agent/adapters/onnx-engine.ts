/** ONNX Runtime on one thread: models of a station are small, and its other work needs the rest of the device. */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { InferenceEngine, ModelBatch, ModelSession } from '../ports/inference-engine.ts'

const OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  logSeverityLevel: 3,
}

export const onnxEngine: InferenceEngine = {
  load: async (model) => {
    const session = await InferenceSession.create(model, OPTIONS)
    const missing = [
      ...['window', 'time'].filter((name) => !session.inputNames.includes(name)),
      ...['prediction'].filter((name) => !session.outputNames.includes(name)),
    ]
    if (missing.length === 0) return sessionOver(session)
    await session.release()
    throw new Error(`the model lacks ${missing.join(', ')}`)
  },
}

function sessionOver(session: InferenceSession): ModelSession {
  // A station fills the same batch for every reading: its tensors are made once.
  const feedsByBatch = new WeakMap<ModelBatch, Feeds>()
  const feedsFor = (batch: ModelBatch): Feeds => {
    const known = feedsByBatch.get(batch)
    if (known !== undefined) return known
    const feeds = feedsOf(batch)
    feedsByBatch.set(batch, feeds)
    return feeds
  }
  return {
    predict: async (batch) => {
      const { prediction } = await session.run(feedsFor(batch), OUTPUTS)
      const data = prediction?.data
      if (data instanceof Float32Array && data.length === batch.n) return data
      throw new Error(`prediction is not float32 [${batch.n}, 1]`)
    },
    close: async () => await session.release(),
  }
}

const OUTPUTS = ['prediction'] as const

type Feeds = { readonly window: Tensor; readonly time: Tensor }

/** Tensors are views of the caller's buffers: nothing is copied in JavaScript. */
const feedsOf = ({ windows, times, n, windowSteps, channels }: ModelBatch): Feeds => ({
  window: new Tensor('float32', windows, [n, windowSteps, channels]),
  time: new Tensor('int64', times, [n, 1]),
})
