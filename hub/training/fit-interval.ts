/**
 * A prediction interval: trees for both quantiles, widened (or narrowed) by what held-out rows needed, so that it covers what
 * it says (conformalised quantile regression, Romano et al. 2019).
 */
import { assert } from '@fleetcast/shared/assert.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { Graph } from '../onnx/graph.ts'
import type { LabelledMatrix } from './fit-algorithm.ts'
import { fitGbdt } from './gbdt/fit-gbdt.ts'
import { GBDT_DEFAULTS, type GbdtOptions } from './gbdt/options.ts'
import type { Matrix } from './matrix.ts'
import type { FitProgress } from './trained-model.ts'

export type IntervalInput = {
  readonly training: LabelledMatrix
  /** Newer rows than the training part's: what the margin is measured on, and nothing else. */
  readonly calibration: LabelledMatrix
  /** Share of truths that the interval is to hold, in (0, 1). */
  readonly coverage: number
  readonly trees: GbdtOptions
  readonly seed: number
  readonly onProgress: FitProgress
}

export const INTERVAL_TREES: GbdtOptions = { ...GBDT_DEFAULTS, loss: 'quantile', rounds: 150, leavesMax: 8 }

export type IntervalModel = {
  /** Added to both sides, units of the target; below zero it narrows. */
  readonly margin: number
  /** Changes from the anchor, one value a row, lower <= upper. */
  readonly predict: (matrix: Matrix) => { readonly lower: Float32Array; readonly upper: Float32Array }
  /** Names of lower and upper [N, 1] behind `features`. */
  readonly emit: (graph: Graph, features: string) => readonly [string, string]
}

export async function fitInterval(input: IntervalInput): Promise<IntervalModel> {
  const { calibration, coverage, onProgress } = input
  assert(coverage > 0 && coverage < 1, 'coverage is a share')
  const tail = (1 - coverage) / 2
  const low = await fitLevel(input, tail, (fraction, detail) => onProgress(fraction / 2, detail))
  const high = await fitLevel(input, 1 - tail, (fraction, detail) => onProgress((1 + fraction) / 2, detail))
  const held = { lower: low.predict(calibration.matrix), upper: high.predict(calibration.matrix) }
  const margin = Math.fround(conformalMargin(held, calibration.target, coverage))
  const ordered = (a: Float32Array, b: Float32Array, pick: (x: number, y: number) => number) =>
    a.map((x, i) => pick(x - margin, b[i]! + margin))
  return {
    margin,
    predict: (matrix) => {
      const [lower, upper] = [low.predict(matrix), high.predict(matrix)]
      return { lower: ordered(lower, upper, Math.min), upper: ordered(lower, upper, Math.max) }
    },
    emit: (graph, features) => {
      const lower = graph.node('Sub', [low.emit(graph, features), graph.scalar(margin)])
      const upper = graph.node('Add', [high.emit(graph, features), graph.scalar(margin)])
      return [graph.node('Min', [lower, upper]), graph.node('Max', [lower, upper])]
    },
  }
}

const fitLevel = ({ training, trees, seed }: IntervalInput, level: number, onProgress: FitProgress) =>
  fitGbdt({
    ...training,
    validation: null,
    options: { ...trees, loss: 'quantile', level },
    random: createRandom(seed).fork(`level ${level.toFixed(3)}`),
    onProgress,
  })

/** How far outside the interval truths lie (inside: below zero): the value that `coverage` of exchangeable rows do not exceed. */
export function conformalMargin(
  { lower, upper }: { readonly lower: Float32Array; readonly upper: Float32Array },
  truth: Float32Array,
  coverage: number,
): number {
  const outside = Float64Array.from(truth, (y, i) => Math.max(lower[i]! - y, y - upper[i]!)).sort()
  assert(outside.length > 0, 'a margin needs calibration rows')
  const rank = Math.min(outside.length, Math.ceil((outside.length + 1) * coverage))
  return outside[rank - 1]!
}
