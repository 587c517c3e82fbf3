/** Golden vectors: the model must give on this device what it gave where it was made (onnxruntime#13638). */
import type { Golden } from '@fleetcast/shared/bundle/golden.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { InferenceEngine, ModelBatch, ModelSession } from '../ports/inference-engine.ts'
import type { OpenBundle } from './read-bundle.ts'

export type SelfTestCode = 'selfTest/malformed' | 'selfTest/mismatch' | 'selfTest/unloadable'

/** Each vector alone, then all as one batch: backtests run in batches. */
export async function selfTest(
  engine: InferenceEngine,
  { golden, model }: Pick<OpenBundle, 'golden' | 'model'>,
): Promise<Result<null, Refusal<SelfTestCode>>> {
  const width = golden.windowSteps * golden.channels
  const windows = golden.vectors.map((vector) => floatsOf(vector.windowBase64))
  if (windows.some((window) => window.length !== width))
    return refuse('selfTest/malformed', `a golden window has not ${width} values`, 'golden.json')
  try {
    const session = await engine.load(model)
    try {
      return await compare(session, golden, windows)
    } finally {
      await session.close()
    }
  } catch (cause) {
    return refuse(
      'selfTest/unloadable',
      `the model does not run here: ${String(cause).slice(0, 200)}`,
      'model.onnx',
    )
  }
}

async function compare(
  session: ModelSession,
  golden: Golden,
  windows: readonly Float32Array[],
): Promise<Result<null, Refusal<SelfTestCode>>> {
  const all = batchOf(golden, windows, golden.vectors)
  const { values: together } = await session.predict(all)
  for (const [i, vector] of golden.vectors.entries()) {
    const { values: alone } = await session.predict(batchOf(golden, [windows[i]!], [vector]))
    for (const output of [alone[0] ?? Number.NaN, together[i] ?? Number.NaN])
      // The negation also catches NaN.
      if (!(Math.abs(output - vector.expected) <= golden.tolerance))
        return refuse(
          'selfTest/mismatch',
          `golden vector ${i} gives ${output}, expected ${vector.expected} within ${golden.tolerance}`,
        )
  }
  return ok(null)
}

const batchOf = (
  golden: Golden,
  windows: readonly Float32Array[],
  vectors: Golden['vectors'],
): ModelBatch => ({
  windows: Float32Array.from(windows.flatMap((window) => [...window])),
  times: BigInt64Array.from(vectors.map((vector) => BigInt(vector.timeSeconds))),
  n: windows.length,
  windowSteps: golden.windowSteps,
  channels: golden.channels,
})

/** Little-endian float32, as on every machine Node runs on. */
function floatsOf(base64: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4))
}
