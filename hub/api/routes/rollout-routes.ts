import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { resolveVersion } from '../../registry/resolve-version.ts'
import { findRollout, listRollouts } from '../../store/queries/rollouts.ts'
import type { ApiPorts } from '../api-ports.ts'
import { orProblem } from '../problems.ts'
import { RolloutResource } from '../resources/rollout.ts'
import { rolloutView } from '../views/overview-view.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

const CreateRollout = z.strictObject({
  recipe: z.string().max(63).default('temperature-24h'),
  /** A number of the recipe; or a name that says it all: `recipe@candidate`, `recipe@2`, the start of a digest. */
  version: z.union([z.int().min(1), z.string().max(160)]),
})
const Operation = z.enum(['pause', 'resume', 'abort', 'rollback'])
const Reason = z.strictObject({ reason: z.string().trim().min(3, 'say why in a few words').max(400) })
const id = z.string().max(64)

export const routes = {
  create: defineRoute({
    operationId: 'createRollout',
    method: 'post',
    path: '/api/v1/rollouts',
    tags: ['rollouts'],
    summary: 'Start a staged rollout',
    request: { body: jsonBody(CreateRollout) },
    responses: jsonAnswer(RolloutResource),
  }),
  list: defineRoute({
    operationId: 'listRollouts',
    method: 'get',
    path: '/api/v1/rollouts',
    tags: ['rollouts'],
    summary: 'Every rollout, newest first',
    responses: jsonAnswer(z.array(RolloutResource)),
  }),
  show: defineRoute({
    operationId: 'readRollout',
    method: 'get',
    path: '/api/v1/rollouts/{id}',
    tags: ['rollouts'],
    summary: 'One rollout with its verdicts',
    request: { params: z.object({ id }) },
    responses: jsonAnswer(RolloutResource),
  }),
  operate: defineRoute({
    operationId: 'operateRollout',
    method: 'post',
    path: '/api/v1/rollouts/{id}/{operation}',
    tags: ['rollouts'],
    summary: 'pause, resume, abort or rollback',
    request: { params: z.object({ id, operation: Operation }), body: jsonBody(Reason) },
    responses: jsonAnswer(RolloutResource),
  }),
}

export function addRolloutRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  app.openapi(routes.create, async (c) => {
    const { recipe, version } = await namedVersion(ports, c.req.valid('json'))
    return c.json(await rolloutById(ports, orProblem(await ports.createRollout(recipe, version))), 200)
  })
  app.openapi(routes.list, async (c) => c.json((await listRollouts(ports.store)).map(rolloutView), 200))
  app.openapi(routes.show, async (c) => c.json(await rolloutById(ports, c.req.valid('param').id), 200))
  app.openapi(routes.operate, async (c) => {
    const { id, operation } = c.req.valid('param')
    orProblem(await ports.operateRollout(id, operation, c.req.valid('json').reason))
    return c.json(await rolloutById(ports, id), 200)
  })
}

async function rolloutById({ store }: ApiPorts, id: string): Promise<RolloutResource> {
  const row = await findRollout(store, id)
  return rolloutView(
    orProblem(row === undefined ? refuse('rollout/notFound', `no rollout is named ${id}`) : ok(row)),
  )
}

async function namedVersion(
  { store }: ApiPorts,
  { recipe, version }: z.infer<typeof CreateRollout>,
): Promise<{ readonly recipe: string; readonly version: number }> {
  return typeof version === 'number' ? { recipe, version } : orProblem(await resolveVersion(store, version))
}
