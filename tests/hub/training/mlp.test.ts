import { describe, expect, test } from 'vitest'
import { tensorflow } from '../../../hub/adapters/tensorflow.ts'
import { fitMlp, MLP_DEFAULTS, MLP_REGULARISED } from '../../../hub/training/mlp.ts'
import { labelled, largestDifference, maeOf, runEmitted } from './matrices.ts'

const bent = (row: readonly number[]): number => 2 * Math.abs(row[0]!) + row[1]!
const data = labelled({ rows: 2_000, columns: 3, seed: 1 }, bent)
const held = labelled({ rows: 500, columns: 3, seed: 2 }, bent)

const fit = (seed: number, validation: typeof held | null, epochs = 15) =>
  fitMlp({
    ...data,
    trainer: tensorflow,
    validation,
    seed,
    options: { ...MLP_DEFAULTS, epochs, batch: 64 },
    onProgress: async () => {},
  })

describe('the network', () => {
  test('learns a bend that no line can follow, and says the same in ONNX Runtime', async () => {
    const model = await fit(1, held)
    expect(maeOf(model.predict(held.matrix), held.target)).toBeLessThan(0.25)
    const served = await runEmitted(model, held.matrix)
    expect(largestDifference(served, model.predict(held.matrix))).toBeLessThan(1e-4)
  })
  test('comes out the same bit for bit, and otherwise for another seed', async () => {
    const [first, again, other] = [await fit(1, null, 2), await fit(1, null, 2), await fit(2, null, 2)]
    expect(again.predict(held.matrix)).toEqual(first.predict(held.matrix))
    expect(other.predict(held.matrix)).not.toEqual(first.predict(held.matrix))
  })
  test('runs on a compiled backend, not on plain JavaScript', async () => {
    expect(['wasm', 'tensorflow']).toContain((await fit(1, null, 1)).backend)
  })
})

describe('the regularised network', () => {
  const fitRegularised = (seed: number, dropout: number, epochs = 60) =>
    fitMlp({
      ...data,
      trainer: tensorflow,
      validation: null,
      seed,
      options: {
        ...MLP_REGULARISED,
        members: 1,
        batch: 128,
        epochs,
        regularisation: { dropout, weightDecay: 0.01, averaging: 0.99 },
      },
      onProgress: async () => {},
    })
  test('learns the same bend, and says the same in ONNX Runtime', async () => {
    const model = await fitRegularised(1, 0.1)
    expect(maeOf(model.predict(held.matrix), held.target)).toBeLessThan(0.25)
    const served = await runEmitted(model, held.matrix)
    expect(largestDifference(served, model.predict(held.matrix))).toBeLessThan(1e-4)
  })
  test('comes out the same bit for bit, its dropout included', async () => {
    const predict = async (seed: number, dropout: number) =>
      (await fitRegularised(seed, dropout, 2)).predict(held.matrix)
    const first = await predict(1, 0.3)
    expect(await predict(1, 0.3)).toEqual(first)
    expect(await predict(2, 0.3)).not.toEqual(first)
    expect(await predict(1, 0)).not.toEqual(first)
  })
})
