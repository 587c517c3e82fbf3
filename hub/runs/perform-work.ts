/** One job from its series to the files it leaves behind: the table of what each kind of run does. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import { checkRecipe } from './check/check-recipe.ts'
import { compareModels } from './compare/compare-models.ts'
import { trainVersion, type TrainPorts } from './train-version.ts'
import type { Work } from './work.ts'

export type WorkInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  /** Reads a file that the work names. */
  readonly readFile: (name: string) => Promise<Uint8Array>
  /** A rejection ends the run: this is how it is cancelled. */
  readonly onProgress: (stage: string, fraction: number, detail: string) => Promise<void>
}

export type WorkFiles = Readonly<Record<string, Uint8Array | string>>

export async function performWork(
  ports: TrainPorts,
  work: Work,
  input: WorkInput,
): Promise<Result<WorkFiles, Refusal>> {
  switch (work.kind) {
    case 'train':
      return await train(ports, input)
    case 'check':
      return ok({ 'report.json': JSON.stringify(await checkRecipe(ports, { ...input, work })) })
    case 'compare': {
      const comparison = await compareModels(ports, { ...input, work })
      return comparison.ok ? ok({ 'report.json': JSON.stringify(comparison.value) }) : comparison
    }
  }
}

async function train(ports: TrainPorts, input: WorkInput): Promise<Result<WorkFiles, Refusal>> {
  const trained = await trainVersion(ports, { ...input, seed: input.recipe.training.seed })
  if (!trained.ok) return trained
  const { onnx, report, golden, referenceProfile } = trained.value
  return ok({
    'model.onnx': onnx,
    'report.json': JSON.stringify(report),
    'golden.json': JSON.stringify(golden),
    'reference-profile.json': JSON.stringify(referenceProfile),
  })
}
