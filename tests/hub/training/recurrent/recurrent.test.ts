import * as tf from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { createRandom } from '@fleetcast/shared/random.ts'
import { describe, expect, test } from 'vitest'
import { tensorflow } from '../../../../hub/adapters/tensorflow.ts'
import type { RecurrentNetwork } from '../../../../hub/ports/network-trainer.ts'
import { evaluateRecurrent } from '../../../../hub/training/recurrent/evaluate-recurrent.ts'
import {
  fitRecurrent,
  RECURRENT_DEFAULTS,
  type RecurrentOptions,
} from '../../../../hub/training/recurrent/fit-recurrent.ts'
import { sequenceLayout } from '../../../../hub/training/sequence-layout.ts'
import { smallRecipe } from '../../features/small-recipe.ts'
import { labelled, largestDifference, maeOf, runEmitted } from '../matrices.ts'

const recipe = smallRecipe({
  features: [
    { lag: 'pressure', steps: [0, 1, 2, 3, 4, 5, 6] },
    { calendar: ['day'], harmonics: 1 },
    { lag: 'temperature', steps: [5, 4, 3, 2, 1, 0] },
    { lag: 'temperature', steps: [9] },
  ],
})
const layout = sequenceLayout(recipe)!
/** Columns: pressure 0-6, sine, cosine, temperature 5-0, temperature 9. The truth remembers the oldest step of the sequence. */
const remembered = (row: readonly number[]): number => 2 * Math.max(0, row[9]!) - row[5]! + row[7]!
const data = labelled({ rows: 1_500, columns: 16, seed: 1 }, remembered)
const held = labelled({ rows: 300, columns: 16, seed: 2, gapShare: 0.05 }, remembered)

const fit = (cell: 'gru' | 'lstm', options: Partial<RecurrentOptions> = {}, seed = 1) =>
  fitRecurrent({
    cell,
    trainer: tensorflow,
    layout,
    ...data,
    validation: null,
    options: { ...RECURRENT_DEFAULTS, units: 8, hidden: 8, epochs: 2, ...options },
    seed,
    onProgress: async () => {},
  })

test('the sequence is what lags have no gap, oldest step first, and the rest stays beside it', () => {
  expect(layout).toMatchObject({ steps: 6, channels: 2 })
  expect([...layout.columns].slice(0, 4)).toEqual([5, 9, 4, 10])
  expect([...layout.columns].slice(-2)).toEqual([0, 14])
  expect([...layout.rest]).toEqual([6, 7, 8, 15])
  expect(sequenceLayout(smallRecipe())).toBeNull()
})

describe('a recurrent network', () => {
  for (const cell of ['gru', 'lstm'] as const)
    for (const [name, options] of Object.entries({
      sigmoid: {},
      hardSigmoid: { recurrentActivation: 'hardSigmoid', activation: 'tanh' },
      normalised: { isNormalised: true, dropout: 0.3, activation: 'elu' },
    } as const))
      test(`says the same in ONNX Runtime: ${cell}, ${name}`, async () => {
        const model = await fit(cell, options)
        const served = await runEmitted(model, held.matrix)
        expect(largestDifference(served, model.predict(held.matrix))).toBeLessThan(1e-5)
      })
  test('learns what only the oldest step of the sequence tells', async () => {
    const model = await fit('gru', { epochs: 30, batch: 64, learningRate: 1e-2, dropout: 0 })
    const clean = labelled({ rows: 300, columns: 16, seed: 3 }, remembered)
    expect(maeOf(model.predict(clean.matrix), clean.target)).toBeLessThan(0.35)
  })
  test('comes out the same bit for bit, its dropout included', async () => {
    const predict = async (seed: number) =>
      (await fit('lstm', { epochs: 1, dropout: 0.3 }, seed)).predict(held.matrix)
    expect(await predict(1)).toEqual(await predict(1))
    expect(await predict(2)).not.toEqual(await predict(1))
  })
})

/** The library's own layer on the same weights. */
for (const cell of ['gru', 'lstm'] as const)
  for (const recurrentActivation of ['sigmoid', 'hardSigmoid'] as const)
    test(`the arithmetic is the one of TensorFlow.js: ${cell}, ${recurrentActivation}`, async () => {
      await fit('gru', { epochs: 1 }) // chooses the backend
      const recurrentInitializer = layers.initializers.glorotNormal({ seed: 9 })
      const layer = layers.layers[cell]({ units: 3, recurrentActivation, recurrentInitializer })
      const input = layers.input({ shape: [6, 2] })
      const model = layers.model({ inputs: input, outputs: layer.apply(input) as layers.SymbolicTensor })
      const [kernel, recurrentKernel, bias] = layer.getWeights().map((w) => w.dataSync<'float32'>().slice())
      const random = createRandom(4)
      const sequence = Float32Array.from({ length: 12 }, () => 2 * random.normal())
      const output = model.predict(tf.tensor3d(sequence, [1, 6, 2])) as tf.Tensor
      const expected = output.dataSync()
      const pass = (unit: number): RecurrentNetwork['dense'] => [
        {
          inputs: 3,
          outputs: 1,
          weights: Float32Array.from({ length: 3 }, (_, i) => (i === unit ? 1 : 0)),
          bias: Float32Array.of(5),
        },
        { inputs: 1, outputs: 1, weights: Float32Array.of(1), bias: Float32Array.of(-5) },
      ]
      for (let unit = 0; unit < 3; unit++) {
        const network = {
          cell,
          units: 3,
          recurrentActivation,
          activation: 'relu',
          normalisation: null,
        } as const
        const weights = { kernel: kernel!, recurrentKernel: recurrentKernel!, bias: bias! }
        const actual = evaluateRecurrent(
          { ...network, ...weights, dense: pass(unit) },
          { sequence, channels: 2, others: new Float32Array(0) },
        )
        expect(Math.abs(actual - expected[unit]!)).toBeLessThan(1e-5)
      }
    })
