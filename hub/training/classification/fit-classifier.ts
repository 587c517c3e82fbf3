/**
 * Which of a few classes: trees on the log loss and a ridge-logistic regression, their log odds averaged, then calibrated on
 * held-out rows. Two classes are one question; more are asked one against the rest and brought to a sum of one.
 */
import { assert } from '@fleetcast/shared/assert.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import type { Graph } from '../../onnx/graph.ts'
import { attribute } from '../../onnx/graph.ts'
import { blendModels } from '../blend.ts'
import { fitGbdt } from '../gbdt/fit-gbdt.ts'
import { GBDT_DEFAULTS, type GbdtOptions } from '../gbdt/options.ts'
import type { Matrix } from '../matrix.ts'
import type { FitProgress, TrainedModel } from '../trained-model.ts'
import { calibrate, emitCalibration, fitIsotonic, fitPlatt, type Calibration } from './calibration.ts'
import { fitLogistic } from './fit-logistic.ts'

export type LabelledClasses = {
  readonly matrix: Matrix
  /** Class of each row, 0 to classes - 1. */
  readonly labels: Float32Array
}

export type ClassifierInput = {
  readonly classes: number
  readonly training: LabelledClasses
  /** Ends the trees' fit and calibrates; no row of the training part. */
  readonly validation: LabelledClasses
  readonly calibration: Calibration['kind']
  readonly trees: GbdtOptions
  readonly seed: number
  readonly onProgress: FitProgress
}

export const CLASSIFIER_TREES: GbdtOptions = {
  ...GBDT_DEFAULTS,
  loss: 'logistic',
  rounds: 300,
  leavesMax: 8,
  rowsInLeafMin: 50,
}

export type Classifier = {
  /** Columns of the output: 1 for two classes (the probability of class 1), else one a class. */
  readonly width: number
  /** Row-major [rows, width]. */
  readonly probabilities: (matrix: Matrix) => Float32Array
  /** Appends the model behind `features` [N, columns]; returns the name of its output [N, width]. */
  readonly emit: (graph: Graph, features: string) => string
}

export async function fitClassifier(input: ClassifierInput): Promise<Classifier> {
  const { classes, onProgress } = input
  assert(classes >= 2, 'a classifier tells two classes apart at least')
  const questions = classes === 2 ? [1] : Array.from({ length: classes }, (_, k) => k)
  const answers: Answer[] = []
  for (const [at, positive] of questions.entries())
    answers.push(
      await fitQuestion({
        ...input,
        onProgress: (fraction, detail) => onProgress((at + fraction) / questions.length, detail),
        training: asked(input.training, positive),
        validation: asked(input.validation, positive),
      }),
    )
  return {
    width: answers.length,
    probabilities: (matrix) => normalised(answers.map(({ probability }) => probability(matrix))),
    emit: (graph, features) =>
      emitNormalised(
        graph,
        answers.map(({ emit }) => emit(graph, features)),
      ),
  }
}

/** Class `positive` against the rest. */
const asked = ({ matrix, labels }: LabelledClasses, positive: number): LabelledClasses => ({
  matrix,
  labels: labels.map((label) => (label === positive ? 1 : 0)),
})

type Answer = {
  readonly probability: (matrix: Matrix) => Float32Array
  readonly emit: (graph: Graph, features: string) => string
}

async function fitQuestion(input: ClassifierInput): Promise<Answer> {
  const { training, validation } = input
  const score = blendModels([await fitTrees(input), fitLogistic(training.matrix, training.labels)])
  const fit = { platt: fitPlatt, isotonic: fitIsotonic }[input.calibration]
  const calibration = fit(score.predict(validation.matrix), validation.labels)
  return {
    probability: (matrix) => calibrate(calibration, score.predict(matrix)),
    emit: (graph, features) => emitCalibration(graph, score.emit(graph, features), calibration),
  }
}

const fitTrees = ({
  training,
  validation,
  trees,
  seed,
  onProgress,
}: ClassifierInput): Promise<TrainedModel> =>
  fitGbdt({
    matrix: training.matrix,
    target: training.labels,
    validation: { matrix: validation.matrix, target: validation.labels },
    options: { ...trees, loss: 'logistic' },
    random: createRandom(seed).fork('gbdt'),
    onProgress,
  })

/** Columns side by side, row-major; more than one are divided by their sum. */
function normalised(columns: readonly Float32Array[]): Float32Array {
  const [first] = columns
  if (columns.length === 1) return first!
  const out = new Float32Array(first!.length * columns.length)
  first!.forEach((_, row) => {
    const sum = columns.reduce((total, column) => total + column[row]!, 0)
    columns.forEach((column, k) => (out[row * columns.length + k] = column[row]! / sum))
  })
  return out
}

function emitNormalised(graph: Graph, columns: readonly string[]): string {
  const joined = graph.join(columns)
  if (columns.length === 1) return joined
  const sum = graph.node('ReduceSum', [joined, graph.integers([1])], { keepdims: attribute.integer(1) })
  return graph.node('Div', [joined, sum])
}
