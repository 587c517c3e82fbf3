/** One job from its series to the files it leaves behind: the table of what each kind of run does. */
import { gatePolicyOf } from '@fleetcast/shared/recipe/gates.ts'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import { gatherEvidence, type Champion, type EvidencePorts } from '../gates/gather-evidence.ts'
import { judgeVersion } from '../gates/judge-version.ts'
import { checkRecipe } from './check/check-recipe.ts'
import { compareModels } from './compare/compare-models.ts'
import { importModel, type ImportedModel } from './import-model.ts'
import type { TrialReport } from './run-report.ts'
import { trainVersion, type TrainedVersion, type TrainPorts } from './train-version.ts'
import type { ImportWork, ModelFile, Work } from './work.ts'

export type WorkInput = {
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  /** Reads a file that the work names. */
  readonly readFile: (name: string) => Promise<Uint8Array>
  /** A rejection ends the run: this is how it is cancelled. */
  readonly onProgress: (stage: string, fraction: number, detail: string) => Promise<void>
  /** Every trial of a search as soon as it is judged. */
  readonly onTrial: (trial: TrialReport) => void
}

export type WorkPorts = TrainPorts & EvidencePorts

export type WorkFiles = Readonly<Record<string, Uint8Array | string>>

export async function performWork(
  ports: WorkPorts,
  work: Work,
  input: WorkInput,
): Promise<Result<WorkFiles, Refusal>> {
  switch (work.kind) {
    case 'train':
      return await train(ports, work.champion, input)
    case 'import':
      return await importFrom(ports, work, input)
    case 'check':
      return ok({ 'report.json': JSON.stringify(await checkRecipe(ports, { ...input, work })) })
    case 'compare': {
      const comparison = await compareModels(ports, { ...input, work })
      return comparison.ok ? ok({ 'report.json': JSON.stringify(comparison.value) }) : comparison
    }
  }
}

async function train(
  ports: WorkPorts,
  champion: ModelFile | null,
  input: WorkInput,
): Promise<Result<WorkFiles, Refusal>> {
  const trained = await trainVersion(ports, { ...input, seed: input.recipe.training.seed })
  if (!trained.ok) return trained
  return ok(await judgedFiles(ports, { input, champion, made: trained.value }))
}

async function importFrom(
  ports: WorkPorts,
  { file, signature, champion }: ImportWork,
  input: WorkInput,
): Promise<Result<WorkFiles, Refusal>> {
  const made = await importModel(ports, { ...input, signature, model: await input.readFile(file) })
  return made.ok ? ok(await judgedFiles(ports, { input, champion, made: made.value })) : made
}

type Made = {
  readonly input: WorkInput
  readonly champion: ModelFile | null
  readonly made: ImportedModel | TrainedVersion
}

/** The files of a version, its gates among them. */
async function judgedFiles(ports: WorkPorts, { input, champion, made }: Made): Promise<WorkFiles> {
  const { recipe, series, onProgress } = input
  const { onnx, report, golden, referenceProfile, evidence } = made
  const measured = await gatherEvidence(ports, {
    ...{ recipe, series, seed: recipe.training.seed, onnx, ...evidence },
    parity: report.parity,
    interval: report.interval,
    champion: champion === null ? null : await readChampion(input, champion),
    onProgress: () => onProgress('checking', 1, 'trying the gates'),
  })
  return {
    'model.onnx': onnx,
    'report.json': JSON.stringify(report),
    'golden.json': JSON.stringify(golden),
    'reference-profile.json': JSON.stringify(referenceProfile),
    'gates.json': JSON.stringify(judgeVersion(gatePolicyOf(recipe), measured)),
  }
}

const readChampion = async (
  { readFile }: WorkInput,
  { file, dataUntil, sites }: ModelFile,
): Promise<Champion> => ({ onnx: await readFile(file), dataUntil, sites })
