/**
 * What a recipe can be expected to learn from a dataset, before anything is trained but a linear model: coverage, samples,
 * baselines, independent days, and which differences can be told apart. Test rows are counted and never looked at.
 */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { scoreUnit } from '@fleetcast/shared/recipe/metric.ts'
import type { StationSeries } from '../../datasets/station-series.ts'
import type { DatasetFinding } from '../../datasets/dataset-report.ts'
import { embargoSeconds, splitRows, type Split } from '../../evaluation/split-rows.ts'
import type { InferenceEngine } from '../../ports/inference-engine.ts'
import { scoreOf } from '../../recipes/forecast-score.ts'
import { recipeDigest } from '../../recipes/apply-recipe.ts'
import { buildSamples, type Samples } from '../../training/build-samples.ts'
import { typicalValues } from '../typical-values.ts'
import type { CheckWork } from '../work.ts'
import { dataFindings } from './data-findings.ts'
import { evidenceFindings } from './evidence-findings.ts'
import type { CheckFinding, FeasibilityReport } from './feasibility-report.ts'
import { scoreSamples, type SampleScores } from './score-samples.ts'
import { stationCoverage } from './station-coverage.ts'
import { trainingBudget } from './training-budget.ts'

export type CheckPorts = {
  readonly engine: InferenceEngine
  /** CPU seconds this process has used. */
  readonly cpuSeconds: () => number
}

export type CheckInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly work: CheckWork
  /** A rejection ends the run: this is how it is cancelled. */
  readonly onProgress: (stage: string, fraction: number, detail: string) => Promise<void>
}

export async function checkRecipe(ports: CheckPorts, input: CheckInput): Promise<FeasibilityReport> {
  const { recipe, series, onProgress } = input
  const startedAt = ports.cpuSeconds()
  const samples = await buildSamples(ports.engine, {
    recipe,
    series,
    constants: typicalValues(recipe, series),
    onProgress: (fraction, detail) => onProgress('features', 0.8 * fraction, detail),
  })
  const featureSeconds = ports.cpuSeconds() - startedAt
  const split = splitRows(samples.timeSeconds, embargoSeconds(recipe), recipe.training.splits)
  await onProgress('comparing', 0.8, 'baselines and two linear models on validation rows')
  const fleet = fleetOf(input)
  const scores = scoreSamples(ports, { recipe, series, samples, split, devices: fleet.devices })
  await onProgress('checking', 0.95, 'what would make training fail')
  const report = reportOf(input, { samples, split, scores, featureSeconds, fleet })
  const findings = [...dataFindings(recipe, report), ...evidenceFindings(recipe, report)]
  await onProgress('checking', 1, 'done')
  return { ...report, verdict: verdictOf(findings), findings }
}

/** Nobody is enrolled yet: then as many devices as there are stations in the data. */
const fleetOf = ({ work, series }: CheckInput): FeasibilityReport['fleet'] =>
  work.devices > 0
    ? { devices: work.devices, isAssumed: false }
    : { devices: Math.max(1, series.length), isAssumed: true }

type Looked = {
  readonly samples: Samples
  readonly split: Split
  readonly scores: SampleScores
  readonly featureSeconds: number
  readonly fleet: FeasibilityReport['fleet']
}

function reportOf(
  { recipe, series, work }: CheckInput,
  { samples, split, scores, featureSeconds, fleet }: Looked,
): Omit<FeasibilityReport, 'verdict' | 'findings'> {
  const { training, validation, test } = split
  const allRows = samples.step.length
  const target = recipe.channels.find(({ name }) => name === recipe.target.channel)
  const { ridge, ...scored } = scores
  return {
    schema: 'fleetcast/feasibility-report/1',
    recipe: { name: recipe.name, title: recipe.title, digest: recipeDigest(recipe) },
    target: {
      channel: recipe.target.channel,
      unit: target?.unit ?? '',
      score: scoreUnit(scoreOf(recipe)),
      horizonMinutes: recipe.target.horizonSteps * recipe.cadenceMinutes,
    },
    dataset: work.dataset,
    selection: work.selection,
    stations: series.map((station, index) =>
      stationCoverage(recipe, station, labelsOf(recipe, samples, index)),
    ),
    quality: qualityOf(recipe, series, work.findings),
    rows: {
      training: training.length,
      validation: validation.length,
      test: test.length,
      embargo: allRows - training.length - validation.length - test.length,
    },
    classes: classesOf(recipe, samples, split),
    ...scored,
    fleet,
    budget:
      ridge === null
        ? null
        : trainingBudget(recipe, { ...ridge, featureSeconds, trainingRows: training.length, allRows }),
  }
}

/** Test rows are left out: their truth is not looked at here. */
function classesOf(
  { target }: Recipe,
  { truth }: Samples,
  { training, validation }: Split,
): FeasibilityReport['classes'] {
  if (target.classes === undefined) return null
  const samples = target.classes.names.map(() => 0)
  for (const row of [...training, ...validation]) samples[truth[row]!]! += 1
  const total = Math.max(1, training.length + validation.length)
  return target.classes.names.map((name, k) => ({ name, samples: samples[k]!, share: samples[k]! / total }))
}

function labelsOf(
  { target, cadenceMinutes }: Recipe,
  { seriesIndex, timeSeconds }: Samples,
  index: number,
): { samples: number; months: number[] } {
  const horizonSeconds = target.horizonSteps * cadenceMinutes * 60
  const months = new Set<number>()
  let samples = 0
  seriesIndex.forEach((station, row) => {
    if (station !== index) return
    samples += 1
    months.add(new Date((timeSeconds[row]! + horizonSeconds) * 1_000).getUTCMonth() + 1)
  })
  return { samples, months: [...months].sort((a, b) => a - b) }
}

/** Of the stations and channels that are used, and of the whole table. */
const qualityOf = (
  { channels }: Recipe,
  series: readonly StationSeries[],
  findings: readonly DatasetFinding[],
): DatasetFinding[] =>
  findings.filter(
    ({ station, channel }) =>
      (station === '*' || series.some(({ site }) => site === station)) &&
      (channel === null || channels.some(({ name }) => name === channel)),
  )

const verdictOf = (findings: readonly CheckFinding[]): FeasibilityReport['verdict'] =>
  findings.some(({ severity }) => severity === 'error')
    ? 'notFeasible'
    : findings.some(({ severity }) => severity === 'warning')
      ? 'doubtful'
      : 'feasible'
