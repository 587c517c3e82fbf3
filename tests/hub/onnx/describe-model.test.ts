import { describe, expect, test } from 'vitest'
import { describeModel } from '../../../hub/onnx/describe-model.ts'
import { Graph, ML_DOMAIN } from '../../../hub/onnx/graph.ts'
import { readModel } from '../../../hub/onnx/read-model.ts'

function twice(): Graph {
  const graph = new Graph()
  const window = graph.input('window', 'float', ['N', 1, 2])
  graph.output('prediction', graph.node('Add', [graph.node('Add', [window, window]), window]), ['N', 1, 2])
  return graph
}

describe('a file says', () => {
  test('which operator sets it needs, and each operator with its count', () => {
    expect(describeModel(twice().encode('twice', {}))).toEqual({
      irVersion: 8,
      opsets: { 'ai.onnx': 17 },
      operators: [
        { domain: 'ai.onnx', operator: 'Add', count: 2 },
        { domain: 'ai.onnx', operator: 'Identity', count: 1 },
      ],
    })
  })
  test('operators of other domains beside its own', () => {
    const graph = twice()
    graph.node('Normalizer', ['prediction'], {}, ML_DOMAIN)
    const format = describeModel(graph.encode('trees', {}))!
    expect(format.opsets).toEqual({ 'ai.onnx': 17, 'ai.onnx.ml': 5 })
    expect(format.operators.at(-1)).toEqual({ domain: 'ai.onnx.ml', operator: 'Normalizer', count: 1 })
  })
  test('the operator set of a model that was made elsewhere', () => {
    const made = readModel(twice().encode('twice', {}))
    if (!made.ok) throw new Error(made.error.message)
    const graph = new Graph()
    const window = graph.input('window', 'float', ['N', 1, 2])
    const valueOf = graph.graft({ ...made.value, opsets: { '': 20 } }, new Map([['window', window]]))
    graph.output('prediction', valueOf('prediction'), ['N', 1, 2])
    const format = describeModel(graph.encode('wrapped', {}))!
    expect([format.opsets, format.irVersion]).toEqual([{ 'ai.onnx': 20 }, 9])
    expect(format.operators.map(({ operator, count }) => [operator, count])).toEqual([
      ['Add', 2],
      ['Identity', 2],
    ])
  })
  test('nothing where it is no file of ours', () => {
    expect(describeModel(Uint8Array.of(1, 2, 3))).toBeNull()
  })
})
