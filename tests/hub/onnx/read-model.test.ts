/** The reader says what the writer wrote, and of anything else where it is wrong. */
import { createRandom } from '@fleetcast/shared/random.ts'
import { BUNDLE_FILE_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { describe, expect, test } from 'vitest'
import { encodeModel } from '../../../hub/onnx/encode-model.ts'
import { attribute, Graph } from '../../../hub/onnx/graph.ts'
import { NODES_MAX } from '../../../hub/onnx/read-graph.ts'
import { readModel } from '../../../hub/onnx/read-model.ts'
import { floatTensor, int64Tensor } from '../../../hub/onnx/tensors.ts'
import { MessageWriter } from '../../../hub/onnx/wire.ts'
import { damaged } from './damaged-files.ts'
import { bytesOf, MADE_ELSEWHERE } from './made-elsewhere.ts'

const message = () => new MessageWriter()
/** A file of one graph. */
const fileOf = (graph: MessageWriter): Uint8Array => message().integer(1, 8).message(7, graph).bytes()
const refusalOf = (file: Uint8Array) => {
  const model = readModel(file)
  return model.ok ? null : model.error
}

describe('the reader', () => {
  test('says what the writer wrote', () => {
    const graph = {
      name: 'g',
      nodes: [
        { operator: 'Relu', domain: '', inputs: ['window'], outputs: ['a'], attributes: {} },
        {
          operator: 'Scaler',
          domain: 'ai.onnx.ml',
          inputs: ['a', ''],
          outputs: ['b', 'c'],
          attributes: { offset: { floats: [1, 2] }, names: { texts: ['x'] }, i: { integers: [-1, 5] } },
        },
      ],
      inputs: [
        { name: 'window', type: 'float', shape: ['N', 3] },
        { name: 'old', type: 'float', shape: [2] },
      ],
      outputs: [{ name: 'b', type: 'int64', shape: [] }],
      initializers: [floatTensor('old', [2], [1, 2]), int64Tensor('w', [], [7])],
    } as const
    const file = encodeModel({
      opsets: { '': 17, 'ai.onnx.ml': 3 },
      metadata: { __proto__x: 'ü', b: '' },
      graph,
    })
    const model = readModel(file)
    if (!model.ok) throw new Error(model.error.message)
    const { nodes, initializers, ...rest } = model.value
    expect(nodes.map(({ bytes: _bytes, ...node }) => node)).toEqual([
      { name: '', domain: '', operator: 'Relu', inputs: ['window'], outputs: ['a'], depth: 0 },
      {
        name: '',
        domain: 'ai.onnx.ml',
        operator: 'Scaler',
        inputs: ['a', ''],
        outputs: ['b', 'c'],
        depth: 0,
      },
    ])
    expect(initializers.map(({ bytes: _bytes, ...tensor }) => tensor)).toEqual([
      { name: 'old', type: 'float', dims: [2], byteCount: 8, isExternal: false },
      { name: 'w', type: 'int64', dims: [], byteCount: 8, isExternal: false },
    ])
    expect(rest).toEqual({
      irVersion: 8,
      producer: 'fleetcast',
      opsets: { '': 17, 'ai.onnx.ml': 3 },
      metadata: { __proto__x: 'ü', b: '' },
      inputs: [{ name: 'window', type: 'float', shape: ['N', 3] }],
      outputs: [{ name: 'b', type: 'int64', shape: [] }],
      external: [],
      ...{ sparseInitializers: 0, functions: 0, trainingInfos: 0 },
      operators: [
        { domain: '', operator: 'Relu', count: 1, firstName: '', isInSubgraph: false },
        { domain: 'ai.onnx.ml', operator: 'Scaler', count: 1, firstName: '', isInSubgraph: false },
      ],
    })
  })
  test('sees what lies in inner graphs', () => {
    const constant = message().message(5, message().text(8, 'far').integer(14, 1).integer(2, 1))
    const inner = message().message(1, message().text(4, 'RandomNormal').text(3, 'deep').message(5, constant))
    const outer = message().text(4, 'If').message(5, message().text(1, 'then_branch').message(6, inner))
    expect(readModel(fileOf(message().message(1, outer)))).toMatchObject({
      ok: true,
      value: {
        external: ['far'],
        operators: [
          { operator: 'If', isInSubgraph: false },
          { operator: 'RandomNormal', isInSubgraph: true, firstName: 'deep' },
        ],
      },
    })
  })
  test('takes numbers packed and one by one', () => {
    const packed = message().packedIntegers(1, [2, 1]).integer(2, 1).text(8, 'w').packedFloats(4, [1, 2])
    const single = message().integer(1, 2).integer(1, 1).integer(2, 1).text(8, 'w').float(4, 1).float(4, 2)
    for (const tensor of [packed, single])
      expect(readModel(fileOf(message().message(5, tensor)))).toMatchObject({
        ok: true,
        value: { initializers: [{ dims: [2, 1], byteCount: 8 }] },
      })
  })
  test('takes ai.onnx for the unnamed domain', () => {
    const node = message().text(4, 'Relu').text(7, 'ai.onnx')
    const opset = message().text(1, 'ai.onnx').integer(2, 13)
    const file = message().message(7, message().message(1, node)).message(8, opset).bytes()
    expect(readModel(file)).toMatchObject({
      ok: true,
      value: { opsets: { '': 13 }, nodes: [{ domain: '' }] },
    })
  })
})

const tensor = () => message().integer(2, 1).text(8, 'w')
const withTensor = (one: MessageWriter) => fileOf(message().message(5, one))
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))

describe('refused, with the byte where it is wrong', () => {
  test.each([
    ['nothing', hex(''), 'onnx/malformed', 'byte 0', /no graph/],
    [
      'a length beyond the end',
      hex('08083a7f00'),
      'onnx/malformed',
      'byte 2',
      /claims 127 bytes, 1 are left/,
    ],
    ['a length of 2^63', hex('3affffffffffffffff7f'), 'onnx/malformed', 'byte 0', /claims/],
    ['a negative length', hex('3affffffffffffffffff01'), 'onnx/malformed', 'byte 0', /claims -1 bytes/],
    ['a number without an end', hex('0808088080'), 'onnx/malformed', 'byte 2', /cut off/],
    ['a number of 11 bytes', hex('08ffffffffffffffffffff01'), 'onnx/malformed', 'byte 0', /64 bits/],
    ['a field that is not of the format', hex('0808d20f00'), 'onnx/malformed', 'byte 2', /has no field 250/],
    ['field 0', hex('0000'), 'onnx/malformed', 'byte 0', /no field 0/],
    ['a group', hex('3b3c'), 'onnx/malformed', 'byte 0', /another type/],
    ['a field of another type', hex('0a00'), 'onnx/malformed', 'byte 0', /field 1 of a model/],
    ['two graphs', hex('3a003a00'), 'onnx/malformed', 'byte 2', /two graphs/],
    ['a picture', hex('89504e470d0a1a0a'), 'onnx/malformed', 'byte 0', /no field|another type|claims/],
    [
      'a name that is no text',
      fileOf(message().message(1, message().delimited(4, hex('ff')))),
      'onnx/malformed',
      'byte 6',
      /UTF-8/,
    ],
    [
      'a long name',
      fileOf(message().message(1, message().text(4, 'x'.repeat(1_001)))),
      'onnx/tooMany',
      'byte 8',
      /1000 bytes/,
    ],
    [
      'data shorter than the dimensions',
      withTensor(tensor().packedIntegers(1, [3]).delimited(9, hex('0000'))),
      'onnx/malformed',
      'byte 4',
      /w has 0.5 elements for the dimensions \[3\]/,
    ],
    [
      'dimensions beyond any memory',
      withTensor(tensor().packedIntegers(1, [2 ** 40, 2 ** 40])),
      'onnx/malformed',
      'byte 4',
      /w has 0 elements/,
    ],
    [
      'a negative dimension',
      withTensor(tensor().packedIntegers(1, [-1, 0]).delimited(9, hex(''))),
      'onnx/malformed',
      'byte 4',
      /\[-1,0\]/,
    ],
    [
      'too many dimensions',
      withTensor(
        tensor().packedIntegers(
          1,
          Array.from({ length: 17 }, () => 1),
        ),
      ),
      'onnx/tooMany',
      'byte 11',
      /numbers|dimensions/,
    ],
    [
      'a list that ends inside a number',
      withTensor(tensor().packedIntegers(1, [1]).delimited(4, hex('000000'))),
      'onnx/malformed',
      'byte 14',
      /inside a number/,
    ],
    [
      'elements that are not read',
      withTensor(message().integer(2, 14).text(8, 'c')),
      'onnx/elementType',
      'byte 4',
      /c: elements of type 14/,
    ],
  ] as const)('%s', (_what, file, code, at, says) => {
    const refusal = refusalOf(file)
    expect(refusal).toMatchObject({ code, at })
    expect(refusal?.message).toMatch(says)
  })
  test('graphs in graphs without end', () => {
    let graph = message()
    for (let depth = 0; depth < 2_000; depth++)
      graph = message().message(1, message().message(5, message().message(6, graph)))
    expect(refusalOf(fileOf(graph))).toMatchObject({ code: 'onnx/tooDeep' })
  })
  test('more nodes than a device runs in time', () => {
    const node = message().text(4, '')
    const graph = message()
    for (let i = 0; i <= NODES_MAX; i++) graph.message(1, node)
    expect(refusalOf(fileOf(graph))).toMatchObject({ code: 'onnx/tooMany' })
  })
  test('a file beyond what a bundle carries, without looking into it', () => {
    expect(refusalOf(new Uint8Array(BUNDLE_FILE_BYTES_MAX + 1))?.code).toBe('onnx/tooLarge')
  })
})

/** A valid model with a bit of everything. */
function ownModel(): Uint8Array {
  const graph = new Graph('int8')
  const window = graph.input('window', 'float', ['N', 2, 3])
  const flat = graph.node('Reshape', [window, graph.integers([0, 6])])
  const filled = graph.node('Where', [graph.node('IsNaN', [flat]), graph.scalar(0), flat])
  const dense = graph.node('Gemm', [filled, graph.weights(Float32Array.of(1, 2, 3, 4, 5, 6), [6, 1])])
  const sum = graph.node('ReduceMax', [dense], {
    axes: attribute.integers([1]),
    keepdims: attribute.integer(1),
  })
  graph.output('prediction', sum, ['N', 1])
  return graph.encode('own', { a: 'b' })
}

/** Seeds that once failed are kept here and run first. */
const FAILED: readonly number[] = []
const SEEDS = [...FAILED, ...Array.from({ length: 4_000 }, (_, i) => 10_000 + i)]

test('whatever is changed in a file, it is a model or a refusal that names a byte of it', () => {
  const files = [ownModel(), ...MADE_ELSEWHERE.map(bytesOf)]
  let accepted = 0
  for (const seed of SEEDS) {
    const random = createRandom(seed)
    const file = damaged(files[random.integer(files.length)]!, random)
    const model = readModel(file)
    if (model.ok) accepted += 1
    else {
      const at = Number(/^byte (\d+)$/.exec(model.error.at ?? '')?.[1] ?? Number.NaN)
      expect({ seed, isInside: at >= 0 && at <= file.length, code: model.error.code }).toEqual({
        ...{ seed, isInside: true },
        code: expect.stringMatching(/^onnx\/[a-zA-Z]+$/) as string,
      })
      expect(model.error.message.length).toBeLessThan(1_500)
    }
  }
  expect(accepted).toBeGreaterThan(SEEDS.length / 20)
})
