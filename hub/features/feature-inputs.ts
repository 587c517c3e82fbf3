/** The model's two inputs and the views of the window that features read. */
import { assert } from '@fleetcast/shared/assert.ts'
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { attribute, type Graph } from '../onnx/graph.ts'

export type FeatureContext = {
  readonly graph: Graph
  readonly recipe: Recipe
  /** float32 [N, windowSteps, channels], NaN for gaps; int64 [N, 1], seconds. */
  readonly window: string
  readonly time: string
  /** The window as [N, windowSteps * channels]. */
  readonly flat: string
  /** Column of `flat` that holds a channel's value `step` intervals ago. */
  readonly column: (channel: string, step: number) => number
  readonly channelIndex: (channel: string) => number
  /** A typical value of each window channel, subtracted before sums so that float32 keeps its digits. */
  readonly centers: readonly number[]
}

export function featureContext(graph: Graph, recipe: Recipe, centers: readonly number[]): FeatureContext {
  const channels = windowChannels(recipe)
  const { windowSteps } = recipe
  const window = graph.input('window', 'float', ['N', windowSteps, channels.length])
  const time = graph.input('time', 'int64', ['N', 1])
  const channelIndex = (channel: string): number => {
    const index = channels.indexOf(channel)
    assert(index >= 0, `the window has no channel ${channel}`)
    return index
  }
  return {
    graph,
    recipe,
    window,
    time,
    channelIndex,
    centers,
    flat: graph.node('Reshape', [window, graph.integers([0, windowSteps * channels.length])]),
    column: (channel, step) => (windowSteps - 1 - step) * channels.length + channelIndex(channel),
  }
}

/** Rows of the last `steps` intervals of a [N, windowSteps, channels] value. */
export const lastRows = ({ graph, recipe }: FeatureContext, source: string, steps: number): string =>
  graph.node('Slice', [
    source,
    graph.integers([recipe.windowSteps - steps]),
    graph.integers([recipe.windowSteps]),
    graph.integers([1]),
  ])

/** Sum over the rows: [N, steps, channels] -> [N, channels]. */
export const sumRows = ({ graph }: FeatureContext, source: string): string =>
  graph.node('ReduceSum', [source, graph.integers([1])], { keepdims: attribute.integer(0) })
