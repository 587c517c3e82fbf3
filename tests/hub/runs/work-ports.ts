/** What a run works with: the real engine, networks and memory probe; only what it costs is not looked at. */
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { tensorflow } from '../../../hub/adapters/tensorflow.ts'
import type { WorkPorts } from '../../../hub/runs/perform-work.ts'
import { measureMemory } from '../gates/memory-program.ts'

export const workPorts: WorkPorts = {
  engine: onnxRuntime,
  network: tensorflow,
  cpuSeconds: () => 0,
  elapsedMs: () => performance.now(),
  measureMemory,
  versions: { node: '', onnxruntime: '', tensorflow: '' },
}
