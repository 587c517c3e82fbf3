import { createRandom } from '@fleetcast/shared/random.ts'
import { describe, expect, test } from 'vitest'
import { applyBins, makeBins, MISSING_BIN } from '../../../hub/training/gbdt/bins.ts'
import { fitGbdt } from '../../../hub/training/gbdt/fit-gbdt.ts'
import { GBDT_DEFAULTS, type GbdtOptions } from '../../../hub/training/gbdt/options.ts'
import { countOf, gradientOf, packGradients } from '../../../hub/training/gbdt/histogram.ts'
import { createLoss } from '../../../hub/training/gbdt/losses.ts'
import { selectQuantile, weightedQuantile } from '../../../hub/training/gbdt/select-quantile.ts'
import { labelled, largestDifference, maeOf, runEmitted, type Labelled } from './matrices.ts'

const OPTIONS: GbdtOptions = { ...GBDT_DEFAULTS, rowsInLeafMin: 10, columnShare: 1, rounds: 80 }

const fit = (data: Labelled, options: Partial<GbdtOptions> = {}, validation: Labelled | null = null) =>
  fitGbdt({
    ...data,
    validation,
    options: { ...OPTIONS, ...options },
    random: createRandom(5),
    onProgress: async () => {},
  })

const curved = (row: readonly number[]): number => (row[0]! > 0.3 ? 3 : -1) + Math.abs(row[1]!)
const missingMatters = (row: readonly number[]): number => (Number.isNaN(row[0]!) ? 5 : 0)

describe('gradient-boosted trees', () => {
  test('learn a step and a bend, with every loss', async () => {
    const data = labelled({ rows: 3_000, columns: 4, seed: 1 }, curved)
    const fresh = labelled({ rows: 1_000, columns: 4, seed: 2 }, curved)
    for (const loss of ['l1', 'l2', 'huber'] as const) {
      const model = await fit(data, { loss, rounds: 200 })
      expect(maeOf(model.predict(fresh.matrix), fresh.target), loss).toBeLessThan(0.12)
    }
  })
  test('find out what a missing value means', async () => {
    const data = labelled({ rows: 2_000, columns: 2, seed: 3, gapShare: 0.2 }, missingMatters)
    const model = await fit(data, { rounds: 200 })
    expect(maeOf(model.predict(data.matrix), data.target)).toBeLessThan(0.1)
  })
  test('send missing values to either side, whichever fits', async () => {
    for (const like of ['low', 'high'] as const) {
      const truth = (row: readonly number[]): number =>
        (Number.isNaN(row[0]!) ? like === 'low' : row[0]! < 0) ? 5 : 0
      const data = labelled({ rows: 2_000, columns: 1, seed: 3, gapShare: 0.3 }, truth)
      const model = await fit(data, { leavesMax: 2, rounds: 1, learningRate: 1, loss: 'l2', rowShare: 1 })
      expect(maeOf(model.predict(data.matrix), data.target), like).toBeLessThan(0.01)
    }
  })
  test('give every leaf the mean of the rows that are led to it', async () => {
    const data = labelled(
      { rows: 2_000, columns: 3, seed: 11, gapShare: 0.2, noise: 1 },
      (row) => row[0] || 2,
    )
    const options = { loss: 'l2', rounds: 1, learningRate: 1, rowShare: 1, leavesMax: 12 } as const
    const predicted = (await fit(data, options)).predict(data.matrix)
    const leaves = new Set(predicted)
    expect(leaves.size).toBe(12)
    for (const leaf of leaves) {
      const targets = data.target.filter((_, i) => predicted[i] === leaf)
      expect(targets.reduce((sum, y) => sum + y, 0) / targets.length).toBeCloseTo(leaf, 4)
    }
  })
  test('predict the quantile they are asked for', async () => {
    const data = labelled({ rows: 4_000, columns: 2, seed: 4, noise: 1 }, (row) => row[0]!)
    const predicted = (await fit(data, { loss: 'quantile', level: 0.9, rounds: 150 })).predict(data.matrix)
    const below = data.target.filter((y, i) => y <= predicted[i]!).length / data.target.length
    expect(below).toBeGreaterThan(0.86)
    expect(below).toBeLessThan(0.94)
  })
  test('stop when the validation rows gain no more, and keep the best round', async () => {
    const noise = labelled({ rows: 1_500, columns: 3, seed: 6, noise: 1 }, () => 0)
    const held = labelled({ rows: 800, columns: 3, seed: 7, noise: 1 }, () => 0)
    const seen: number[] = []
    const model = await fitGbdt({
      ...noise,
      validation: held,
      options: { ...OPTIONS, rounds: 400, patience: 15 },
      random: createRandom(1),
      onProgress: async (fraction) => void seen.push(fraction),
    })
    expect(seen.length).toBeLessThan(200)
    expect(model.rounds).toBeLessThanOrEqual(seen.length - 14)
  })
  test('give importance to the columns that matter', async () => {
    const { importance } = await fit(labelled({ rows: 2_000, columns: 5, seed: 8 }, curved))
    expect(Math.min(importance[0]!, importance[1]!)).toBeGreaterThan(10 * Math.max(...importance.slice(2)))
  })
  test('come out the same bit for bit, and otherwise for another seed', async () => {
    const data = labelled(
      { rows: 1_000, columns: 6, seed: 9, gapShare: 0.1, noise: 0.3 },
      (row) => row[0] || 0,
    )
    const predict = async (seed: number): Promise<Float32Array> => {
      const random = createRandom(seed)
      const model = await fitGbdt({
        ...data,
        validation: null,
        options: OPTIONS,
        random,
        onProgress: async () => {},
      })
      return model.predict(data.matrix)
    }
    expect(await predict(1)).toEqual(await predict(1))
    expect(await predict(2)).not.toEqual(await predict(1))
  })
  test('end when their progress is refused: this is how a run is cancelled', async () => {
    const data = labelled({ rows: 500, columns: 2, seed: 1 }, curved)
    let trees = 0
    const onProgress = async (): Promise<void> => {
      trees += 1
      if (trees === 3) throw new Error('cancelled')
    }
    const input = { ...data, validation: null, options: OPTIONS, random: createRandom(1), onProgress }
    await expect(fitGbdt(input)).rejects.toThrow('cancelled')
    expect(trees).toBe(3)
  })
  test('say the same in ONNX Runtime, missing and infinite values included', async () => {
    const data = labelled(
      { rows: 1_500, columns: 4, seed: 10, gapShare: 0.15 },
      (row) => (row[0] || 2) + (row[1] || 0),
    )
    const model = await fit(data)
    data.matrix.data.set([Infinity, -Infinity, 3.4e38], 0)
    const served = await runEmitted(model, data.matrix)
    expect(largestDifference(served, model.predict(data.matrix))).toBeLessThan(1e-5)
  })
  test('are a constant where nothing can be split', async () => {
    const data = labelled({ rows: 15, columns: 2, seed: 1 }, () => 4)
    const model = await fit(data)
    const served = await runEmitted(model, data.matrix)
    expect(largestDifference(served, model.predict(data.matrix))).toBeLessThan(1e-5)
    expect(served[0]).toBeCloseTo(4)
  })
})

describe('bins', () => {
  test('ask the same question as their edges', () => {
    const { matrix } = labelled({ rows: 2_000, columns: 1, seed: 12, gapShare: 0.1 }, () => 0)
    const bins = makeBins(matrix)
    const codes = applyBins(matrix, bins)
    const edges = bins.edges[0]!
    expect(edges.length).toBe(254)
    matrix.data.forEach((x, i) => {
      if (Number.isNaN(x)) expect(codes[i]).toBe(MISSING_BIN)
      else for (const bin of [0, 100, 253]) expect(codes[i]! <= bin).toBe(x <= edges[bin]!)
    })
  })
  test('take a value on an edge, beyond all edges or infinite as comparing one edge after the other would', () => {
    const everywhere = Array.from({ length: 512 }, (_, i) => i / 2 - 1)
    const values = [...everywhere, -Infinity, 1e30, Infinity, Number.NaN]
    const matrix = { rows: values.length, columns: 1, data: Float32Array.from(values) }
    for (const count of [0, 1, 2, 127, 128, 254]) {
      const edges = Float32Array.from({ length: count }, (_, i) => i)
      const byHand = values.map((x) =>
        Number.isNaN(x) ? MISSING_BIN : edges.filter((edge) => x > edge).length,
      )
      expect([...applyBins(matrix, { edges: [edges], hasMissing: Uint8Array.of(1) })]).toEqual(byHand)
    }
  })
  test('keep few values apart', () => {
    const matrix = { rows: 6, columns: 1, data: Float32Array.of(1, 2, 2, 5, 1, 5) }
    expect([...makeBins(matrix).edges[0]!]).toEqual([1.5, 3.5])
  })
})

test('a packed cell holds count and gradient exactly, in any order of adding', () => {
  const random = createRandom(3)
  const gradients = Float64Array.from({ length: 10_000 }, () => random.normal())
  const packed = new Float64Array(gradients.length)
  const packing = packGradients(gradients, packed)
  const forward = packed.reduce((sum, cell) => sum + cell, 0)
  const backward = packed.toReversed().reduce((sum, cell) => sum + cell, 0)
  expect(forward).toBe(backward)
  expect(countOf(packing, forward)).toBe(10_000)
  const exact = gradients.reduce((sum, g) => sum + g, 0)
  expect(Math.abs(gradientOf(packing, forward, 10_000) - exact)).toBeLessThan(10_000 * packing.scale)
})

test('a selected quantile is the one that sorting finds', () => {
  const random = createRandom(4)
  for (const n of [1, 2, 3, 10, 501]) {
    const values = Float64Array.from({ length: n }, () => Math.round(4 * random.normal()))
    const sorted = values.toSorted()
    for (const level of [0, 0.25, 0.5, 0.9, 1]) {
      const position = level * (n - 1)
      const [low, high] = [sorted[Math.floor(position)]!, sorted[Math.ceil(position)]!]
      expect(selectQuantile(values.slice(), level)).toBeCloseTo(low + (position % 1) * (high - low), 10)
    }
  }
})

test('the huber loss pulls far rows no harder than its bound', () => {
  const out = new Float64Array(100)
  const residuals = Float64Array.from({ length: 100 }, (_, i) => (i === 99 ? 1_000 : i / 100))
  const standing = { targets: Float32Array.from(residuals), scores: new Float64Array(100), residuals }
  createLoss('huber').gradients(standing, out)
  expect(out[50]).toBe(0.5)
  expect(out[99]).toBeLessThan(1)
})

describe('sample weights', () => {
  const data = labelled({ rows: 1_200, columns: 3, seed: 21, gapShare: 0.1 }, (row) => row[0] || 0)
  const noisy = data.target.map((y, i) => (i % 3 === 0 ? y + 10 : y))
  const trusted = Float32Array.from(noisy, (_, i) => (i % 3 === 0 ? 0 : 1))
  const options = { rounds: 60, rowShare: 1, rowsInLeafMin: 10 }
  test('of zero make a row as good as absent, with every loss', async () => {
    for (const loss of ['l2', 'l1', 'huber', 'quantile'] as const) {
      const model = await fitGbdt({
        matrix: data.matrix,
        target: noisy,
        weights: trusted,
        validation: null,
        options: { ...OPTIONS, ...options, loss },
        random: createRandom(5),
        onProgress: async () => {},
      })
      expect(maeOf(model.predict(data.matrix), data.target), loss).toBeLessThan(0.35)
    }
  })
  test('that are all the same change nothing that matters', async () => {
    const plain = await fit(data, { ...options, loss: 'l2', penalty: 0 })
    const weighted = await fitGbdt({
      ...data,
      weights: new Float32Array(1_200).fill(3),
      validation: null,
      options: { ...OPTIONS, ...options, loss: 'l2', penalty: 0 },
      random: createRandom(5),
      onProgress: async () => {},
    })
    expect(maeOf(weighted.predict(data.matrix), plain.predict(data.matrix))).toBeLessThan(0.02)
  })
})

test('the logistic loss learns log odds: probabilities come out as frequencies', async () => {
  const random = createRandom(31)
  const { matrix, target: x } = labelled({ rows: 6_000, columns: 2, seed: 30 }, (row) => row[0]!)
  const probability = x.map((value) => 1 / (1 + Math.exp(-2 * value)))
  const target = probability.map((p) => (random.next() < p ? 1 : 0))
  const model = await fitGbdt({
    matrix,
    target,
    validation: null,
    options: { ...OPTIONS, loss: 'logistic', rounds: 60, rowsInLeafMin: 100 },
    random: createRandom(1),
    onProgress: async () => {},
  })
  const predicted = model.predict(matrix).map((score) => 1 / (1 + Math.exp(-score)))
  expect(maeOf(predicted, probability)).toBeLessThan(0.05)
})

test('the weighted quantile leaves the given share of weight below', () => {
  const values = Float64Array.of(5, 1, 3, 2, 4)
  expect(weightedQuantile(values, Float64Array.of(1, 1, 1, 1, 1), 0.5)).toBe(3)
  expect(weightedQuantile(values, Float64Array.of(10, 1, 1, 1, 1), 0.5)).toBe(5)
  expect(weightedQuantile(values, Float64Array.of(0, 0, 0, 1, 0), 0.9)).toBe(2)
  expect(weightedQuantile(values, new Float64Array(5), 0.5)).toBe(0)
})
