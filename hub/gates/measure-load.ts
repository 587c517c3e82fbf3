/** How long the runtime takes from the file to a session that can answer, one thread, in the process that trains. */
import type { LatencyPorts } from './measure-latency.ts'

export type Load = { readonly medianMs: number; readonly n: number }

const LOADS = 9

export async function measureLoad(
  { engine, elapsedMs }: LatencyPorts,
  onnx: Uint8Array,
  shape: { readonly windowSteps: number; readonly channels: number },
): Promise<Load> {
  const taken: number[] = []
  for (let i = 0; i < LOADS; i++) {
    const startedAt = elapsedMs()
    const session = await engine.load(onnx, shape)
    taken.push(elapsedMs() - startedAt)
    await session.close()
  }
  return { medianMs: taken.sort((a, b) => a - b)[(LOADS - 1) / 2]!, n: LOADS }
}
