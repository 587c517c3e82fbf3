/**
 * Ordered classes as questions of yes or no (Frank & Hall 2001): is it above the first limit, is it above the second, ...? Each question is
 * fitted and calibrated by itself; what is above a limit is above every lower one, so the answers never rise.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import type { Graph } from '../../onnx/graph.ts'
import { sigmoid } from '../gbdt/losses.ts'
import type { Matrix } from '../matrix.ts'
import type { TrainedModel } from '../trained-model.ts'
import { calibrate, emitCalibration, fitPlatt, type Calibration } from './calibration.ts'

/** Labels of the question about limit `k`, from those of the classes. */
export const labelsAbove = (classes: Float32Array, k: number): Float32Array =>
  classes.map((place) => (place > k ? 1 : 0))

/** The questions' models side by side: log odds, row-major [rows, limits]. */
export function sideBySide(answers: readonly TrainedModel[]): TrainedModel {
  const [first] = answers
  assert(first !== undefined, 'two classes have one limit at least')
  return {
    algorithm: first.algorithm,
    backend: first.backend,
    rounds: Math.round(answers.reduce((sum, { rounds }) => sum + rounds, 0) / answers.length),
    predict: (matrix) => interleaved(answers.map((answer) => answer.predict(matrix))),
    emit: (graph, features) => graph.join(answers.map((answer) => answer.emit(graph, features))),
  }
}

/** Log odds [rows, limits] -> probabilities of the classes [rows, limits + 1], not calibrated. */
export const sharesOfScores = (scores: Float32Array, limits: number): Float32Array =>
  sharesOf(
    columnsOf(scores, limits).map((column) => column.map(sigmoid)),
    limits,
  )

/** One calibration a question, on rows that the scores were not fitted on. */
export const fitCalibrations = (
  scores: Float32Array,
  classes: Float32Array,
  limits: number,
): readonly Calibration[] =>
  columnsOf(scores, limits).map((column, k) => fitPlatt(column, labelsAbove(classes, k)))

/** Log odds of every question -> probabilities of the classes, row-major [rows, classes], as a model like any other. */
export function classModel(score: TrainedModel, calibrations: readonly Calibration[]): TrainedModel {
  const limits = calibrations.length
  const above = (matrix: Matrix): readonly Float32Array[] =>
    columnsOf(score.predict(matrix), limits).map((column, k) => calibrate(calibrations[k]!, column))
  return {
    ...score,
    predict: (matrix) => sharesOf(above(matrix), limits),
    emit: (graph, features) => {
      const scores = score.emit(graph, features)
      const answers = calibrations.map((one, k) => emitCalibration(graph, graph.columns(scores, [k]), one))
      return emitShares(graph, answers)
    },
  }
}

/** Mean place of the classes [N, 1] in the graph, from their probabilities [N, classes]. */
export function emitMeanPlace(graph: Graph, shares: string, classes: number): string {
  const places = graph.floats(
    Array.from({ length: classes }, (_, k) => k),
    [classes, 1],
  )
  return graph.node('MatMul', [shares, places])
}

/** The same here, one a row. */
export const meanPlaces = (shares: Float32Array, classes: number): Float32Array =>
  Float32Array.from({ length: shares.length / classes }, (_, row) =>
    shares.subarray(row * classes, (row + 1) * classes).reduce((sum, share, k) => sum + k * share, 0),
  )

/** What the probabilities of each row add up to. */
export const sumsOfShares = (shares: Float32Array, classes: number): Float64Array =>
  Float64Array.from({ length: shares.length / classes }, (_, row) =>
    shares.subarray(row * classes, (row + 1) * classes).reduce((sum, share) => sum + share, 0),
  )

const columnsOf = (values: Float32Array, width: number): readonly Float32Array[] =>
  Array.from({ length: width }, (_, k) =>
    Float32Array.from({ length: values.length / width }, (__, row) => values[row * width + k]!),
  )

function interleaved(columns: readonly Float32Array[]): Float32Array {
  const width = columns.length
  return Float32Array.from(
    { length: width * columns[0]!.length },
    (_, i) => columns[i % width]![Math.floor(i / width)]!,
  )
}

function sharesOf(above: readonly Float32Array[], limits: number): Float32Array {
  const rows = above[0]!.length
  const shares = new Float32Array(rows * (limits + 1))
  for (let row = 0; row < rows; row++) {
    let before = 1
    for (let k = 0; k < limits; k++) {
      const here = Math.min(before, above[k]![row]!)
      shares[row * (limits + 1) + k] = before - here
      before = here
    }
    shares[row * (limits + 1) + limits] = before
  }
  return shares
}

function emitShares(graph: Graph, above: readonly string[]): string {
  const falling: string[] = []
  for (const answer of above) {
    const before = falling.at(-1)
    falling.push(before === undefined ? answer : graph.node('Min', [before, answer]))
  }
  const lowest = graph.node('Sub', [graph.scalar(1), falling[0]!])
  const between = falling.slice(1).map((here, k) => graph.node('Sub', [falling[k]!, here]))
  return graph.join([lowest, ...between, falling.at(-1)!])
}
