/** The real program in a process of its own: what it measures grows with the model, and a failure is told. */
import { describe, expect, test } from 'vitest'
import { measureMemoryWith } from '../../../hub/adapters/memory-probe.ts'
import { Graph } from '../../../hub/onnx/graph.ts'
import { measureMemory } from './memory-program.ts'

const shape = { windowSteps: 2, channels: 3 }

/** [N, 2, 3] -> [N, 6] · [6, width] · [width, 1]. */
function modelOfWidth(width: number): Uint8Array {
  const graph = new Graph()
  const window = graph.input('window', 'float', ['N', 2, 3])
  graph.input('time', 'int64', ['N', 1])
  const flat = graph.node('Reshape', [window, graph.integers([-1, 6])])
  const wide = graph.node('MatMul', [flat, graph.weights(new Float32Array(6 * width).fill(0.5), [6, width])])
  const one = graph.node('MatMul', [wide, graph.weights(new Float32Array(width).fill(0.5), [width, 1])])
  graph.output('prediction', one, ['N', 1])
  return graph.encode('wide', {})
}

describe('memory of a model', () => {
  test('is told apart from that of the runtime', async () => {
    const [small, large] = [modelOfWidth(10), modelOfWidth(1_000_000)]
    const [one, other] = [await measureMemory(small, shape), await measureMemory(large, shape)]
    if (!one.ok || !other.ok) throw new Error('both models load')
    expect(one.value.runtimeMb).toBeGreaterThan(3)
    expect(one.value.modelMb).toBeLessThan(10)
    // Seven million weights of four bytes.
    expect(other.value.modelMb).toBeGreaterThan(20)
    expect(other.value.modelMb).toBeGreaterThan(one.value.modelMb + 15)
  })
  test('is not measured where the file does not load, and the reason is given', async () => {
    const broken = await measureMemory(Uint8Array.of(1, 2, 3), shape)
    expect(broken).toMatchObject({ ok: false, error: { code: 'memory/notMeasured' } })
    expect(broken.ok ? '' : broken.error.message).toMatch(/^Failed to load model/)
    const gone = await measureMemoryWith('/nowhere/memory-probe.js')(modelOfWidth(10), shape)
    expect(gone).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining('Cannot find module') },
    })
  })
})
