/** The audit log, to be read and never to be changed. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { listAuditAfter, listAuditBefore } from '../../store/queries/audit.ts'
import type { ApiPorts } from '../api-ports.ts'
import { AuditResource } from '../resources/access.ts'
import { defineRoute, jsonAnswer } from './route-parts.ts'

const sequence = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

export const routes = {
  list: defineRoute({
    operationId: 'listAudit',
    method: 'get',
    path: '/api/v1/audit',
    tags: ['access'],
    summary: 'Entries after a number, oldest first; with `before` those before it, newest first',
    request: {
      query: z.object({
        after: sequence.default(0),
        before: sequence.optional(),
        limit: z.coerce.number().int().min(1).max(1_000).default(100),
      }),
    },
    responses: jsonAnswer(z.array(AuditResource)),
  }),
}

export function addAuditRoutes(app: OpenAPIHono, { store }: ApiPorts): void {
  app.openapi(routes.list, async (c) => {
    const { after, before, limit } = c.req.valid('query')
    const rows =
      before === undefined
        ? await listAuditAfter(store, after, limit)
        : await listAuditBefore(store, before, limit)
    return c.json(rows, 200)
  })
}
