/**
 * `node memory-probe.js WINDOW_STEPS CHANNELS < model.onnx`: prints how much this process grew when it loaded a model of one node
 * and ran one window, and how much more with the given model. The growth of a trainer would say little: it holds memory to reuse.
 */
import { buffer } from 'node:stream/consumers'
import { onnxRuntime } from './adapters/onnx-runtime.ts'
import { Graph } from './onnx/graph.ts'
import type { ModelMemory } from './ports/model-memory.ts'

const BYTES_PER_MB = 1_048_576
const rssMb = (): number => process.memoryUsage.rss() / BYTES_PER_MB

function smallestModel(windowSteps: number, channels: number): Uint8Array {
  const graph = new Graph()
  const window = graph.input('window', 'float', ['N', windowSteps, channels])
  graph.input('time', 'int64', ['N', 1])
  graph.output('prediction', window, ['N', windowSteps, channels])
  return graph.encode('smallest', {})
}

const [windowSteps = 0, channels = 0] = process.argv.slice(2).map(Number)
const onnx = await buffer(process.stdin)
const window = {
  windows: new Float32Array(windowSteps * channels),
  times: new BigInt64Array(1),
  count: 1,
}

/** The session stays open: what it holds is what is measured. */
async function growthOf(model: Uint8Array): Promise<number> {
  const before = rssMb()
  const session = await onnxRuntime.load(model, { windowSteps, channels })
  await session.run(window)
  return Math.max(0, rssMb() - before)
}

try {
  const runtimeMb = await growthOf(smallestModel(windowSteps, channels))
  const found: ModelMemory = { runtimeMb, modelMb: await growthOf(onnx) }
  process.stdout.write(`${JSON.stringify(found)}\n`)
} catch (cause) {
  process.stderr.write(cause instanceof Error ? cause.message : String(cause))
  process.exitCode = 1
}
