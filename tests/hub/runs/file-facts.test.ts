import { describe, expect, test } from 'vitest'
import { fileFacts, type FileFacts } from '../../../hub/runs/file-facts.ts'
import { RunReport } from '../../../hub/runs/run-report.ts'
import { REPORT } from '../registry/registry-fixtures.ts'

const known: FileFacts = {
  onnxBytes: 21_077,
  format: {
    irVersion: 8,
    opsets: { 'ai.onnx': 17, 'ai.onnx.ml': 5 },
    operators: [
      { domain: 'ai.onnx', operator: 'Add', count: 12 },
      { domain: 'ai.onnx.ml', operator: 'TreeEnsemble', count: 1 },
    ],
  },
  weights: {
    ...{ storage: 'int8', bytes: 21_077, float32Bytes: 40_760 },
    ...{ meanDifference: 0.0161, maxDifference: 0.333 },
  },
  replay: { heldOutRows: 900, withGaps: 1_198, withExtremes: 307 },
  ...{ parityRows: 1_536, parityMaxDifference: 7.6e-6, parityTolerance: 8.5e-4, unit: 'C' },
}

describe('a file in words', () => {
  test('names its bytes, weights, operators and replay', () => {
    expect(fileFacts(known)).toEqual([
      [
        'ONNX file',
        '21077 bytes, int8 weights (40760 bytes with float32; forecasts move by 0.016 C on average, by 0.33 C at most)',
      ],
      ['Operator sets', 'ai.onnx 17, ai.onnx.ml 5 (IR version 8)'],
      ['Operators', 'Add 12, ai.onnx.ml.TreeEnsemble 1'],
      [
        'Replay',
        '1536 windows of 900 test rows, 1198 with NaN and 307 of extremes: file in float32 and trainer differ by 7.6e-6 C, at most 8.5e-4',
      ],
    ])
  })
  test('says so where a version is older than what is asked', () => {
    const facts = fileFacts({ ...known, format: null, weights: null, replay: null })
    expect(facts).toEqual([
      ['ONNX file', '21077 bytes'],
      ['Operator sets', 'not recorded'],
      ['Operators', 'not recorded'],
      ['Replay', '1536 windows differ by 7.6e-6 C, at most 8.5e-4'],
    ])
  })
})

test('a report of an older hub is read, without what it did not record', () => {
  const { format: _format, weights: _weights, parity, ...older } = REPORT
  const { replay: _replay, ...olderParity } = parity
  expect(RunReport.parse({ ...older, parity: olderParity })).toEqual({
    ...REPORT,
    parity: { ...parity, replay: null },
    ...{ format: null, weights: null },
  })
})
