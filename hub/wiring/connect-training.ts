/** Joins datasets, training runs and the registry. */
import { randomUUID } from 'node:crypto'
import { DatasetDigest } from '@fleetcast/shared/ids.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { ApiPorts, RunRequest } from '../api/api-ports.ts'
import { loadSeries } from '../datasets/load-series.ts'
import { runKeyOf } from '../registry/train-lock.ts'
import { runQueueLoop } from '../runs/run-queue.ts'
import type { WorkKind } from '../runs/work.ts'
import { findDataset, findRecipe } from '../store/queries/recipes-and-datasets.ts'
import { insertRun } from '../store/queries/runs-and-versions.ts'
import { listSites } from '../store/queries/sites-and-devices.ts'
import type { HubPorts } from './hub-ports.ts'
import { createRunKinds, trainLockOf, type RunKindPorts } from './run-kinds.ts'
import { createRunningImports } from './running-imports.ts'
import { startCheck, startComparison } from './start-study.ts'

export type Training = Pick<ApiPorts, 'imports' | 'startRun' | 'startCheck' | 'startComparison'> & {
  readonly loop: (signal: AbortSignal) => Promise<void>
}

export function createTraining(ports: RunKindPorts): Training {
  const runKinds = createRunKinds(ports)
  return {
    imports: createRunningImports(ports),
    startRun: (request) => startRun(ports, request),
    startCheck: (request) => startCheck(ports, request),
    startComparison: (request) => startComparison(ports, request),
    loop: (signal) =>
      runQueueLoop(
        {
          ...ports,
          loadSeries: async (dataset, recipe, selection) =>
            ports.snapshots.read(dataset, async (snapshot) =>
              loadSeries(snapshot, { recipe, sites: await listSites(ports.store), selection }),
            ),
          prepare: (run, recipe) => runKinds[run.kind as WorkKind].prepare(run, recipe),
          finish: (finished) => runKinds[finished.run.kind as WorkKind].finish(finished),
        },
        signal,
      ),
  }
}

async function recipeNamed(
  { store }: HubPorts,
  name: string,
): Promise<Result<Recipe, Refusal<'recipe/notFound'>>> {
  const row = await findRecipe(store, name)
  return row === undefined
    ? refuse('recipe/notFound', `no recipe is named ${name}`)
    : ok(Recipe.parse(row.body))
}

async function startRun(ports: HubPorts, request: RunRequest): Promise<Result<string, Refusal>> {
  const { store, clock, changes } = ports
  const recipe = await recipeNamed(ports, request.recipe)
  if (!recipe.ok) return recipe
  const dataset = await findDataset(store, request.dataset)
  if (dataset === undefined)
    return refuse('dataset/notFound', `no dataset, or more than one, starts with ${request.dataset}`)
  const now = clock.now()
  const id = randomUUID()
  const lock = trainLockOf(ports, {
    recipe: recipe.value,
    dataset: DatasetDigest.parse(dataset.digest),
    selection: request.selection,
  })
  const asked = {
    id,
    kind: 'train',
    recipe: recipe.value.name,
    recipeBody: recipe.value,
    dataset: dataset.digest,
    selection: request.selection,
    requestedBy: request.requestedBy,
    runKey: runKeyOf(lock),
  }
  const state = { state: 'queued', stage: 'queued', fraction: 0, message: 'waits for its turn' } as const
  await insertRun(store, { ...asked, ...state, createdAt: now, updatedAt: now, version: null })
  changes.announce('runs')
  return ok(id)
}
