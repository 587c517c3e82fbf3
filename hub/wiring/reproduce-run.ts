/** A run once more, from the recipe, the data, the sites and the seed it had: nothing is registered, what comes out is compared. */
import { fileOf, Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { ReproduceRequest } from '../api/api-ports.ts'
import { recipeDigest } from '../recipes/apply-recipe.ts'
import { readLock } from '../registry/read-lock.ts'
import { judgeReproduction } from '../registry/reproduction.ts'
import { readOuts, reportOut } from '../registry/run-outs.ts'
import { runParameters } from '../registry/run-parameters.ts'
import type { RunOut, StoredLock } from '../registry/train-lock.ts'
import type { RunKind } from '../runs/run-queue.ts'
import { RunReport } from '../runs/run-report.ts'
import { findDataset, findRecipe } from '../store/queries/recipes-and-datasets.ts'
import {
  findRun,
  findVersionOfRun,
  updateRun,
  type RunRow,
  type VersionRow,
} from '../store/queries/runs-and-versions.ts'
import type { HubPorts } from './hub-ports.ts'
import { inputsNow } from './inputs-now.ts'
import { queueRun } from './start-run.ts'

type Registered = { readonly run: RunRow; readonly version: VersionRow; readonly lock: StoredLock }

/** Answers with the id of the run that will reproduce it. */
export async function startReproduction(
  ports: HubPorts,
  { of, requestedBy }: ReproduceRequest,
): Promise<Result<string, Refusal>> {
  const found = await findRegistered(ports, of)
  if (!found.ok) return found
  const { run, lock } = found.value
  if ((await findDataset(ports.store, run.dataset)) === undefined)
    return refuse(
      'dataset/notFound',
      `the dataset ${run.dataset.slice(0, 12)} of run ${of} is gone; import the same table again`,
    )
  const recipe = await recipeOf(ports, run, lock)
  if (!recipe.ok) return recipe
  const inputs = lock.schema === 'fleetcast/train-lock/2' ? lock.inputs : null
  const { dataset, selection, runKey } = run
  const asked = { recipe: run.recipe, recipeBody: recipe.value, dataset, selection }
  return ok(
    await queueRun(ports, { kind: 'reproduce', ...asked, parameters: { of, inputs }, requestedBy, runKey }),
  )
}

export const reproduceKind = (ports: HubPorts): RunKind => ({
  prepare: async () => await Promise.resolve(ok({ work: { kind: 'train', champion: null } })),
  finish: async ({ run, recipe, files }) => {
    const { store, clock } = ports
    const found = await findRegistered(ports, runParameters(run.parameters).of ?? '')
    if (!found.ok) return found
    const inputs = await inputsNow(ports, run, recipe)
    if (!inputs.ok) return inputs
    const { version, lock } = found.value
    const { report, outs } = readOuts(files)
    const result = judgeReproduction({
      of: found.value.run.id,
      lock,
      before: { outs: outsBefore(lock, version), testMae: RunReport.parse(version.report).testMae },
      after: { outs, testMae: report.testMae, inputs: inputs.value },
    })
    const set = { state: 'succeeded', fraction: 1, result, message: result.text } as const
    await updateRun(store.db, store, run.id, { ...set, updatedAt: clock.now() })
    const message = `version ${version.version} was trained again: ${result.text}`
    return ok({ message, severity: result.verdict === 'different' ? 'warning' : 'info' })
  },
})

async function findRegistered(
  ports: HubPorts,
  id: string,
): Promise<Result<Registered, Refusal<'run/notFound' | 'run/notTrained' | 'run/noVersion'>>> {
  const run = await findRun(ports.store, id)
  if (run === undefined) return refuse('run/notFound', `no run is named ${id}`)
  if (run.kind !== 'train') return refuse('run/notTrained', notTrainedText(run))
  const version = await findVersionOfRun(ports.store, id)
  const lock = version === undefined ? null : await readLock(ports, version)
  if (version === undefined || lock === null)
    return refuse(
      'run/noVersion',
      `run ${id} (${run.kind}, ${run.state}) has no version to compare with; choose a training run that succeeded`,
    )
  return ok({ run, version, lock })
}

const notTrainedText = ({ id, kind }: RunRow): string =>
  kind === 'import'
    ? `run ${id} imported a model that was trained elsewhere, so there is no training to run again; "fleetcast models import" judges the file once more`
    : `run ${id} trained no version (its kind is ${kind}), so there is nothing to compare with; choose a run of kind train ("fleetcast runs list")`

/** Runs of an older hub kept no recipe: then today's must be the one of the lock. */
async function recipeOf(
  { store }: HubPorts,
  { recipeBody, recipe: name }: RunRow,
  lock: StoredLock,
): Promise<Result<Recipe, Refusal<'run/recipeChanged'>>> {
  if (recipeBody !== null) return ok(Recipe.parse(recipeBody))
  const parsed = Recipe.safeParse((await findRecipe(store, name))?.body)
  const wanted = lock.schema === 'fleetcast/train-lock/2' ? lock.inputs.recipe.digest : lock.recipeDigest
  return parsed.success && recipeDigest(parsed.data) === wanted
    ? ok(parsed.data)
    : refuse(
        'run/recipeChanged',
        `${name} has changed since, and this run of an older hub kept no copy of it`,
      )
}

/** A lock of an older hub names no files; its version does. */
function outsBefore(lock: StoredLock, { manifest, report }: VersionRow): readonly RunOut[] {
  if (lock.schema === 'fleetcast/train-lock/2') return lock.outs
  const shipped = (['model.onnx', 'golden.json', 'reference-profile.json'] as const).flatMap((name) => {
    const file = fileOf(Manifest.parse(manifest), name)
    return file === undefined ? [] : [{ name, digest: file.digest, size: file.size }]
  })
  return [...shipped, reportOut(RunReport.parse(report))]
}
