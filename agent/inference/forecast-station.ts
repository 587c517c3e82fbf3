/**
 * The forecasts of one reading: what serves, its fallback when it fails, the candidate beside it, and persistence.
 * The first that is usable in the order serving, fallback, persistence is the station's answer.
 */
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { DurationMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import type { ModelBatch } from '../ports/inference-engine.ts'
import { predict, type Forecast, type LoadedModel, type Prediction } from './predict.ts'

/** Which loaded model stands where right now. */
export type ActiveModels = {
  readonly serving: LoadedModel | null
  /** Serves when a trial's model fails. */
  readonly fallback: LoadedModel | null
  /** Runs in shadow. */
  readonly candidate: LoadedModel | null
}

export type ModelForecast = Forecast & {
  readonly model: BundleDigest
  readonly role: 'served' | 'shadow'
}

export type ModelFault = { readonly model: BundleDigest; readonly code: string; readonly message: string }

export type StationForecast = {
  /** Null when even persistence has no value to hold on to. */
  readonly served: (Forecast & { readonly model: BundleDigest | null }) | null
  /** What persistence says; NaN when the readings do not tell. */
  readonly baseline: number
  readonly models: readonly ModelForecast[]
  readonly faults: readonly ModelFault[]
  /** How the serving model did; null when the baseline serves. */
  readonly trial: {
    readonly model: BundleDigest
    readonly fault: ModelFault | null
    readonly latency: DurationMs | null
  } | null
}

export async function forecastStation(
  clock: Pick<Clock, 'monotonic'>,
  active: ActiveModels,
  { batch, baseline }: { batch: ModelBatch; baseline: number },
): Promise<StationForecast> {
  const models: ModelForecast[] = []
  const faults: ModelFault[] = []
  const run = async (model: LoadedModel | null, role: ModelForecast['role']): Promise<Prediction | null> => {
    if (model === null) return null
    const prediction = await predict(clock, model, batch)
    if (prediction.kind === 'ok') models.push({ model: model.digest, role, ...prediction.forecast })
    else faults.push({ model: model.digest, code: prediction.code, message: prediction.message })
    return prediction
  }
  const serving = await run(active.serving, 'served')
  if (serving?.kind === 'failed') await run(active.fallback, 'served')
  const answer = models[0]
  await run(active.candidate, 'shadow')
  const persistence = Number.isFinite(baseline) ? { value: baseline, model: null } : null
  return {
    served: answer === undefined ? persistence : withoutRole(answer),
    baseline,
    models,
    faults,
    trial: trialOf(active.serving, serving, faults),
  }
}

const withoutRole = ({ role: _role, ...forecast }: ModelForecast): StationForecast['served'] => forecast

function trialOf(
  model: LoadedModel | null,
  prediction: Prediction | null,
  faults: readonly ModelFault[],
): StationForecast['trial'] {
  if (model === null || prediction === null) return null
  const fault = faults.find((known) => known.model === model.digest) ?? null
  return { model: model.digest, fault, latency: prediction.kind === 'ok' ? prediction.latency : null }
}
