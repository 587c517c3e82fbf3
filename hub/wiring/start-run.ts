/** A training run is asked for: a new row of the queue, or the run that has done or is doing the same. */
import { randomUUID } from 'node:crypto'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { RunRequest, StartedRun } from '../api/api-ports.ts'
import { DatasetReport } from '../datasets/dataset-report.ts'
import { championFile } from '../registry/champion-file.ts'
import { trainInputs } from '../registry/train-inputs.ts'
import { runKeyOf } from '../registry/train-lock.ts'
import { attemptIn } from '../runs/run-attempt.ts'
import { findDataset, findRecipe } from '../store/queries/recipes-and-datasets.ts'
import {
  findVersionOfRun,
  insertRun,
  listEqualRuns,
  type RunRow,
} from '../store/queries/runs-and-versions.ts'
import { listSites } from '../store/queries/sites-and-devices.ts'
import type { HubPorts } from './hub-ports.ts'

/** One after the other, so that of two equal requests the second one finds the first one's run. */
export function inTurn<Request, Answer>(
  start: (request: Request) => Promise<Answer>,
): (request: Request) => Promise<Answer> {
  let turn: Promise<unknown> = Promise.resolve()
  return (request) => {
    const mine = turn.then(() => start(request))
    turn = mine.catch(() => undefined)
    return mine
  }
}

export async function startRun(ports: HubPorts, request: RunRequest): Promise<Result<StartedRun, Refusal>> {
  const { store } = ports
  const recipe = await recipeNamed(ports, request.recipe)
  if (!recipe.ok) return recipe
  const dataset = await findDataset(store, request.dataset)
  if (dataset === undefined)
    return refuse('dataset/notFound', `no dataset, or more than one, starts with ${request.dataset}`)
  const identity = await ports.codeIdentity()
  if (!identity.ok) return identity
  const inputs = trainInputs({
    recipe: recipe.value,
    dataset: { digest: dataset.digest, report: DatasetReport.parse(dataset.report) },
    selection: request.selection,
    sites: await listSites(store),
    identity: identity.value,
  })
  const runKey = runKeyOf(inputs)
  const wanted = { kind: 'train', runKey } as const
  const equal = request.isAgain ? null : await equalRun(ports, recipe.value, wanted)
  if (equal !== null) return ok({ id: equal.id, isReused: true })
  const { selection, requestedBy } = request
  const asked = { recipe: recipe.value.name, recipeBody: recipe.value, dataset: dataset.digest, selection }
  const id = await queueRun(ports, { kind: 'train', ...asked, parameters: { inputs }, requestedBy, runKey })
  return ok({ id, isReused: false })
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

/**
 * Finished with a version that still exists, else under way. The champion decides no byte of the model, so it is not part of the
 * key, but of the gates' verdict: that of another champion answers nobody. A version that is the champion now has no rival.
 */
export async function equalRun(
  ports: HubPorts,
  recipe: Recipe,
  wanted: Pick<RunRow, 'kind' | 'runKey'>,
): Promise<RunRow | null> {
  const { store } = ports
  const champion = (await championFile(ports, recipe))?.digest ?? null
  const equal = await listEqualRuns(store, wanted)
  for (const run of equal.filter(({ state }) => state === 'succeeded')) {
    const digest = (await findVersionOfRun(store, run.id))?.digest
    if (digest !== undefined && (digest === champion || attemptIn(run.result)?.champion === champion))
      return run
  }
  return equal.find((run) => run.state !== 'succeeded' && willMeet(run, champion)) ?? null
}

/** One that has not chosen its champion yet takes the one of now. */
const willMeet = ({ result }: RunRow, champion: string | null): boolean =>
  [undefined, champion].includes(attemptIn(result)?.champion)

export type QueuedRun = Pick<
  RunRow,
  'kind' | 'recipe' | 'recipeBody' | 'dataset' | 'selection' | 'parameters' | 'requestedBy' | 'runKey'
>

/** Answers with the new run's id. */
export async function queueRun(
  { store, clock, changes }: Pick<HubPorts, 'store' | 'clock' | 'changes'>,
  asked: QueuedRun,
): Promise<string> {
  const [id, now] = [randomUUID(), clock.now()]
  const state = { state: 'queued', stage: 'queued', fraction: 0, message: 'waits for its turn' } as const
  await insertRun(store, { id, ...asked, ...state, createdAt: now, updatedAt: now, version: null })
  changes.announce('runs')
  return id
}
