import * as ort from 'onnxruntime-node'
import type { InferenceEngine } from '../ports/inference-engine.ts'

export const ONNX_RUNTIME_VERSION: string = ort.env.versions.common

/** onnxruntime-node with one thread, so that results do not depend on how work was split. */
export const onnxRuntime: InferenceEngine = {
  load: async (onnx, { windowSteps, channels }) => {
    const session = await ort.InferenceSession.create(onnx, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 3,
    })
    return {
      run: async ({ windows, times, count }) => {
        const outputs = await session.run({
          window: new ort.Tensor('float32', windows, [count, windowSteps, channels]),
          time: new ort.Tensor('int64', times, [count, 1]),
        })
        return Object.fromEntries(
          Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Float32Array]),
        )
      },
      close: () => session.release(),
    }
  },
}
