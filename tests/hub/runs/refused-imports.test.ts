/** A signature that does not fit its model: refused with the key or the input that is wrong, and what to do. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { describe, expect, test } from 'vitest'
import { Graph } from '../../../hub/onnx/graph.ts'
import { readModel } from '../../../hub/onnx/read-model.ts'
import { wrapImported } from '../../../hub/runs/wrap-imported.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { modelOf, type MadeElsewhere } from '../onnx/made-elsewhere.ts'
import { COLUMNS, constants, recipe, signatureOf } from './import-fixtures.ts'

const refusalOf = (name: MadeElsewhere, change: object) => {
  const result = wrapImported({ recipe, constants, signature: signatureOf(change), model: modelOf(name) })
  return result.ok ? null : result.error
}
const columnsOf = (columns: readonly object[]) => ({ input: { kind: 'columns', columns } })

describe('refused with a place and a way out', () => {
  test.each([
    ['another recipe', 'torch-mlp', { recipe: 'rain' }, 'import/recipe', /for the recipe rain/],
    [
      'a feature of a channel that is not there',
      'torch-mlp',
      columnsOf([{ name: 'rain', feature: { lag: 'rain', steps: [0] } }]),
      'import/column',
      /column rain: no channel is named rain/,
    ],
    [
      'a lag beyond the window',
      'torch-mlp',
      columnsOf([{ name: 'old', feature: { lag: 'temperature', steps: [30] } }]),
      'import/column',
      /past the window/,
    ],
    [
      'a feature of several columns',
      'torch-mlp',
      columnsOf([{ name: 'day', feature: { calendar: ['day'], harmonics: 1 } }]),
      'import/column',
      /0 for sin\(day,1\), 1 for cos\(day,1\)/,
    ],
    [
      'too few columns',
      'torch-mlp',
      columnsOf(COLUMNS.slice(1)),
      'import/input',
      /float \[N.*, 6\].*\[N, 5\]/,
    ],
    [
      'an input by another name',
      'torch-gru',
      { input: { kind: 'window' } },
      'import/input',
      /inputs are inputs/,
    ],
    [
      'columns for a model of windows',
      'torch-gru',
      {},
      'import/input',
      /input inputs is float \[N.*, 30, 4\], the signature makes float or double \[N, 6\]/,
    ],
    ['no such output', 'torch-mlp', { output: { name: 'z', kind: 'value' } }, 'import/output', /it has y/],
    [
      'a column that the output has not',
      'torch-mlp',
      { output: { name: 'y', kind: 'value', column: 1 } },
      'import/output',
      /has 1 columns/,
    ],
    [
      'labels',
      'sklearn-classifier',
      {
        ...columnsOf([
          { name: 'warmth', feature: { lag: 'temperature', steps: [0] } },
          { name: 'depth', feature: { lag: 'temperature', steps: [1] } },
        ]),
        output: { name: 'label', kind: 'value' },
      },
      'import/output',
      /label holds int64/,
    ],
    [
      'an old operator set behind features',
      'torch-lstm-opset11',
      { input: { kind: 'window', inputName: 'inputs' }, output: { name: 'y', kind: 'change' } },
      'import/opset',
      /target opset of 17/,
    ],
  ] as const)('%s', (_what, name, change, code, says) => {
    const refusal = refusalOf(name, change)
    expect(refusal?.code).toBe(code)
    expect(refusal?.message).toMatch(says)
  })
  test('a model of one row at a time', () => {
    const graph = new Graph()
    graph.output('y', graph.input('x', 'float', [1, 6]), [1, 1])
    const model = readModel(graph.encode('fixed', {}))
    if (!model.ok) throw new Error(model.error.message)
    const result = wrapImported({ recipe, constants, signature: signatureOf({}), model: model.value })
    expect(result).toMatchObject({ ok: false, error: { code: 'import/batch', at: 'input x' } })
  })
})

describe('what the recipe does not ask for is refused', () => {
  const { target } = recipe
  const event = smallRecipe({ target: { ...target, event: { of: 'max', above: 12 } } })
  const classes = smallRecipe({
    target: { ...target, classes: { limits: [4, 12], names: ['cold', 'mild', 'warm'] } },
  })
  const refusalFor = (on: Recipe, kind: string) => {
    const signature = signatureOf({ output: { name: 'y', kind } })
    const result = wrapImported({ recipe: on, constants, signature, model: modelOf('torch-mlp') })
    return result.ok ? null : result.error
  }

  test.each([
    ['a value', event, 'value', /probability of an event; .* gives a value: .* say probability,/],
    ['a change', event, 'change', /gives a change/],
    ['probabilities', event, 'probabilities', /gives the probabilities of classes/],
    ['one probability', recipe, 'probability', /asks for a number; .* say value or change,/],
    ['probabilities', recipe, 'probabilities', /asks for a number; .* probabilities of classes/],
    ['a value', classes, 'value', /each of 3 classes; .* gives a value: .* say probabilities,/],
    ['one probability', classes, 'probability', /each of 3 classes; .* gives one probability/],
  ] as const)('%s', (_what, on, kind, says) => {
    const refusal = refusalFor(on, kind)
    expect(refusal).toMatchObject({ code: 'import/outputKind', at: 'output.kind' })
    expect(refusal?.message).toMatch(says)
  })
  test('more or fewer columns than classes, or an unknown number of them', () => {
    const refusalOfShape = (shape: readonly (number | string)[]) => {
      const graph = new Graph()
      graph.output('y', graph.input('x', 'float', ['N', 6]), shape)
      const model = readModel(graph.encode('scores', {}))
      if (!model.ok) throw new Error(model.error.message)
      const signature = signatureOf({ output: { name: 'y', kind: 'probabilities' } })
      const result = wrapImported({ recipe: classes, constants, signature, model: model.value })
      return result.ok ? null : result.error
    }
    const wanted = /the recipe has 3 classes: export it as \[N, 3\], .* in this order: cold, mild, warm/
    for (const [shape, found] of [
      [['N', 2], '2 columns'],
      [['N', 4], '4 columns'],
      [['N'], '1 columns'],
      [['N', 'K'], 'an unknown number of columns'],
    ] as const) {
      const refusal = refusalOfShape(shape)
      expect(refusal).toMatchObject({ code: 'import/output', at: 'output.name' })
      expect(refusal?.message).toMatch(wanted)
      expect(refusal?.message).toContain(found)
    }
    expect(refusalOfShape(['N', 3])).toBeNull()
  })
})
