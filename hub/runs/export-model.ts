/** Everything a version needs at a station in one file. */
import { windowChannels, type Recipe, type WeightStorage } from '@fleetcast/shared/recipe/recipe.ts'
import { compileFeatures, type FeatureConstants } from '../features/compile-features.ts'
import { Graph } from '../onnx/graph.ts'
import { emitMeanPlace } from '../training/classification/ordered-classes.ts'
import type { IntervalModel } from '../training/fit-interval.ts'
import type { TrainedModel } from '../training/trained-model.ts'

export type ExportInput = {
  readonly recipe: Recipe
  readonly constants: FeatureConstants
  readonly model: TrainedModel
  /** Bounds beside the prediction; none when absent. */
  readonly interval?: IntervalModel | undefined
  /** How learned matrices are written; float32 when absent. Trees stay as they are. */
  readonly storage?: WeightStorage
}

/** The whole pipeline as one ONNX file: features, model, and its output added to the anchor. Same input, same bytes. */
export function exportModel({
  recipe,
  constants,
  model,
  interval,
  storage = 'float32',
}: ExportInput): Uint8Array {
  const graph = new Graph(storage)
  const { features, anchor } = compileFeatures(graph, recipe, constants)
  const said = model.emit(graph, features)
  const change = changeOf(graph, recipe, said)
  graph.output('prediction', graph.node('Add', [anchor, change]), ['N', 1])
  if (recipe.target.classes !== undefined)
    graph.output('probabilities', said, ['N', recipe.target.classes.names.length])
  if (interval !== undefined) {
    const [lower, upper] = interval.emit(graph, features)
    const bounds = graph.join([graph.node('Min', [lower, change]), graph.node('Max', [upper, change])])
    graph.output('interval', graph.node('Add', [anchor, bounds]), ['N', 2])
  }
  return graph.encode(recipe.name, {
    ...modelMetadata(recipe, model.algorithm),
    ...(storage === 'float32' ? {} : { 'fleetcast.weights': storage }),
  })
}

/** One number a row: of classes their mean place. */
function changeOf(graph: Graph, { target: { classes } }: Recipe, said: string): string {
  return classes === undefined ? said : emitMeanPlace(graph, said, classes.names.length)
}

/** What the file says of itself, to whoever finds it without its bundle. */
export const modelMetadata = (recipe: Recipe, algorithm: string): Readonly<Record<string, string>> => ({
  'fleetcast.recipe': recipe.name,
  'fleetcast.algorithm': algorithm,
  'fleetcast.channels': windowChannels(recipe).join(','),
  'fleetcast.target': `${recipe.target.channel}+${recipe.target.horizonSteps}`,
})
