/**
 * Rain tomorrow at Bellevue, 1949-99, the usual stream of a drifting concept. Fitted on the first two years and then frozen, or
 * fitted again every year on everything before; each day is judged before it is learned from. Naive Bayes frozen after two
 * years is the published .666, so the protocol is the same.
 */
import { CLASSIFIER_TREES, fitClassifier } from '@fleetcast/hub/training/classification/fit-classifier.ts'
import { selectRows, selectValues, type Matrix } from '@fleetcast/hub/training/matrix.ts'
import type { BenchRow } from '../bench-row.ts'
import { readRealTable } from '../real-table.ts'
import { fitNaiveBayes } from './naive-bayes.ts'

const FILE = 'noaa_bellevue_rain.csv.gz'
const FIRST_ROWS = 730
const YEAR_ROWS = 365
/** Newest share of the known rows, which ends the fit and calibrates. */
const VALIDATION_SHARE = 0.25
const SEED = 7

type Stream = { readonly matrix: Matrix; readonly labels: Float32Array }
/** Log odds or probabilities less 0.5: above zero is rain. */
type Predict = (matrix: Matrix) => Float32Array
type Fit = (known: Stream) => Promise<Predict>

export async function benchBellevue(print: (row: BenchRow) => void): Promise<void> {
  const stream = readStream()
  if (stream === null) return
  const rows = stream.labels.length
  const row = (metric: string, value: number, against: string): void =>
    print({
      bench: 'bellevue',
      metric,
      value: Math.round(value * 10_000) / 10_000,
      unit: 'share',
      against,
      conditions: `${rows} days, 8 columns; the first ${FIRST_ROWS} are learned from, the other ${rows - FIRST_ROWS} judged`,
    })
  row('accuracy.neverRain', 1 - meanOf(stream.labels.subarray(FIRST_ROWS)), 'says no every day')
  row('accuracy.naiveBayes.frozen', await accuracyOf(stream, naiveBayes, false), 'published: .666')
  row(
    'accuracy.naiveBayes.retrained',
    await accuracyOf(stream, naiveBayes, true),
    'fitted again every 365 days',
  )
  row('accuracy.ours.frozen', await accuracyOf(stream, ours, false), 'published frozen naive Bayes: .666')
  row('accuracy.ours.retrained', await accuracyOf(stream, ours, true), 'fitted again every 365 days')
}

const naiveBayes: Fit = async ({ matrix, labels }) => fitNaiveBayes(matrix, labels)

/** The shipped classifier with its own settings: nothing is tuned on this stream. */
const ours: Fit = async (known) => {
  const cut = Math.floor(known.labels.length * (1 - VALIDATION_SHARE))
  const classifier = await fitClassifier({
    classes: 2,
    training: rowsOf(known, 0, cut),
    validation: rowsOf(known, cut, known.labels.length),
    calibration: 'platt',
    trees: CLASSIFIER_TREES,
    seed: SEED,
    onProgress: async () => {},
  })
  return (matrix) => classifier.probabilities(matrix).map((p) => p - 0.5)
}

async function accuracyOf(stream: Stream, fit: Fit, isRetrained: boolean): Promise<number> {
  const rows = stream.labels.length
  let predict = await fit(rowsOf(stream, 0, FIRST_ROWS))
  let right = 0
  for (let start = FIRST_ROWS; start < rows; start += YEAR_ROWS) {
    if (isRetrained && start > FIRST_ROWS) predict = await fit(rowsOf(stream, 0, start))
    const year = rowsOf(stream, start, Math.min(rows, start + YEAR_ROWS))
    predict(year.matrix).forEach((score, i) => (right += score > 0 === (year.labels[i] === 1) ? 1 : 0))
  }
  return right / (rows - FIRST_ROWS)
}

function rowsOf({ matrix, labels }: Stream, from: number, to: number): Stream {
  const selected = Int32Array.from({ length: to - from }, (_, i) => from + i)
  return { matrix: selectRows(matrix, selected), labels: selectValues(labels, selected) }
}

function readStream(): Stream | null {
  const table = readRealTable(FILE)
  if (table === null) return null
  const columns = table.columns.length - 1
  const { rows } = table
  const data = new Float32Array(rows.length * columns)
  rows.forEach((fields, i) => {
    for (let j = 0; j < columns; j++) data[j * rows.length + i] = Number(fields[j])
  })
  const labels = Float32Array.from(rows, (fields) => Number(fields[columns]))
  return { matrix: { rows: rows.length, columns, data }, labels }
}

const meanOf = (values: Float32Array): number => values.reduce((sum, x) => sum + x, 0) / values.length
