/** Checks of recipes and comparisons of versions: runs that are asked for, and what they found. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { actorName } from '../../access/access-ports.ts'
import { findRun, listRunsOfKind, type RunRow } from '../../store/queries/runs-and-versions.ts'
import type { ApiPorts } from '../api-ports.ts'
import { actorOf } from '../asker.ts'
import { orProblem } from '../problems.ts'
import { CheckResource, ComparisonResource } from '../resources/study.ts'
import { checkView, comparisonView } from '../views/study-view.ts'
import { parseRecipe } from './recipe-routes.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'
import { RowSelection, selectionOf } from './run-routes.ts'

const CheckBody = RowSelection.extend({
  /** A recipe that need not be applied; without it, as the hub has it. */
  recipe: z.record(z.string(), z.unknown()).optional(),
})

const versionName = z.string().max(80)
const CompareBody = RowSelection.extend({ a: versionName, b: versionName })
const byId = { params: z.object({ id: z.string().max(64) }) }

export const routes = {
  check: defineRoute({
    operationId: 'checkRecipe',
    method: 'post',
    path: '/api/v1/recipes/{name}/checks',
    tags: ['recipes'],
    summary: 'Start a feasibility report of a recipe on a dataset',
    request: { params: z.object({ name: z.string().max(63) }), body: jsonBody(CheckBody) },
    responses: jsonAnswer(CheckResource),
  }),
  checks: defineRoute({
    operationId: 'listChecks',
    method: 'get',
    path: '/api/v1/checks',
    tags: ['recipes'],
    summary: 'The newest check of every recipe',
    responses: jsonAnswer(z.array(CheckResource)),
  }),
  showCheck: defineRoute({
    operationId: 'readCheck',
    method: 'get',
    path: '/api/v1/checks/{id}',
    tags: ['recipes'],
    summary: 'One check with its report',
    request: byId,
    responses: jsonAnswer(CheckResource),
  }),
  compare: defineRoute({
    operationId: 'compareVersions',
    method: 'post',
    path: '/api/v1/comparisons',
    tags: ['models'],
    summary: 'Start a comparison of two versions on rows that neither was trained on',
    request: { body: jsonBody(CompareBody) },
    responses: jsonAnswer(ComparisonResource),
  }),
  comparisons: defineRoute({
    operationId: 'listComparisons',
    method: 'get',
    path: '/api/v1/comparisons',
    tags: ['models'],
    summary: 'Comparisons of versions, newest first',
    responses: jsonAnswer(z.array(ComparisonResource)),
  }),
  showComparison: defineRoute({
    operationId: 'readComparison',
    method: 'get',
    path: '/api/v1/comparisons/{id}',
    tags: ['models'],
    summary: 'One comparison with what it found',
    request: byId,
    responses: jsonAnswer(ComparisonResource),
  }),
}

export function addStudyRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { store } = ports
  app.openapi(routes.check, async (c) => {
    const { dataset, recipe, ...rows } = c.req.valid('json')
    const { name } = c.req.valid('param')
    const body: Recipe | null = recipe === undefined ? null : parseRecipe(recipe, name)
    const asked = { dataset, selection: selectionOf(rows), requestedBy: actorName(actorOf(c)) }
    const id = orProblem(await ports.startCheck({ ...asked, recipe: name, body }))
    return c.json(checkView(await runOfKind(ports, 'check', id)), 200)
  })
  app.openapi(routes.checks, async (c) => {
    const newest = new Map<string, RunRow>()
    for (const run of await listRunsOfKind(store, 'check'))
      if (!newest.has(run.recipe)) newest.set(run.recipe, run)
    return c.json([...newest.values()].map(checkView), 200)
  })
  app.openapi(routes.showCheck, async (c) =>
    c.json(checkView(await runOfKind(ports, 'check', c.req.valid('param').id)), 200),
  )
  app.openapi(routes.compare, async (c) => {
    const { dataset, a, b, ...rows } = c.req.valid('json')
    const asked = { dataset, selection: selectionOf(rows), requestedBy: actorName(actorOf(c)) }
    const id = orProblem(await ports.startComparison({ ...asked, a, b }))
    return c.json(comparisonView(await runOfKind(ports, 'compare', id)), 200)
  })
  app.openapi(routes.comparisons, async (c) =>
    c.json((await listRunsOfKind(store, 'compare')).map(comparisonView), 200),
  )
  app.openapi(routes.showComparison, async (c) =>
    c.json(comparisonView(await runOfKind(ports, 'compare', c.req.valid('param').id)), 200),
  )
}

async function runOfKind({ store }: ApiPorts, kind: 'check' | 'compare', id: string): Promise<RunRow> {
  const row = await findRun(store, id)
  const noun = kind === 'check' ? 'check' : 'comparison'
  const isThere = row !== undefined && row.kind === kind
  return orProblem(isThere ? ok(row) : refuse(`${noun}/notFound`, `no ${noun} is named ${id}`))
}
