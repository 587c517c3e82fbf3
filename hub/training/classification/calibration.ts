/** Scores -> probabilities that come true as often as they say. Fitted on rows that the scores were not fitted on. */
import { assert } from '@fleetcast/shared/assert.ts'
import type { Graph } from '../../onnx/graph.ts'
import { sigmoid } from '../gbdt/losses.ts'

export type Calibration =
  /** sigmoid(slope * score + intercept), Platt 1999. */
  | { readonly kind: 'platt'; readonly slope: number; readonly intercept: number }
  /** Straight between points of rising score and rising probability, flat beyond them (pool adjacent violators). */
  | { readonly kind: 'isotonic'; readonly scores: Float32Array; readonly probabilities: Float32Array }

const PROBABILITY_MIN = 1e-4
const NEWTON_STEPS = 30

/** Labels are 0 and 1; the two ends are drawn in a little, as Platt proposes, so that separable scores stay finite. */
export function fitPlatt(scores: Float32Array, labels: Float32Array): Calibration {
  const positives = labels.reduce((sum, y) => sum + y, 0)
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (labels.length - positives + 2)]
  let [slope, intercept] = [1, 0]
  for (let step = 0; step < NEWTON_STEPS; step++) {
    // Gradient and Hessian of the log loss; a small ridge keeps the step finite.
    let [g0, g1, h00, h01, h11] = [0, 0, 1e-6, 0, 1e-6]
    scores.forEach((score, i) => {
      const p = sigmoid(slope * score + intercept)
      const [error, curvature] = [p - (labels[i] === 1 ? high : low), Math.max(1e-12, p * (1 - p))]
      g0 += error * score
      g1 += error
      h00 += curvature * score * score
      h01 += curvature * score
      h11 += curvature
    })
    const determinant = h00 * h11 - h01 * h01
    slope -= (h11 * g0 - h01 * g1) / determinant
    intercept -= (h00 * g1 - h01 * g0) / determinant
  }
  return { kind: 'platt', slope, intercept }
}

type Block = { readonly n: number; readonly score: number; readonly label: number }

/** A block's point is its mean score and its share of positives. */
export function fitIsotonic(scores: Float32Array, labels: Float32Array): Calibration {
  assert(scores.length > 0, 'a calibration needs rows')
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!)
  const blocks: Block[] = []
  for (const i of order) {
    let block: Block = { n: 1, score: scores[i]!, label: labels[i]! }
    for (let last = blocks.at(-1); last !== undefined; last = blocks.at(-1)) {
      if (isBefore(last, block)) break
      blocks.pop()
      block = { n: last.n + block.n, score: last.score + block.score, label: last.label + block.label }
    }
    blocks.push(block)
  }
  return {
    kind: 'isotonic',
    scores: Float32Array.from(blocks, ({ score, n }) => score / n),
    probabilities: Float32Array.from(blocks, ({ label, n }) => label / n),
  }
}

/** Points rise in score, as float32 keeps it, and in probability. */
const isBefore = (a: Block, b: Block): boolean =>
  a.label / a.n < b.label / b.n && Math.fround(a.score / a.n) < Math.fround(b.score / b.n)

const bounded = (p: number): number => Math.max(PROBABILITY_MIN, Math.min(1 - PROBABILITY_MIN, p))

export function calibrate(calibration: Calibration, scores: Float32Array): Float32Array {
  if (calibration.kind === 'platt')
    return scores.map((score) => bounded(sigmoid(calibration.slope * score + calibration.intercept)))
  const { first, steps } = segmentsOf(calibration)
  return scores.map((score) =>
    bounded(
      steps.reduce(
        (sum, { from, width, slope }) => sum + slope * Math.min(width, Math.max(0, score - from)),
        first,
      ),
    ),
  )
}

/** The same in the graph, [N, 1] -> [N, 1]. */
export function emitCalibration(graph: Graph, score: string, calibration: Calibration): string {
  const clip = (value: string): string =>
    graph.node('Clip', [value, graph.scalar(PROBABILITY_MIN), graph.scalar(1 - PROBABILITY_MIN)])
  if (calibration.kind === 'platt') {
    const scaled = graph.node('Mul', [score, graph.scalar(calibration.slope)])
    return clip(graph.node('Sigmoid', [graph.node('Add', [scaled, graph.scalar(calibration.intercept)])]))
  }
  const { first, steps } = segmentsOf(calibration)
  if (steps.length === 0)
    return clip(graph.node('Add', [graph.node('Mul', [score, graph.scalar(0)]), graph.scalar(first)]))
  const row = (values: readonly number[]): string => graph.floats(values, [1, values.length])
  const beyond = graph.node('Relu', [graph.node('Sub', [score, row(steps.map(({ from }) => from))])])
  const inside = graph.node('Min', [beyond, row(steps.map(({ width }) => width))])
  const slopes = graph.floats(
    steps.map(({ slope }) => slope),
    [steps.length, 1],
  )
  return clip(graph.node('Add', [graph.node('MatMul', [inside, slopes]), graph.scalar(first)]))
}

function segmentsOf({ scores, probabilities }: Extract<Calibration, { kind: 'isotonic' }>) {
  const steps = Array.from(scores.subarray(1), (to, i) => {
    const [from, low, high] = [scores[i]!, probabilities[i]!, probabilities[i + 1]!]
    return { from, width: to - from, slope: (high - low) / (to - from) }
  })
  return { first: probabilities[0]!, steps }
}
