/** Means, minima and maxima over the newest rows; missing rows are left out, and nothing present gives NaN. */
import { attribute } from '../onnx/graph.ts'
import { lastRows, sumRows, type FeatureContext } from './feature-inputs.ts'

/** Larger than any physical value; stands for a missing one where a minimum or maximum is sought. */
const BEYOND = 3e38

export type Rolling = {
  /** [N, 1] mean of the channel over the last `steps` rows. */
  readonly mean: (channel: string, steps: number) => string
  /** [N, 3]: minimum, maximum, and their difference. */
  readonly range: (channel: string, steps: number) => string
}

/** Work that several features share (one mask, one sum a width) is written into the graph once. */
export function rollingFeatures(context: FeatureContext): Rolling {
  const { graph, window, centers, channelIndex } = context
  const isMissing = graph.node('IsNaN', [window])
  const present = graph.cast(graph.node('Not', [isMissing]), 'float')
  const center = graph.floats(centers, [1, 1, centers.length])
  const centred = graph.node('Where', [isMissing, graph.scalar(0), graph.node('Sub', [window, center])])
  const counts = once((steps) => sumRows(context, lastRows(context, present, steps)))
  const means = once((steps) => {
    const sum = sumRows(context, lastRows(context, centred, steps))
    return graph.node('Add', [
      graph.node('Div', [sum, counts(steps)]),
      graph.floats(centers, [1, centers.length]),
    ])
  })
  const extreme = (operator: 'ReduceMin' | 'ReduceMax', stand: number) =>
    once((steps) => {
      const rows = lastRows(context, graph.node('Where', [isMissing, graph.scalar(stand), window]), steps)
      const value = graph.node(operator, [rows], {
        axes: attribute.integers([1]),
        keepdims: attribute.integer(0),
      })
      const isAnyPresent = graph.node('Greater', [counts(steps), graph.scalar(0)])
      return graph.node('Where', [isAnyPresent, value, graph.scalar(Number.NaN)])
    })
  const minima = extreme('ReduceMin', BEYOND)
  const maxima = extreme('ReduceMax', -BEYOND)
  const ofChannel = (values: string, channel: string): string =>
    graph.columns(values, [channelIndex(channel)])
  return {
    mean: (channel, steps) => ofChannel(means(steps), channel),
    range: (channel, steps) => {
      const [lowest, highest] = [ofChannel(minima(steps), channel), ofChannel(maxima(steps), channel)]
      return graph.join([lowest, highest, graph.node('Sub', [highest, lowest])])
    },
  }
}

function once(make: (steps: number) => string): (steps: number) => string {
  const made = new Map<number, string>()
  return (steps) => {
    const known = made.get(steps) ?? make(steps)
    made.set(steps, known)
    return known
  }
}
