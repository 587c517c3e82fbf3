/** Our features in front of a model of any operator set that is accepted there: the same numbers. */
import { createRandom } from '@fleetcast/shared/random.ts'
import { beforeAll, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { compileFeatures } from '../../../hub/features/compile-features.ts'
import { featureNames } from '../../../hub/features/feature-names.ts'
import { encodeModel } from '../../../hub/onnx/encode-model.ts'
import { Graph } from '../../../hub/onnx/graph.ts'
import { OPSET, OPSET_MAX, OPSET_MIN } from '../../../hub/onnx/raise-opset.ts'
import { readModel } from '../../../hub/onnx/read-model.ts'
import { smallRecipe } from '../features/small-recipe.ts'

const recipe = smallRecipe()
const columns = featureNames(recipe).length
const COUNT = 8

/** All kinds of features through a model that returns its input, in operator set `opset`. */
function featuresIn(opset: number): Uint8Array {
  const value = { type: 'float' as const, shape: ['N', columns] }
  const nodes = [{ operator: 'Neg', domain: '', inputs: ['x'], outputs: ['y'], attributes: {} }]
  const negate = readModel(
    encodeModel({
      opsets: { '': opset },
      metadata: {},
      graph: {
        ...{ name: 'negate', nodes, initializers: [] },
        ...{ inputs: [{ name: 'x', ...value }], outputs: [{ name: 'y', ...value }] },
      },
    }),
  )
  if (!negate.ok) throw new Error(negate.error.message)
  const graph = new Graph()
  const { features, anchor } = compileFeatures(graph, recipe, {
    centers: [10, 1_000, 45, 10],
    anchorFill: 10,
  })
  const valueOf = graph.graft(negate.value, new Map([['x', features]]))
  graph.output('prediction', graph.node('Sub', [anchor, valueOf('y')]), ['N', columns])
  return graph.encode('features', {})
}

async function run(opset: number): Promise<Float32Array> {
  const random = createRandom(3)
  const session = await onnxRuntime.load(featuresIn(opset), { windowSteps: recipe.windowSteps, channels: 4 })
  const windows = Float32Array.from({ length: COUNT * recipe.windowSteps * 4 }, (_, i) =>
    i % 4 > 1 ? 40 : random.next() < 0.2 ? Number.NaN : 10 * random.normal(),
  )
  const times = BigInt64Array.from({ length: COUNT }, (_, i) => BigInt(1_700_000_000 + i * 100_000))
  const outputs = await session.run({ windows, times, count: COUNT })
  await session.close()
  return outputs['prediction']!
}

let expected = new Float32Array()
beforeAll(async () => {
  expected = Float32Array.from(await run(OPSET))
})

test.each(Array.from({ length: OPSET_MAX - OPSET_MIN + 1 }, (_, i) => OPSET_MIN + i))(
  'features say the same in operator set %i',
  async (opset) => {
    expect(await run(opset)).toEqual(expected)
  },
)
