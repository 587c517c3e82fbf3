/** Changes of protected aliases that wait for a second person, and what became of them. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { assert } from '@fleetcast/shared/assert.ts'
import type { Refusal, Result } from '@fleetcast/shared/result.ts'
import { approveRequest, rejectRequest } from '../../registry/alias-requests.ts'
import { findAliasRequest, listAliasRequests } from '../../store/queries/alias-requests.ts'
import { REQUEST_STATES } from '../../store/tables/alias-tables.ts'
import type { ApiPorts } from '../api-ports.ts'
import { actorOf } from '../asker.ts'
import { orProblem } from '../problems.ts'
import { AliasRequestResource } from '../resources/alias.ts'
import { requestsView } from '../views/alias-view.ts'
import { Reason, whoIs } from './alias-routes.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

const tags = ['aliases']
const Id = z.coerce.number().pipe(z.int().min(1))
const decision = {
  request: { params: z.object({ id: Id }), body: jsonBody(z.strictObject({ reason: Reason })) },
  responses: jsonAnswer(AliasRequestResource),
}

export const routes = {
  list: defineRoute({
    operationId: 'listAliasRequests',
    method: 'get',
    path: '/api/v1/alias-requests',
    tags,
    summary: 'Requests for changes of protected aliases, newest first',
    request: { query: z.object({ state: z.enum(REQUEST_STATES).optional() }) },
    responses: jsonAnswer(z.array(AliasRequestResource)),
  }),
  approve: defineRoute({
    operationId: 'approveAliasRequest',
    method: 'post',
    path: '/api/v1/alias-requests/{id}/approve',
    tags,
    summary: 'Agree to a request of somebody else; the alias moves at once',
    ...decision,
  }),
  reject: defineRoute({
    operationId: 'rejectAliasRequest',
    method: 'post',
    path: '/api/v1/alias-requests/{id}/reject',
    tags,
    summary: 'Refuse a request, or take back an own one',
    ...decision,
  }),
}

export function addAliasRequestRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { store } = ports
  app.openapi(routes.list, async (c) => {
    const rows = await listAliasRequests(store, c.req.valid('query').state)
    return c.json(await requestsView(store, rows), 200)
  })
  app.openapi(routes.approve, async (c) => {
    const { id } = c.req.valid('param')
    const { reason } = c.req.valid('json')
    const decided = await approveRequest(ports, { id, reason, actor: whoIs(actorOf(c)) })
    return c.json(await answer(ports, id, decided), 200)
  })
  app.openapi(routes.reject, async (c) => {
    const { id } = c.req.valid('param')
    const { reason } = c.req.valid('json')
    const decided = await rejectRequest(ports, { id, reason, actor: whoIs(actorOf(c)) })
    return c.json(await answer(ports, id, decided), 200)
  })
}

async function answer(
  { store, changes }: ApiPorts,
  id: number,
  decided: Result<void, Refusal>,
): Promise<AliasRequestResource> {
  orProblem(decided)
  changes.announce('models', 'events')
  const row = await findAliasRequest(store.db, store, id)
  assert(row !== undefined, 'a request that was decided exists')
  return (await requestsView(store, [row]))[0]!
}
