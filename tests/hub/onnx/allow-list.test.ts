import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { checkImportable } from '../../../hub/onnx/allow-list.ts'
import { encodeModel } from '../../../hub/onnx/encode-model.ts'
import type { Model, Node } from '../../../hub/onnx/model.ts'
import { readModel, type ReadModel } from '../../../hub/onnx/read-model.ts'
import { floatTensor } from '../../../hub/onnx/tensors.ts'

const node = (operator: string, domain = '', inputs: readonly string[] = ['window']): Node => ({
  operator,
  domain,
  inputs,
  outputs: [`${operator}-out`],
  attributes: {},
})

function read(nodes: readonly Node[], opsets: Model['opsets'] = { '': 17, 'ai.onnx.ml': 3 }): ReadModel {
  const graph = { name: 'g', nodes, inputs: [], outputs: [], initializers: [] }
  const model = readModel(encodeModel({ opsets, metadata: {}, graph }))
  if (!model.ok) throw new Error(model.error.message)
  return model.value
}

const refusalOf = (model: ReadModel) => {
  const checked = checkImportable(model)
  return checked.ok ? null : checked.error
}

describe('operators', () => {
  test.each([
    ['Gemm', '', null],
    ['LinearRegressor', 'ai.onnx.ml', null],
    ['Loop', '', /Loop of ai\.onnx: its time has no bound/],
    ['If', '', /no bound/],
    ['RandomNormal', '', /the same each time/],
    ['ZipMap', 'ai.onnx.ml', /"zipmap": False/],
    ['FusedGemm', 'com.microsoft', /FusedGemm of com\.microsoft: only operators of ai\.onnx/],
    ['Adam', 'ai.onnx.preview.training', /only operators of/],
    ['StringNormalizer', '', /no such operator runs/],
    ['TreeEnsembleRegressor', 'ai.onnx.ml', null],
    ['TreeEnsemble', 'ai.onnx.ml', /not part of ai\.onnx\.ml 3: export with ai\.onnx\.ml 5/],
  ])('%s of "%s"', (operator, domain, says) => {
    const refusal = refusalOf(read([node(operator, domain)]))
    if (says === null) expect(refusal).toBeNull()
    else {
      expect(refusal?.code).toBe('onnx/operator')
      expect(refusal?.message).toMatch(says)
    }
  })
  test('all offenders are named, each once, the first few of many', () => {
    const two = refusalOf(read([node('Loop'), node('Loop'), node('Scan'), node('Relu')]))
    expect(two?.message.split('; ').map((one) => one.split(' ')[0])).toEqual(['Loop', 'Scan'])
    const many = Array.from({ length: 9 }, (_, i) => node(`Odd${i}`))
    expect(refusalOf(read(many))?.message).toMatch(/Odd4[^;]*; and 4 more$/)
  })
  test('dropout that asks for training is chance', () => {
    expect(refusalOf(read([node('Dropout', '', ['window', 'ratio'])]))).toBeNull()
    const training = node('Dropout', '', ['window', '', 'mode'])
    expect(refusalOf(read([training]))?.message).toMatch(/evaluation mode/)
  })
  test('of an inner graph are found', () => {
    const outer = read([node('Relu')])
    const used = { domain: '', operator: 'Add', count: 1, firstName: 'n', isInSubgraph: true }
    expect(refusalOf({ ...outer, operators: [used] })).toMatchObject({ code: 'onnx/operator', at: 'node n' })
  })
})

describe('versions', () => {
  test.each([
    [6, /operator set 6 of ai\.onnx/],
    [7, null],
    [21, null],
    [22, /7 to 21 run: export with a target opset of 17/],
  ])('operator set %i', (version, says) => {
    const refusal = refusalOf(read([node('Relu')], { '': version }))
    if (says === null) expect(refusal).toBeNull()
    else expect(refusal).toMatchObject({ code: 'onnx/opset', message: expect.stringMatching(says) as string })
  })
  test('an operator set that nothing uses does not matter', () => {
    expect(refusalOf(read([node('Relu')], { '': 17, 'com.microsoft': 1, 'ai.onnx.ml': 9 }))).toBeNull()
  })
  test.each([2, 11])('IR version %i is refused', (irVersion) => {
    expect(refusalOf({ ...read([node('Relu')]), irVersion })?.code).toBe('onnx/irVersion')
  })
  test('are those ONNX Runtime loads: the older trees are no part of ai.onnx.ml 5', async () => {
    const trees = {
      ...node('TreeEnsembleRegressor', 'ai.onnx.ml'),
      attributes: {
        n_targets: { integer: 1 },
        nodes_treeids: { integers: [0] },
        nodes_nodeids: { integers: [0] },
        nodes_featureids: { integers: [0] },
        nodes_modes: { texts: ['LEAF'] },
        nodes_values: { floats: [0] },
        nodes_truenodeids: { integers: [0] },
        nodes_falsenodeids: { integers: [0] },
        target_treeids: { integers: [0] },
        target_nodeids: { integers: [0] },
        target_ids: { integers: [0] },
        target_weights: { floats: [2.5] },
      },
    }
    const value = (name: string, width: number) => ({ name, type: 'float' as const, shape: ['N', width] })
    const graph = {
      ...{ name: 'g', nodes: [trees], initializers: [floatTensor('unused', [1], [1])] },
      ...{ inputs: [value('window', 2)], outputs: [value('TreeEnsembleRegressor-out', 1)] },
    }
    const bytes = (ml: number) => encodeModel({ opsets: { '': 17, 'ai.onnx.ml': ml }, metadata: {}, graph })
    const shape = { windowSteps: 1, channels: 2 }
    await (await onnxRuntime.load(bytes(3), shape)).close()
    await expect(onnxRuntime.load(bytes(5), shape)).rejects.toThrow()
  })
})

describe('content', () => {
  test.each([
    [{ external: ['w'] }, 'onnx/externalData', /the data of w lie in another file/],
    [{ functions: 2 }, 'onnx/functions', /2 functions/],
    [{ trainingInfos: 1 }, 'onnx/training', /inference/],
    [{ sparseInitializers: 1 }, 'onnx/sparse', /dense/],
  ])('%o is refused', (part, code, says) => {
    const refusal = refusalOf({ ...read([node('Relu')]), ...part })
    expect(refusal?.code).toBe(code)
    expect(refusal?.message).toMatch(says)
  })
})
