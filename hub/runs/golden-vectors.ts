/** Golden vectors: real windows of every season and site with what the exported model says to them, one by one as a device runs it. */
import type { Golden } from '@fleetcast/shared/bundle/golden.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { windowChannels } from '@fleetcast/shared/recipe/recipe.ts'
import type { InferenceEngine } from '../ports/inference-engine.ts'
import { windowBatch } from '../training/build-samples.ts'
import { pickRows } from '../training/predict-rows.ts'
import { deviationOf, type ParityInput } from './check-parity.ts'
import { damageWindow, type Damage } from './damage-windows.ts'

const DAMAGE_BY_VECTOR: readonly Damage[] = [
  ...Array.from({ length: 9 }, (): Damage => 'none'),
  'oneChannel',
  'oneChannel',
  'allSensors',
]

/**
 * Share of the target's standard deviation. Other processors round features differently in the last bits, which may send one
 * row down another branch of a tree; a wrong file or operator is off by far more.
 */
const TOLERANCE_SHARE = 0.01

export type GoldenInput = Pick<ParityInput, 'recipe' | 'series' | 'samples' | 'onnx' | 'seed'>

export async function goldenVectors(engine: InferenceEngine, input: GoldenInput): Promise<Golden> {
  const { recipe, series, samples, onnx, seed } = input
  const random = createRandom(seed).fork('golden')
  const channels = windowChannels(recipe).length
  const session = await engine.load(onnx, { windowSteps: recipe.windowSteps, channels })
  const vectors: Golden['vectors'] = []
  for (const [i, damage] of DAMAGE_BY_VECTOR.entries()) {
    const row = Math.floor(((i + 0.5) * samples.step.length) / DAMAGE_BY_VECTOR.length)
    const batch = windowBatch({ recipe, series }, pickRows(samples, [row]), { start: 0, count: 1 })
    damageWindow(batch.windows, damage, { recipe, random })
    const outputs = await session.run(batch)
    vectors.push({
      windowBase64: Buffer.from(batch.windows.buffer).toString('base64'),
      timeSeconds: Number(batch.times[0]!),
      expected: outputs['prediction']![0]!,
    })
  }
  await session.close()
  return {
    schema: 'fleetcast/golden/1',
    windowSteps: recipe.windowSteps,
    channels,
    tolerance: TOLERANCE_SHARE * deviationOf(samples.truth),
    vectors,
  }
}
