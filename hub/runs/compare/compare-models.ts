/** Two versions through ONNX Runtime on the same windows of a dataset; only what neither was trained on counts. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { scoreUnit } from '@fleetcast/shared/recipe/metric.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { scoreOf } from '../../recipes/forecast-score.ts'
import type { StationSeries } from '../../datasets/station-series.ts'
import { lossesOf } from '../../evaluation/metrics.ts'
import type { InferenceEngine } from '../../ports/inference-engine.ts'
import { buildSamples, type Samples } from '../../training/build-samples.ts'
import { predictRows } from '../../training/predict-rows.ts'
import type { FitProgress } from '../../training/trained-model.ts'
import { typicalValues } from '../typical-values.ts'
import type { ComparedModel, CompareWork } from '../work.ts'
import { compareLosses } from './compare-losses.ts'
import type { ComparedVersion, Comparison } from './comparison.ts'
import { seriesFor } from './joint-recipe.ts'
import { unseenRows } from './unseen-rows.ts'

export type CompareInput = {
  /** Whose channels the series hold. */
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly work: CompareWork
  readonly readFile: (name: string) => Promise<Uint8Array>
  /** A rejection ends the run: this is how it is cancelled. */
  readonly onProgress: (stage: string, fraction: number, detail: string) => Promise<void>
}

export type CompareCode = 'compare/noUnseenRows'

export async function compareModels(
  { engine }: { readonly engine: InferenceEngine },
  input: CompareInput,
): Promise<Result<Comparison, Refusal<CompareCode>>> {
  const { recipe, series, work } = input
  const samples = await buildSamples(engine, {
    recipe,
    series,
    constants: typicalValues(recipe, series),
    onProgress: progressOf(input, 'reading', 0, 0.3),
  })
  const { unseen, counts } = unseenRows(samples, series, work)
  if (unseen.length === 0) return refuseSeen(work, samples.step.length)
  const known = pick(samples, unseen)
  const lossesOfModel = async (model: ComparedModel, from: number): Promise<Float64Array> => {
    const onProgress = progressOf(input, `running ${model.name}`, from, from + 0.3)
    const predicted = await predict(engine, { ...input, model, known, onProgress })
    return Float64Array.from(lossesOf(recipe.target, predicted, known.truth))
  }
  const lossA = await lossesOfModel(work.a, 0.3)
  const lossB = await lossesOfModel(work.b, 0.6)
  await input.onProgress('comparing', 0.9, `${unseen.length} rows`)
  const { overall, slices } = compareLosses({
    series,
    samples: known,
    rows: known.step.map((_, row) => row),
    horizonSeconds: recipe.target.horizonSteps * recipe.cadenceMinutes * 60,
    horizon: horizonText(recipe),
    lossA,
    lossB,
    persistence: Float64Array.from(lossesOf(recipe.target, known.persistence, known.truth)),
  })
  await input.onProgress('comparing', 1, 'done')
  return ok({ ...headOf(input, known), rows: counts, overall, slices: [...slices] })
}

const progressOf =
  ({ onProgress }: CompareInput, stage: string, from: number, to: number): FitProgress =>
  (fraction, detail) =>
    onProgress(stage, from + fraction * (to - from), detail)

const horizonText = ({ target, cadenceMinutes }: Recipe): string => {
  const minutes = target.horizonSteps * cadenceMinutes
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`
}

function refuseSeen({ a, b }: CompareWork, samples: number): Result<never, Refusal<CompareCode>> {
  if (samples === 0)
    return refuse(
      'compare/noUnseenRows',
      'the selection makes no sample: no window has half of its target values and the value to forecast; select more',
    )
  const last = new Date(Math.max(a.dataUntil, b.dataUntil)).toISOString().slice(0, 10)
  return refuse(
    'compare/noUnseenRows',
    `all ${samples} samples of the selection lie where ${a.name} or ${b.name} was trained; give a dataset that reaches beyond ${last}, or stations that trained neither`,
  )
}

type Known = Pick<Samples, 'seriesIndex' | 'step' | 'timeSeconds' | 'persistence' | 'truth'>

const pick = (samples: Samples, rows: Int32Array): Known => ({
  seriesIndex: rows.map((row) => samples.seriesIndex[row]!),
  step: rows.map((row) => samples.step[row]!),
  timeSeconds: Float64Array.from(rows, (row) => samples.timeSeconds[row]!),
  persistence: Float32Array.from(rows, (row) => samples.persistence[row]!),
  truth: Float32Array.from(rows, (row) => samples.truth[row]!),
})

type PredictInput = Omit<CompareInput, 'onProgress'> & {
  readonly model: ComparedModel
  readonly known: Known
  readonly onProgress: FitProgress
}

async function predict(engine: InferenceEngine, input: PredictInput): Promise<Float32Array> {
  const { model, known, readFile, onProgress } = input
  const { recipe, file } = model
  const series = seriesFor(recipe, input.recipe, input.series)
  return predictRows(engine, { recipe, series, rows: known, onnx: await readFile(file), onProgress })
}

function headOf(
  { recipe, work }: CompareInput,
  { timeSeconds }: Known,
): Omit<Comparison, 'rows' | 'overall' | 'slices'> {
  const { channel } = recipe.target
  const times = timeSeconds.toSorted()
  return {
    schema: 'fleetcast/comparison/1',
    a: versionOf(work.a),
    b: versionOf(work.b),
    dataset: work.dataset,
    selection: work.selection,
    target: { channel, unit: scoreUnit(scoreOf(recipe)) },
    from: times[0]! * 1_000,
    until: times.at(-1)! * 1_000,
  }
}

const versionOf = ({ name, digest, dataUntil, sites }: ComparedModel): ComparedVersion => ({
  name,
  digest,
  dataUntil,
  sites,
})
