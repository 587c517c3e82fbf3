import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { encodeModel } from '../../../hub/onnx/encode-model.ts'
import { Graph } from '../../../hub/onnx/graph.ts'
import { floatTensor } from '../../../hub/onnx/tensors.ts'
import { MessageWriter } from '../../../hub/onnx/wire.ts'

const hex = (writer: MessageWriter): string => Buffer.from(writer.bytes()).toString('hex')

describe('the wire format', () => {
  test('writes the examples of the protobuf documentation', () => {
    expect(hex(new MessageWriter().integer(1, 150))).toBe('089601')
    expect(hex(new MessageWriter().text(2, 'testing'))).toBe('120774657374696e67')
    expect(hex(new MessageWriter().message(3, new MessageWriter().integer(1, 150)))).toBe('1a03089601')
    expect(hex(new MessageWriter().packedIntegers(6, [3, 270, 86_942]))).toBe('3206038e029ea705')
  })
  test('writes negative numbers as ten bytes, floats as four', () => {
    expect(hex(new MessageWriter().integer(1, -2))).toBe('08feffffffffffffffff01')
    expect(hex(new MessageWriter().float(1, 1))).toBe('0d0000803f')
    expect(hex(new MessageWriter().packedFloats(1, [1, -2]))).toBe('0a080000803f000000c0')
  })
})

function meanGraph(): Graph {
  const graph = new Graph()
  const window = graph.input('window', 'float', ['N', 2, 3])
  graph.input('time', 'int64', ['N', 1])
  const flat = graph.node('Reshape', [window, graph.integers([0, 6])])
  graph.output('prediction', graph.join([graph.columns(flat, [5]), graph.columns(flat, [0])]), ['N', 2])
  return graph
}

describe('a graph', () => {
  test('runs in ONNX Runtime', async () => {
    const session = await onnxRuntime.load(meanGraph().encode('picked', {}), { windowSteps: 2, channels: 3 })
    const windows = Float32Array.from([1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60])
    const { prediction } = await session.run({ windows, times: BigInt64Array.of(0n, 0n), count: 2 })
    expect([...prediction!]).toEqual([6, 1, 60, 10])
  })
  test('gives the same bytes each time, whatever the order of its metadata', () => {
    const bytes = meanGraph().encode('picked', { b: '2', a: '1' })
    expect(meanGraph().encode('picked', { a: '1', b: '2' })).toEqual(bytes)
    expect(meanGraph().encode('picked', { a: '1', b: '3' })).not.toEqual(bytes)
  })
  test('refuses a tensor whose bytes do not fit its dimensions', () => {
    const tensor = floatTensor('w', [3], [1, 2])
    const graph = { name: 'g', nodes: [], inputs: [], outputs: [], initializers: [tensor] }
    expect(() => encodeModel({ opsets: { '': 17 }, metadata: {}, graph })).toThrow('tensor w has 8 bytes')
  })
})
