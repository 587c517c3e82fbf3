/** Scores on validation rows, dependence between days, and the spread between models: the numbers of a feasibility report. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { dependenceOf } from '@fleetcast/shared/statistics/effective-days.ts'
import { climatology, seasonalPersistence, type BaselineInput } from '../../evaluation/baselines.ts'
import { dayOf, meanByDay } from '../../evaluation/daily-losses.ts'
import { lossesOf } from '../../evaluation/metrics.ts'
import { liveDays, smallestDifference, spreadOf } from '../../evaluation/smallest-difference.ts'
import type { Split } from '../../evaluation/split-rows.ts'
import type { Samples } from '../../training/build-samples.ts'
import { selectColumns, selectRows, selectValues, type Matrix } from '../../training/matrix.ts'
import { fitLogistic } from '../../training/classification/fit-logistic.ts'
import { labelsAbove, sideBySide } from '../../training/classification/ordered-classes.ts'
import { fitRidge } from '../../training/ridge.ts'
import type { TrainedModel } from '../../training/trained-model.ts'
import { forecastsOf } from '../fit-candidates.ts'
import type { CheckPorts } from './check-recipe.ts'
import type { FeasibilityReport, Resolution } from './feasibility-report.ts'

export type ScoreInput = BaselineInput & { readonly split: Split; readonly devices: number }

export type SampleScores = Pick<FeasibilityReport, 'scores' | 'independence' | 'resolution'> & {
  /** What one linear model took, and on how many rows; null where none could be fitted. */
  readonly ridge: { readonly ridgeSeconds: number; readonly ridgeRows: number } | null
}

/** Fewer rows make no linear model worth looking at. */
const TRAINING_ROWS_MIN = 200
/** A linear model learns nothing from more rows that a check should wait for. */
const RIDGE_ROWS_MAX = 60_000

export function scoreSamples(ports: Pick<CheckPorts, 'cpuSeconds'>, input: ScoreInput): SampleScores {
  const { recipe, samples, split } = input
  const nothing = { scores: null, independence: null, resolution: [], ridge: null }
  if (split.training.length < TRAINING_ROWS_MIN || split.validation.length === 0) return nothing
  const blindLosses = (predicted: Float32Array): Float64Array =>
    blind(Float64Array.from(lossesOf(recipe.target, predicted, samples.truth)), split.test)
  const losses = {
    persistence: blindLosses(samples.persistence),
    seasonalPersistence: blindLosses(seasonalPersistence(input)),
    climatology: blindLosses(climatology(input, split.training)),
  }
  const models = linearModels(ports, input)
  const scored = [
    { name: 'persistence', loss: meanOver(losses.persistence, split.validation) },
    { name: 'seasonal persistence', loss: meanOver(losses.seasonalPersistence, split.validation) },
    { name: 'climatology', loss: meanOver(losses.climatology, split.validation) },
    ...models.slice(0, 1).map(({ loss }) => ({ name: 'linear', loss: meanOver(loss, split.validation) })),
  ]
  return {
    scores: scored,
    independence: independenceOf(input, losses.persistence),
    resolution: [
      ...resolve(input, {
        pair: 'different',
        expected: Math.min(0, expectedGain(scored)),
        rows: seenRows(split),
        first: { name: 'seasonal persistence', loss: losses.seasonalPersistence },
        second: { name: 'persistence', loss: losses.persistence },
      }),
      ...(models.length === 3
        ? resolve(input, {
            pair: 'similar',
            expected: 0,
            rows: split.validation,
            first: { name: 'linear model without a quarter of the features', loss: models[1]!.loss },
            second: { name: 'linear model without another quarter', loss: models[2]!.loss },
          })
        : []),
    ],
    ridge: models[0] ?? null,
  }
}

/** Whoever reads a test row's loss by mistake gets no number. */
function blind(losses: Float64Array, test: Int32Array): Float64Array {
  for (const row of test) losses[row] = Number.NaN
  return losses
}

/** Of the linear model against persistence; 0 without one. */
function expectedGain(scores: NonNullable<FeasibilityReport['scores']>): number {
  const lossOf = (wanted: string): number => scores.find(({ name }) => name === wanted)?.loss ?? 0
  const persistence = lossOf('persistence')
  return persistence === 0 || lossOf('linear') === 0 ? 0 : lossOf('linear') / persistence - 1
}

type Losses = { readonly name: string; readonly loss: Float64Array }

/** Training and validation rows: what may be looked at by something that is fitted on nothing. */
const seenRows = ({ training, validation }: Split): Int32Array =>
  Int32Array.from([...training, ...validation]).sort()

const meanOver = (loss: Float64Array, rows: Int32Array): number =>
  rows.reduce((sum, row) => sum + loss[row]!, 0) / rows.length

type LinearModel = {
  /** Of validation rows; NaN for all others. */
  readonly loss: Float64Array
  readonly ridgeSeconds: number
  readonly ridgeRows: number
}

/**
 * Of all features, and two that each miss another quarter of them: models as alike as two versions of a recipe. The last two
 * only where there are features enough for that.
 */
function linearModels(
  { cpuSeconds }: Pick<CheckPorts, 'cpuSeconds'>,
  { recipe, samples, split: { training, validation } }: ScoreInput,
): readonly LinearModel[] {
  const stride = Math.ceil(training.length / RIDGE_ROWS_MAX)
  const rows = training.filter((_, i) => i % stride === 0)
  const { columns } = samples.matrix
  const all = Array.from({ length: columns }, (_, j) => j)
  const subsets = [all, ...(columns < 8 ? [] : [1, 3].map((left) => all.filter((j) => j % 4 !== left)))]
  return subsets.map((subset): LinearModel => {
    const startedAt = cpuSeconds()
    const matrix = selectColumns(samples.matrix, Int32Array.from(subset))
    const model = fitLinear(recipe, selectRows(matrix, rows), selectValues(samples.target, rows))
    const ridgeSeconds = cpuSeconds() - startedAt
    const said = forecastsOf(recipe, model, selectRows(matrix, validation))
    // Losses do not depend on the anchor, which probabilities do not have.
    const losses = lossesOf(recipe.target, said, selectValues(samples.target, validation))
    const loss = new Float64Array(samples.step.length).fill(Number.NaN)
    validation.forEach((row, i) => (loss[row] = losses[i]!))
    return { loss, ridgeSeconds, ridgeRows: rows.length }
  })
}

function fitLinear({ target }: Recipe, matrix: Matrix, values: Float32Array): TrainedModel {
  const { event, classes } = target
  if (classes !== undefined)
    return sideBySide(classes.limits.map((_, k) => fitLogistic(matrix, labelsAbove(values, k))))
  return event === undefined ? fitRidge(matrix, values) : fitLogistic(matrix, values)
}

function independenceOf(
  { samples, split }: ScoreInput,
  loss: Float64Array,
): FeasibilityReport['independence'] {
  const { timeSeconds } = samples
  const dependence = dependenceOf(meanByDay(loss, { timeSeconds, rows: seenRows(split) }))
  const testDays = testDaysOf(samples, split)
  const effectiveTestDays = (testDays * dependence.effectiveDays) / dependence.days
  return { ...dependence, testDays, effectiveTestDays }
}

const testDaysOf = ({ timeSeconds }: Samples, { test }: Split): number =>
  new Set(Array.from(test, (row) => dayOf(timeSeconds[row]!))).size

type Pair = Pick<Resolution, 'pair' | 'expected'> & {
  readonly rows: Int32Array
  readonly first: Losses
  readonly second: Losses
}

function resolve(
  { recipe, samples, split, devices }: ScoreInput,
  { pair, expected, rows, first, second }: Pair,
): readonly Resolution[] {
  const scale = meanOver(second.loss, rows)
  const difference = first.loss.map((loss, row) => loss - second.loss[row]!)
  const { timeSeconds, seriesIndex } = samples
  const spread = scale === 0 ? null : spreadOf({ difference, rows, timeSeconds, seriesIndex, scale })
  if (spread === null) return []
  const { alpha, daysMin } = recipe.rollout
  const margin = marginOf(recipe, pair)
  return [
    {
      pair,
      first: first.name,
      second: second.name,
      days: spread.days,
      effectiveDays: spread.effectiveDays,
      relativeDifference: spread.relativeDifference,
      smallestDifference: smallestDifference(spread, testDaysOf(samples, split)),
      margin,
      expected,
      liveDays: liveDays(spread, { devices, alpha, daysMin, margin, expected }),
    },
  ]
}

const marginOf = ({ rollout }: Recipe, pair: Resolution['pair']): number =>
  pair === 'similar' ? rollout.marginToChampion : rollout.marginToPersistence
