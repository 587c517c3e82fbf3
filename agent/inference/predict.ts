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

export type InferenceCode = 'inference/nonFinite' | 'inference/outOfRange' | 'inference/exception'

export type Prediction =
  | { readonly kind: 'ok'; readonly value: number; readonly latency: DurationMs }
  | { readonly kind: 'failed'; readonly code: InferenceCode; readonly message: string }

/** Runs the model on one window. */
export async function predict(
  clock: Pick<Clock, 'monotonic'>,
  model: Pick<LoadedModel, 'signature' | 'session'>,
  batch: ModelBatch,
): Promise<Prediction> {
  const startedAt = clock.monotonic()
  try {
    const output = await model.session.predict(batch)
    return judge(output[0] ?? Number.NaN, model.signature, ms(clock.monotonic() - startedAt))
  } catch (cause) {
    return { kind: 'failed', code: 'inference/exception', message: String(cause).slice(0, 200) }
  }
}

function judge(value: number, { target }: ModelSignature, latency: DurationMs): Prediction {
  if (isUsable(value, target)) return { kind: 'ok', value, latency }
  if (!Number.isFinite(value))
    return { kind: 'failed', code: 'inference/nonFinite', message: 'the model gave no finite number' }
  // Without the value, so that the same fault again is counted and not told again.
  const message = `the model left its range of ${target.min} to ${target.max} ${target.unit}`
  return { kind: 'failed', code: 'inference/outOfRange', message }
}

/** Finite and inside what the signature allows. */
export const isUsable = (value: number, target: Pick<ModelSignature['target'], 'min' | 'max'>): boolean =>
  Number.isFinite(value) && value >= target.min && value <= target.max
