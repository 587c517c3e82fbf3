/**
 * Replays a candidate, and what serves, over the station's own readings: paired evidence before any exposure. Runs in
 * batches and lets the event loop go between two, so that serving goes on.
 */
import type { Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import type { SiteId } from '@fleetcast/shared/ids.ts'
import type { EvidenceRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMsToUtcDay, ms, type UtcDay } from '@fleetcast/shared/units.ts'
import { windowLength, writeWindow, type Position } from '@fleetcast/shared/windows/window.ts'
import { forecastAt, isUsable, type Forecast, type LoadedModel } from '../inference/predict.ts'
import type { Clock } from '../ports/clock.ts'
import type { ModelBatch, Predictions } from '../ports/inference-engine.ts'
import { axisOf, secondsOf, timeOf } from '../readings/axis.ts'
import { addUp } from '../telemetry/accumulators.ts'
import type { Increment } from '../telemetry/add-records.ts'
import { evidenceOf } from '../verification/evidence.ts'
import { issueRows, isUnseen, seenUntil, type History } from './backtest.ts'

/** Windows a run: large enough to amortise a call, small enough to keep each one short. */
const BATCH = 64

export type BacktestModel = { readonly model: LoadedModel; readonly manifest: Manifest }

export type BacktestJob = {
  readonly candidate: BacktestModel
  readonly champion: BacktestModel | null
  readonly history: History
  readonly recipe: Recipe
  readonly position: Position
  readonly site: SiteId
}

/** The evidence by day, source `backtest`; a model's exception ends it. Null when the signal was aborted. */
export async function runBacktest(
  clock: Pick<Clock, 'sleep'>,
  job: BacktestJob,
  signal: AbortSignal,
): Promise<readonly Increment[] | null> {
  const { horizonSteps } = job.recipe.target
  const axis = axisOf(job.recipe)
  const dayOf = (row: number): UtcDay =>
    epochMsToUtcDay(timeOf(axis, job.history.firstStep + row + horizonSteps))
  const until = seenUntil(job.candidate.manifest, job.site)
  const rows = issueRows(job.history, { windowSteps: job.recipe.windowSteps, horizonSteps }).filter((row) =>
    isUnseen(dayOf(row), until),
  )
  const evidence: EvidenceRecord[] = []
  for (let from = 0; from < rows.length; from += BATCH) {
    const part = rows.slice(from, from + BATCH)
    const batch = batchOf(job, part)
    const candidate = await job.candidate.model.session.predict(batch)
    const champion = job.champion === null ? null : await job.champion.model.session.predict(batch)
    part.forEach((row, i) =>
      evidence.push(
        ...pairs(job, {
          row,
          day: dayOf(row),
          candidate: usableAt(candidate, i, job.candidate),
          champion: champion === null ? null : usableAt(champion, i, job.champion!),
        }),
      ),
    )
    await clock.sleep(ms(0), signal)
    if (signal.aborted) return null
  }
  return addUp(evidence)
}

function batchOf({ history, recipe, position }: BacktestJob, rows: readonly number[]): ModelBatch {
  const shape = { windowSteps: recipe.windowSteps, siteChannels: recipe.siteChannels }
  const width = windowLength(shape, recipe.channels.length)
  const windows = new Float32Array(rows.length * width)
  rows.forEach((row, i) =>
    writeWindow(history.series, row, { shape, position, out: windows, offset: i * width }),
  )
  const axis = axisOf(recipe)
  const times = BigInt64Array.from(rows, (row) => secondsOf(axis, history.firstStep + row))
  const { windowSteps } = recipe
  return { windows, times, n: rows.length, windowSteps, channels: width / windowSteps }
}

/** What a station would refuse to serve is NaN here. */
function usableAt(predictions: Predictions, row: number, { model }: BacktestModel): Forecast {
  const { target } = model.signature
  const forecast = forecastAt(predictions, row, target)
  return isUsable(forecast, target) ? forecast : { value: Number.NaN }
}

type Row = {
  readonly row: number
  readonly day: UtcDay
  readonly candidate: Forecast
  readonly champion: Forecast | null
}

function pairs(
  { candidate, champion, history, recipe, site }: BacktestJob,
  at: Row,
): readonly EvidenceRecord[] {
  const { target } = recipe
  const truth = history.truth[at.row + target.horizonSteps]!
  const { digest: model } = candidate.model
  const pair = { model, source: 'backtest', day: at.day, forecast: at.candidate, truth } as const
  const beside = [
    evidenceOf(target, {
      ...pair,
      reference: 'persistence',
      referenceForecast: { value: history.persistence[at.row]! },
    }),
  ]
  // Days that the champion was trained on would flatter it.
  if (champion !== null && at.champion !== null && isUnseen(at.day, seenUntil(champion.manifest, site)))
    beside.push(
      evidenceOf(target, { ...pair, reference: champion.model.digest, referenceForecast: at.champion }),
    )
  return beside.filter((record) => record !== null)
}
