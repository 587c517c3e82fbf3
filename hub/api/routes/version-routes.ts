/** Deleting versions, and the files that deleted ones left behind. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import type { ApiPorts } from '../api-ports.ts'
import { actorOf } from '../asker.ts'
import { orProblem } from '../problems.ts'
import { DeletedVersionResource, RemovedOrphansResource } from '../resources/alias.ts'
import { Reason, whoIs } from './alias-routes.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

const tags = ['models']

export const routes = {
  remove: defineRoute({
    operationId: 'deleteVersion',
    method: 'delete',
    path: '/api/v1/models/{id}',
    tags,
    summary:
      'Delete a version (recipe@version or digest) that nobody refers to; its number is never used again',
    request: { params: z.object({ id: z.string().max(160) }), query: z.object({ reason: Reason }) },
    responses: jsonAnswer(DeletedVersionResource),
  }),
  removeOrphans: defineRoute({
    operationId: 'removeOrphans',
    method: 'post',
    path: '/api/v1/models/gc',
    tags,
    summary: 'Remove files that no version has and nobody has written for a day',
    request: { body: jsonBody(z.strictObject({})) },
    responses: jsonAnswer(RemovedOrphansResource),
  }),
}

export function addVersionRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  app.openapi(routes.remove, async (c) => {
    const { id } = c.req.valid('param')
    const { reason } = c.req.valid('query')
    const deleted = await ports.deleteVersion({ id, reason, actor: whoIs(actorOf(c)) })
    return c.json(orProblem(deleted), 200)
  })
  app.openapi(routes.removeOrphans, async (c) => c.json(await ports.removeOrphans(), 200))
}
