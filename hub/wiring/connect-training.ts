/** Joins datasets, training runs and the registry. */
import { randomUUID } from 'node:crypto'
import { DatasetDigest } from '@fleetcast/shared/ids.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { epochMs, minutes, type EpochMs } from '@fleetcast/shared/units.ts'
import type { ApiPorts, RunRequest } from '../api/api-ports.ts'
import { loadSeries } from '../datasets/load-series.ts'
import type { StationSeries } from '../datasets/station-series.ts'
import type { HubPorts } from './hub-ports.ts'
import { recipeDigest } from '../recipes/apply-recipe.ts'
import { createRunningImports } from './running-imports.ts'
import type { TrainerOutput } from '../runs/trainer.ts'
import { registerVersion, type RegisteredVersion } from '../registry/register-version.ts'
import { runKeyOf, type TrainLock } from '../registry/train-lock.ts'
import { runQueueLoop } from '../runs/run-queue.ts'
import { RunSelection, selectionText } from '../runs/run-selection.ts'
import { findDataset, findRecipe } from '../store/queries/recipes-and-datasets.ts'
import { insertRun, type RunRow } from '../store/queries/runs-and-versions.ts'
import { listSites } from '../store/queries/sites-and-devices.ts'

export type Training = Pick<ApiPorts, 'imports' | 'startRun'> & {
  readonly loop: (signal: AbortSignal) => Promise<void>
}

type TrainingPorts = HubPorts & {
  /** The next stage: what happens to a version once it is registered. */
  readonly registered: () => Promise<void>
}

export function createTraining(ports: TrainingPorts): Training {
  return {
    imports: createRunningImports(ports),
    startRun: (request) => startRun(ports, request),
    loop: (signal) =>
      runQueueLoop(
        {
          ...ports,
          loadSeries: async (dataset, recipe, selection) =>
            ports.snapshots.read(dataset, async (snapshot) =>
              loadSeries(snapshot, { recipe, sites: await listSites(ports.store), selection }),
            ),
          register: async (run, recipe, series, output) => {
            const version = await register(ports, { run, recipe, series, output })
            await ports.registered()
            return version
          },
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
  const lock = lockOf(ports, {
    recipe: recipe.value,
    dataset: DatasetDigest.parse(dataset.digest),
    selection: request.selection,
  })
  await insertRun(store, {
    ...{
      id,
      recipe: recipe.value.name,
      dataset: dataset.digest,
      selection: request.selection,
      runKey: runKeyOf(lock),
    },
    ...{
      state: 'queued',
      stage: 'queued',
      fraction: 0,
      message: 'waits for its turn',
      createdAt: now,
      updatedAt: now,
      version: null,
    },
  })
  changes.announce('runs')
  return ok(id)
}

type LockInput = {
  readonly recipe: Recipe
  readonly dataset: DatasetDigest
  readonly selection: RunSelection
}

const lockOf = ({ codeIdentity }: HubPorts, { recipe, dataset, selection }: LockInput): TrainLock => ({
  schema: 'fleetcast/train-lock/1',
  recipeDigest: recipeDigest(recipe),
  dataset,
  selection,
  seed: recipe.training.seed,
  ...codeIdentity,
})

type RegisterRun = {
  readonly run: RunRow
  readonly recipe: Recipe
  readonly series: readonly StationSeries[]
  readonly output: TrainerOutput
}

function register(ports: HubPorts, { run, recipe, series, output }: RegisterRun): Promise<RegisteredVersion> {
  const selection = RunSelection.parse(run.selection)
  const dataset = DatasetDigest.parse(run.dataset)
  return registerVersion(ports, {
    run: run.id,
    recipe,
    dataset,
    output,
    sites: series.map(({ site }) => site),
    dataUntil: endOf(series, recipe),
    trainedOn: selectionText(selection),
    lock: lockOf(ports, { recipe, dataset, selection }),
  })
}

/** Event time after which no training row lies. */
const endOf = (series: readonly StationSeries[], recipe: Recipe): EpochMs =>
  epochMs(Math.max(...series.map(({ startAt, steps }) => startAt + steps * minutes(recipe.cadenceMinutes))))
