/** Questions of other programs of the station to the model that serves. */
import { windowChannels, type Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { Predictions } from '../ports/inference-engine.ts'
import type { LoadedModel } from './predict.ts'

/** Row-major windows [n, windowSteps, channels] and their times in seconds. */
export type InferInput = { readonly windows: Float32Array; readonly times: BigInt64Array; readonly n: number }
export type InferCode = 'inference/noModel' | 'inference/badShape' | 'inference/exception'

export async function inferBatch(
  serving: LoadedModel | null,
  { windows, times, n }: InferInput,
  recipe: Recipe,
): Promise<Result<Predictions, Refusal<InferCode>>> {
  const { windowSteps } = recipe
  const channels = windowChannels(recipe).length
  if (windows.length !== n * windowSteps * channels || times.length !== n)
    return refuse('inference/badShape', `window is [n, ${windowSteps}, ${channels}], time is [n, 1]`)
  if (serving === null) return refuse('inference/noModel', 'the baseline serves; no model is installed yet')
  try {
    return ok(await serving.session.predict({ windows, times, n, windowSteps, channels }))
  } catch (cause) {
    return refuse('inference/exception', String(cause).slice(0, 200))
  }
}
