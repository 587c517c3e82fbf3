/** Puts a check or a comparison into the queue, after everything that can be refused at once. */
import { randomUUID } from 'node:crypto'
import { canonicalJson } from '@fleetcast/shared/crypto/canonical-json.ts'
import { sha256 } from '@fleetcast/shared/crypto/digest.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import type { CheckRequest, CompareRequest } from '../api/api-ports.ts'
import { recipeDigest } from '../recipes/apply-recipe.ts'
import { resolveVersion } from '../registry/resolve-version.ts'
import { jointRecipe } from '../runs/compare/joint-recipe.ts'
import type { RunSelection } from '../runs/run-selection.ts'
import type { WorkKind } from '../runs/work.ts'
import { findDataset, findRecipe } from '../store/queries/recipes-and-datasets.ts'
import { insertRun } from '../store/queries/runs-and-versions.ts'
import type { HubPorts } from './hub-ports.ts'
import { recipeOfVersion, type CompareParameters } from './study-kinds.ts'

export async function startCheck(ports: HubPorts, request: CheckRequest): Promise<Result<string, Refusal>> {
  const recipe = request.body === null ? await storedRecipe(ports, request.recipe) : ok(request.body)
  if (!recipe.ok) return recipe
  return await queue(ports, { ...request, kind: 'check', recipe: recipe.value, parameters: null })
}

export async function startComparison(
  ports: HubPorts,
  request: CompareRequest,
): Promise<Result<string, Refusal>> {
  const [a, b] = [await resolveVersion(ports.store, request.a), await resolveVersion(ports.store, request.b)]
  if (!a.ok) return a
  if (!b.ok) return b
  const recipe = jointRecipe(await recipeOfVersion(ports, a.value), await recipeOfVersion(ports, b.value))
  if (!recipe.ok) return recipe
  const parameters: CompareParameters = { a: request.a, b: request.b }
  return await queue(ports, { ...request, kind: 'compare', recipe: recipe.value, parameters })
}

async function storedRecipe({ store }: HubPorts, name: string): Promise<Result<Recipe, Refusal>> {
  const row = await findRecipe(store, name)
  if (row !== undefined) return ok(Recipe.parse(row.body))
  return refuse('recipe/notFound', `no recipe is named ${name}; "fleetcast recipes list" shows them`)
}

type Queued = {
  readonly kind: WorkKind
  readonly recipe: Recipe
  /** Its digest, or the start of it. */
  readonly dataset: string
  readonly selection: RunSelection
  readonly parameters: unknown
  readonly requestedBy: string
}

async function queue(ports: HubPorts, asked: Queued): Promise<Result<string, Refusal>> {
  const { store, clock, changes, codeIdentity } = ports
  const identity = await codeIdentity()
  if (!identity.ok) return identity
  const dataset = await findDataset(store, asked.dataset)
  if (dataset === undefined)
    return refuse('dataset/notFound', `no dataset, or more than one, starts with ${asked.dataset}`)
  const { kind, recipe, selection, parameters, requestedBy } = asked
  const decides = { kind, recipe: recipeDigest(recipe), dataset: dataset.digest, selection, parameters }
  const now = clock.now()
  const id = randomUUID()
  await insertRun(store, {
    id,
    ...{ kind, recipe: recipe.name, recipeBody: recipe, parameters, selection, requestedBy },
    dataset: dataset.digest,
    ...{ state: 'queued', stage: 'queued', fraction: 0, message: 'waits for its turn' },
    runKey: sha256(canonicalJson({ ...decides, codeDigest: identity.value.codeDigest })),
    ...{ createdAt: now, updatedAt: now, version: null },
  })
  changes.announce('runs')
  return ok(id)
}
