/** One forecast of one model, with every way it can fail made a value: a station must answer whatever a model does. */
import type { ModelSignature } from '@fleetcast/shared/bundle/model-signature.ts'
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { Said } from '@fleetcast/shared/recipe/target.ts'
import type { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import { ms, type DurationMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import type { ModelBatch, ModelSession, Predictions } from '../ports/inference-engine.ts'

/** A bundle in memory, ready to run. */
export type LoadedModel = {
  readonly digest: BundleDigest
  readonly signature: ModelSignature
  readonly profile: ReferenceProfile
  readonly session: ModelSession
}

/** Lower and upper bound of a forecast, its unit. */
export type Interval = readonly [number, number]

/** What a model says of one window. */
export type Forecast = {
  /** Unit of the target; of classes the mean place among them. */
  readonly value: number
  readonly interval?: Interval
  /** Of every class, lowest first; only where the target has classes. */
  readonly probabilities?: readonly number[]
}

export type InferenceCode =
  | 'inference/nonFinite'
  | 'inference/outOfRange'
  | 'inference/noProbabilities'
  | 'inference/exception'

export type Prediction =
  | { readonly kind: 'ok'; readonly forecast: Forecast; readonly latency: DurationMs }
  | { readonly kind: 'failed'; readonly code: InferenceCode; readonly message: string }

type Target = ModelSignature['target']

/** Runs the model on one window. */
export async function predict(
  clock: Pick<Clock, 'monotonic'>,
  model: Pick<LoadedModel, 'signature' | 'session'>,
  batch: ModelBatch,
): Promise<Prediction> {
  const startedAt = clock.monotonic()
  try {
    const predictions = await model.session.predict(batch)
    const latency = ms(clock.monotonic() - startedAt)
    const forecast = forecastAt(predictions, 0, model.signature.target)
    return faultOf(forecast, model.signature.target) ?? { kind: 'ok', forecast, latency }
  } catch (cause) {
    return { kind: 'failed', code: 'inference/exception', message: String(cause).slice(0, 200) }
  }
}

/** One row of what a batch gave; without bounds or probabilities that mean nothing. */
export function forecastAt(
  { values, intervals, probabilities }: Predictions,
  row: number,
  target: Pick<Target, 'classes'>,
): Forecast {
  const interval = intervalOf(intervals, row)
  const width = target.classes?.names.length
  const shares = width === undefined ? undefined : probabilities?.subarray(row * width, (row + 1) * width)
  return {
    value: values[row] ?? Number.NaN,
    ...(interval === null ? {} : { interval }),
    ...(shares?.length === width && shares !== undefined && addUpToOne(shares)
      ? { probabilities: [...shares] }
      : {}),
  }
}

/** Null where there are none, or none that mean something: the forecast stands without them. */
function intervalOf(intervals: Float32Array | null, row: number): Interval | null {
  const [lower, upper] = [intervals?.[2 * row] ?? Number.NaN, intervals?.[2 * row + 1] ?? Number.NaN]
  return Number.isFinite(lower) && Number.isFinite(upper) && lower <= upper ? [lower, upper] : null
}

/** What single precision may leave of a sum of eight. */
const SUM_TOLERANCE = 1e-3

const addUpToOne = (shares: Float32Array): boolean =>
  shares.every((share) => share >= 0) &&
  Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) <= SUM_TOLERANCE

/** Null for a forecast that may be served. */
function faultOf(forecast: Forecast, target: Target): Prediction | null {
  if (isUsable(forecast, target)) return null
  if (!Number.isFinite(forecast.value))
    return { kind: 'failed', code: 'inference/nonFinite', message: 'the model gave no finite number' }
  // Without the value, so that the same fault again is counted and not told again.
  const message = `the model left its range of ${target.min} to ${target.max} ${target.unit}`
  if (!isInRange(forecast, target)) return { kind: 'failed', code: 'inference/outOfRange', message }
  return {
    kind: 'failed',
    code: 'inference/noProbabilities',
    message: `the model gave no probabilities of ${target.classes?.names.length} classes that add up to 1`,
  }
}

const isInRange = ({ value }: Forecast, { min, max }: Pick<Target, 'min' | 'max'>): boolean =>
  value >= min && value <= max

/** Finite and inside what the signature allows; with the probability of every class where there are classes. */
export const isUsable = (forecast: Forecast, target: Pick<Target, 'min' | 'max' | 'classes'>): boolean =>
  Number.isFinite(forecast.value) &&
  isInRange(forecast, target) &&
  (target.classes === undefined || forecast.probabilities !== undefined)

/** A forecast as it is scored. */
export const saidBy = ({ value, probabilities }: Forecast): Said => probabilities ?? value
