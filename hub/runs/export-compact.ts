/** The smallest file that still says the same: weights in fewer bits as long as predictions move by less than is worth noticing. */
import { windowChannels, type WeightStorage } from '@fleetcast/shared/recipe/recipe.ts'
import type { InferenceEngine, ModelBatch } from '../ports/inference-engine.ts'
import { exportModel, type ExportInput } from './export-model.ts'

export type CompactExport = {
  readonly onnx: Uint8Array
  readonly storage: WeightStorage
  /** Mean |prediction - prediction of the float32 file| over the batches, units of the target; it bounds what accuracy is lost. */
  readonly meanDifference: number
}

export type CompactInput = ExportInput & {
  /** Windows to compare on. */
  readonly batches: readonly ModelBatch[]
  /** Largest mean difference that is accepted, units of the target. */
  readonly differenceMax: number
}

const SMALLEST_FIRST: readonly WeightStorage[] = ['int8', 'float16']

export async function exportCompact(engine: InferenceEngine, input: CompactInput): Promise<CompactExport> {
  const exact = exportModel({ ...input, storage: 'float32' })
  const expected = await predictionsOf(engine, exact, input)
  for (const storage of SMALLEST_FIRST) {
    const onnx = exportModel({ ...input, storage })
    const actual = await predictionsOf(engine, onnx, input)
    const meanDifference =
      actual.reduce((sum, y, i) => sum + Math.abs(y - expected[i]!), 0) / Math.max(1, actual.length)
    if (onnx.length < exact.length && meanDifference <= input.differenceMax)
      return { onnx, storage, meanDifference }
  }
  return { onnx: exact, storage: 'float32', meanDifference: 0 }
}

async function predictionsOf(
  engine: InferenceEngine,
  onnx: Uint8Array,
  { recipe, batches }: CompactInput,
): Promise<readonly number[]> {
  const channels = windowChannels(recipe).length
  const session = await engine.load(onnx, { windowSteps: recipe.windowSteps, channels })
  const found: number[] = []
  for (const batch of batches) {
    const outputs = await session.run(batch)
    found.push(...outputs['prediction']!)
  }
  await session.close()
  return found
}
