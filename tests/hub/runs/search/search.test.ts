import { createRandom } from '@fleetcast/shared/random.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../../hub/adapters/onnx-runtime.ts'
import { tensorflow } from '../../../../hub/adapters/tensorflow.ts'
import { RunReport, type TrialReport } from '../../../../hub/runs/run-report.ts'
import { drawTrials } from '../../../../hub/runs/search/draw-trial.ts'
import { trainVersion } from '../../../../hub/runs/train-version.ts'
import { smallRecipe } from '../../features/small-recipe.ts'
import { syntheticSeries } from '../synthetic-series.ts'

const recipeWith = (search: { trials: number; folds: number; cpuSecondsMax?: number }) =>
  smallRecipe({ training: { algorithms: ['ridge', 'gbdt'], seed: 3, search } })

async function search(
  recipe: Recipe,
  cpuSeconds = () => 0,
  onTrial: (trial: TrialReport) => void = () => {},
) {
  const outcome = await trainVersion(
    {
      engine: onnxRuntime,
      network: tensorflow,
      cpuSeconds,
      versions: { node: 'x', onnxruntime: 'x', tensorflow: 'x' },
    },
    { recipe, series: [syntheticSeries('alpha', 3_000, 1)], seed: 3, onProgress: async () => {}, onTrial },
  )
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

describe('a search', () => {
  test('keeps every trial with its settings and folds, and ships the chosen one', async () => {
    const version = await search(recipeWith({ trials: 4, folds: 2 }))
    const report = RunReport.parse(version.report)
    expect(report.trials.map(({ algorithm }) => algorithm)).toEqual(['ridge', 'gbdt', 'ridge', 'gbdt'])
    expect(report.trials.every(({ foldMae }) => foldMae.length === 2)).toBe(true)
    expect(report.trials.map(({ settings }) => settings).slice(0, 2)).toEqual(['{}', '{}'])
    expect(JSON.parse(report.trials[3]!.settings)).toHaveProperty('gbdt.leavesMax')
    expect(report.choice).toContain('of 4')
    expect(report.algorithms.map(({ algorithm }) => algorithm).sort()).toEqual(['gbdt', 'ridge'])
    expect(report.testMae).toBeLessThan(report.persistenceMae)
    expect(report.parity.maxDifference).toBeLessThanOrEqual(report.parity.tolerance)
  })
  test('tells every trial as it ends, as the report has it', async () => {
    const told: TrialReport[] = []
    const { report } = await search(recipeWith({ trials: 3, folds: 1 }), undefined, (one) => told.push(one))
    expect(told).toEqual(report.trials)
  })
  test('comes out the same again, bit for bit', async () => {
    const recipe = recipeWith({ trials: 3, folds: 1 })
    expect((await search(recipe)).onnx).toEqual((await search(recipe)).onnx)
  })
  test('begins no trial after its budget is spent, but always judges one', async () => {
    let seconds = 0
    const version = await search(recipeWith({ trials: 4, folds: 1, cpuSecondsMax: 5 }), () => (seconds += 10))
    expect(version.report.trials).toHaveLength(1)
  })
})

test('trials begin with the defaults of every algorithm, and a longer list begins with a shorter one', () => {
  const draw = (count: number) => drawTrials(['ridge', 'gbdt', 'mlp'], count, createRandom(5))
  expect(draw(1).map(({ settings }) => settings)).toEqual([{}, {}, {}])
  expect(draw(12).slice(0, 7)).toEqual(draw(7))
  const settings = draw(30).map((trial) => JSON.stringify(trial))
  expect(new Set(settings).size).toBeGreaterThan(25)
})

test('a recipe that asks for a search too large is refused', () => {
  const { training } = smallRecipe()
  const parse = (trials: number) =>
    Recipe.safeParse({ ...smallRecipe(), training: { ...training, search: { trials, folds: 3 } } })
  expect(parse(64).success).toBe(true)
  expect(parse(65).success).toBe(false)
})
