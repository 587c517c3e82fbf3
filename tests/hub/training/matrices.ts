import { createRandom } from '@fleetcast/shared/random.ts'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { Graph } from '../../../hub/onnx/graph.ts'
import type { Matrix } from '../../../hub/training/matrix.ts'
import type { TrainedModel } from '../../../hub/training/trained-model.ts'

export type Labelled = { readonly matrix: Matrix; readonly target: Float32Array }

/** Normal columns, `gapShare` of them missing; the target is what `truth` makes of a row, plus noise. */
export function labelled(
  {
    rows,
    columns,
    seed,
    gapShare = 0,
    noise = 0,
  }: {
    rows: number
    columns: number
    seed: number
    gapShare?: number
    noise?: number
  },
  truth: (row: readonly number[]) => number,
): Labelled {
  const random = createRandom(seed)
  const data = Float32Array.from({ length: rows * columns }, () =>
    random.next() < gapShare ? Number.NaN : random.normal(),
  )
  const target = Float32Array.from({ length: rows }, (_, i) => {
    const row = Array.from({ length: columns }, (_unused, j) => data[j * rows + i]!)
    return truth(row) + noise * random.normal()
  })
  return { matrix: { rows, columns, data }, target }
}

export const maeOf = (predicted: Float32Array, target: Float32Array): number =>
  predicted.reduce((sum, p, i) => sum + Math.abs(p - target[i]!), 0) / predicted.length

/** What ONNX Runtime makes of the emitted model on the same rows: the window is one row of features. */
export async function runEmitted(
  model: Pick<TrainedModel, 'emit'>,
  { rows, columns, data }: Matrix,
  width = 1,
): Promise<Float32Array> {
  const graph = new Graph()
  const window = graph.input('window', 'float', ['N', 1, columns])
  graph.input('time', 'int64', ['N', 1])
  const features = graph.node('Reshape', [window, graph.integers([0, columns])])
  graph.output('prediction', model.emit(graph, features), ['N', width])
  const session = await onnxRuntime.load(graph.encode('emitted', {}), { windowSteps: 1, channels: columns })
  const windows = new Float32Array(rows * columns)
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) windows[i * columns + j] = data[j * rows + i]!
  const outputs = await session.run({ windows, times: new BigInt64Array(rows), count: rows })
  await session.close()
  return outputs['prediction']!
}

export const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((largest, x, i) => Math.max(largest, Math.abs(x - b[i]!)), 0)
