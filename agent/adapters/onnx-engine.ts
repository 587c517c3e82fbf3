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
  const wanted = OUTPUTS.filter((name) => session.outputNames.includes(name))
  return {
    predict: async (batch) => {
      const { prediction, interval, probabilities } = await session.run(feedsFor(batch), wanted)
      const values = floatsOf(prediction, 'prediction', [batch.n, 1])
      return {
        values,
        intervals: interval === undefined ? null : floatsOf(interval, 'interval', [batch.n, 2]),
        probabilities:
          probabilities === undefined
            ? null
            : floatsOf(probabilities, 'probabilities', [batch.n, probabilities.dims[1] ?? 0]),
      }
    },
    close: async () => await session.release(),
  }
}

const OUTPUTS: readonly string[] = ['prediction', 'interval', 'probabilities']

function floatsOf(
  output: Tensor | undefined,
  name: string,
  [rows, columns]: readonly [number, number],
): Float32Array {
  const data = output?.data
  if (data instanceof Float32Array && data.length === rows * columns) return data
  throw new Error(`${name} is not float32 [${rows}, ${columns}]`)
}

type Feeds = { readonly window: Tensor; readonly time: Tensor }

/** Tensors are views of the caller's buffers: nothing is copied in JavaScript. */
const feedsOf = ({ windows, times, n, windowSteps, channels }: ModelBatch): Feeds => ({
  window: new Tensor('float32', windows, [n, windowSteps, channels]),
  time: new Tensor('int64', times, [n, 1]),
})
