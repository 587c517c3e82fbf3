/** The exported file in words: what it takes to run it, how its weights are stored, and how it was replayed. Pure. */
import type { ModelFormat } from '../onnx/describe-model.ts'
import type { ReplayReport, WeightsReport } from './run-report.ts'

export type FileFacts = {
  readonly onnxBytes: number
  /** Null where a version is older than what is asked, or was made elsewhere. */
  readonly format: ModelFormat | null
  readonly weights: WeightsReport | null
  readonly replay: ReplayReport | null
  /** Windows that were compared. */
  readonly parityRows: number
  readonly parityMaxDifference: number
  readonly parityTolerance: number
  /** Of the forecasts. */
  readonly unit: string
}

/** Names and values. */
export const fileFacts = (facts: FileFacts): readonly (readonly [string, string])[] => [
  ['ONNX file', `${facts.onnxBytes} bytes${weightsText(facts)}`],
  ['Operator sets', facts.format === null ? 'not recorded' : opsetsText(facts.format)],
  ['Operators', facts.format === null ? 'not recorded' : operatorsText(facts.format)],
  ['Replay', replayText(facts)],
]

function weightsText({ weights, unit }: FileFacts): string {
  if (weights === null) return ''
  const { storage, float32Bytes, meanDifference, maxDifference } = weights
  return storage === 'float32'
    ? ', float32 weights'
    : `, ${storage} weights (${float32Bytes} bytes with float32; forecasts move by ${meanDifference.toPrecision(2)} ${unit} on average, by ${maxDifference.toPrecision(2)} ${unit} at most)`
}

/** `ai.onnx 17, ai.onnx.ml 5 (IR version 8)`. */
const opsetsText = ({ opsets, irVersion }: ModelFormat): string =>
  `${Object.entries(opsets)
    .map(([domain, version]) => `${domain} ${version}`)
    .join(', ')} (IR version ${irVersion})`

/** `Add 12, Gather 3, ai.onnx.ml.TreeEnsemble 1`. */
const operatorsText = ({ operators }: ModelFormat): string =>
  operators
    .map(({ domain, operator, count }) => `${domain === 'ai.onnx' ? '' : `${domain}.`}${operator} ${count}`)
    .join(', ')

function replayText(facts: FileFacts): string {
  const { replay, weights, parityRows, parityMaxDifference, parityTolerance, unit } = facts
  const differ = `differ by ${parityMaxDifference.toExponential(1)} ${unit}, at most ${parityTolerance.toExponential(1)}`
  if (replay === null) return `${parityRows} windows ${differ}`
  const { heldOutRows, withGaps, withExtremes } = replay
  const file = weights === null || weights.storage === 'float32' ? 'file' : 'file in float32'
  return `${parityRows} windows of ${heldOutRows} test rows, ${withGaps} with NaN and ${withExtremes} of extremes: ${file} and trainer ${differ}`
}
