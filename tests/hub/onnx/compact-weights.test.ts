import { createRandom } from '@fleetcast/shared/random.ts'
import type { WeightStorage } from '@fleetcast/shared/recipe/recipe.ts'
import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { toFloat16, toInt8 } from '../../../hub/onnx/compact-weights.ts'
import { Graph } from '../../../hub/onnx/graph.ts'

const random = createRandom(11)
const weights = Float32Array.from({ length: 40 * 8 }, () => 0.3 * random.normal())

/** What ONNX Runtime reads back: rows of the identity matrix times the weights. */
async function readBack(storage: WeightStorage, values: Float32Array = weights, columns = 8) {
  const rows = values.length / columns
  const graph = new Graph(storage)
  const window = graph.input('window', 'float', ['N', 1, rows])
  graph.input('time', 'int64', ['N', 1])
  const flat = graph.node('Reshape', [window, graph.integers([0, rows])])
  graph.output('prediction', graph.node('MatMul', [flat, graph.weights(values, [rows, columns])]), [
    'N',
    columns,
  ])
  const onnx = graph.encode('weights', {})
  const session = await onnxRuntime.load(onnx, { windowSteps: 1, channels: rows })
  const windows = Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0))
  const outputs = await session.run({ windows, times: new BigInt64Array(rows), count: rows })
  await session.close()
  return { onnx, values: outputs['prediction']! }
}

describe('weights in fewer bits', () => {
  test('come back from half precision as the nearest of 11 significant bits', async () => {
    const { values } = await readBack('float16')
    values.forEach((value, i) =>
      expect(Math.abs(value - weights[i]!)).toBeLessThanOrEqual(Math.abs(weights[i]!) * 2 ** -11),
    )
    expect((await readBack('float16', values)).values).toEqual(values)
  })
  test('come back from bytes within half a level of their column', async () => {
    const { values } = await readBack('int8')
    for (let column = 0; column < 8; column++) {
      const ofColumn = weights.filter((_, i) => i % 8 === column)
      const half = Math.max(...ofColumn.map(Math.abs)) / 127 / 2
      ofColumn.forEach((weight, row) =>
        expect(Math.abs(values[row * 8 + column]! - weight)).toBeLessThanOrEqual(half * 1.000_01),
      )
    }
  })
  test('make the file smaller by as much', async () => {
    const sizes = await Promise.all(
      (['float32', 'float16', 'int8'] as const).map(async (storage) => (await readBack(storage)).onnx.length),
    )
    expect(sizes[0]! - sizes[1]!).toBeGreaterThan(40 * 8 * 2 - 80)
    expect(sizes[0]! - sizes[2]!).toBeGreaterThan(40 * 8 * 3 - 8 * 4 - 120)
  })
})

test('half precision has the bit patterns of IEEE 754', () => {
  const patterns: readonly [number, number][] = [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_519, 0x7bff],
    [65_520, 0x7c00],
    [-Infinity, 0xfc00],
    [Number.NaN, 0x7e00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [3 * 2 ** -25, 0x0002],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [0.1, 0x2e66],
  ]
  const bits = toFloat16(Float32Array.from(patterns, ([value]) => value))
  patterns.forEach(([value, pattern], i) => expect([value, bits[i]]).toEqual([value, pattern]))
})

test('a column of zeros stays zero in bytes', () => {
  const { quantised, scales } = toInt8(Float32Array.of(0, 5, 0, -5), [2, 2])
  expect([...quantised]).toEqual([0, 127, 0, -127])
  expect(scales[0]).toBe(0)
})
