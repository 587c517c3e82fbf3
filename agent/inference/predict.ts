/** One forecast of one model, with every way it can fail made a value: a station must answer whatever a model does. */
import type { ModelSignature } from '@fleetcast/shared/bundle/model-signature.ts'
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import type { ReferenceProfile } from '@fleetcast/shared/sketches/reference-profile.ts'
import { ms, type DurationMs } from '@fleetcast/shared/units.ts'
import type { Clock } from '../ports/clock.ts'
import type { ModelBatch, ModelSession } from '../ports/inference-engine.ts'

/** A bundle in memory, ready to run. */
export type LoadedModel = {
  readonly digest: BundleDigest
  readonly signature: ModelSignature
  readonly profile: ReferenceProfile
  readonly session: ModelSession
}

/** Lower and upper bound of a forecast, its unit. */
export type Interval = readonly [number, number]

export type InferenceCode = 'inference/nonFinite' | 'inference/outOfRange' | 'inference/exception'

export type Prediction =
  | {
      readonly kind: 'ok'
      readonly value: number
      readonly interval: Interval | null
      readonly latency: DurationMs
    }
  | { readonly kind: 'failed'; readonly code: InferenceCode; readonly message: string }

/** Runs the model on one window. */
export async function predict(
  clock: Pick<Clock, 'monotonic'>,
  model: Pick<LoadedModel, 'signature' | 'session'>,
  batch: ModelBatch,
): Promise<Prediction> {
  const startedAt = clock.monotonic()
  try {
    const { values, intervals } = await model.session.predict(batch)
    const latency = ms(clock.monotonic() - startedAt)
    const value = values[0] ?? Number.NaN
    return (
      faultOf(value, model.signature) ?? { kind: 'ok', value, interval: intervalOf(intervals, 0), latency }
    )
  } catch (cause) {
    return { kind: 'failed', code: 'inference/exception', message: String(cause).slice(0, 200) }
  }
}

/** Bounds of one row of a batch; null where there are none, or none that mean something: the forecast stands without them. */
export function intervalOf(intervals: Float32Array | null, row: number): Interval | null {
  const [lower, upper] = [intervals?.[2 * row] ?? Number.NaN, intervals?.[2 * row + 1] ?? Number.NaN]
  return Number.isFinite(lower) && Number.isFinite(upper) && lower <= upper ? [lower, upper] : null
}

/** Null for a value that may be served. */
function faultOf(value: number, { target }: ModelSignature): Prediction | null {
  if (isUsable(value, target)) return null
  if (!Number.isFinite(value))
    return { kind: 'failed', code: 'inference/nonFinite', message: 'the model gave no finite number' }
  // Without the value, so that the same fault again is counted and not told again.
  const message = `the model left its range of ${target.min} to ${target.max} ${target.unit}`
  return { kind: 'failed', code: 'inference/outOfRange', message }
}

/** Finite and inside what the signature allows. */
export const isUsable = (value: number, target: Pick<ModelSignature['target'], 'min' | 'max'>): boolean =>
  Number.isFinite(value) && value >= target.min && value <= target.max
