/** The feature graph on its own, run by the engine that also serves on a device: windows in, matrix rows out. */
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { compileFeatures, type FeatureConstants } from '../features/compile-features.ts'
import { featureNames } from '../features/feature-names.ts'
import { Graph } from '../onnx/graph.ts'
import type { InferenceEngine, ModelBatch } from '../ports/inference-engine.ts'
import type { Matrix } from './matrix.ts'

export type FeatureRows = {
  readonly matrix: Matrix
  /** What a prediction is added to, one a row, always finite. */
  readonly anchor: Float32Array
}

export type FeatureTable = {
  readonly run: (batch: ModelBatch) => Promise<FeatureRows>
  readonly close: () => Promise<void>
}

/** Windows that are run at once. */
export const FEATURE_BATCH = 512

export async function openFeatureTable(
  engine: InferenceEngine,
  recipe: Recipe,
  constants: FeatureConstants,
): Promise<FeatureTable> {
  const columns = featureNames(recipe).length
  const graph = new Graph()
  const { features, anchor } = compileFeatures(graph, recipe, constants)
  graph.output('features', features, ['N', columns])
  graph.output('anchor', anchor, ['N', 1])
  const shape = { windowSteps: recipe.windowSteps, channels: windowChannels(recipe).length }
  const session = await engine.load(graph.encode('features', {}), shape)
  return {
    run: async (batch) => {
      const outputs = await session.run(batch)
      const matrix = columnMajor(outputs['features']!, batch.count, columns)
      return { matrix, anchor: Float32Array.from(outputs['anchor']!) }
    },
    close: session.close,
  }
}

function columnMajor(values: Float32Array, rows: number, columns: number): Matrix {
  const data = new Float32Array(values.length)
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) data[j * rows + i] = values[i * columns + j]!
  return { rows, columns, data }
}
