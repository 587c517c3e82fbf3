import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { actorName } from '../../access/access-ports.ts'
import type { RunSelection } from '../../runs/run-selection.ts'
import { findRun, listRuns } from '../../store/queries/runs-and-versions.ts'
import type { ApiPorts } from '../api-ports.ts'
import { actorOf } from '../asker.ts'
import { orProblem } from '../problems.ts'
import { RunResource } from '../resources/model.ts'
import { runView } from '../views/overview-view.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

/** A time or a day, read as UTC. */
const time = z.union([z.iso.datetime(), z.iso.date()]).transform((text) => new Date(text).toISOString())

/** A dataset, and which of its rows a run may see. */
export const RowSelection = z.strictObject({
  dataset: z.string().max(64),
  stations: z.array(z.string().max(63)).min(1).max(10_000).optional(),
  from: time.optional(),
  until: time.optional(),
})

const RunRequest = RowSelection.extend({ recipe: z.string().max(63) })

export const routes = {
  start: defineRoute({
    operationId: 'startRun',
    method: 'post',
    path: '/api/v1/runs',
    tags: ['training'],
    summary: 'Train a version',
    request: { body: jsonBody(RunRequest) },
    responses: jsonAnswer(RunResource),
  }),
  list: defineRoute({
    operationId: 'listRuns',
    method: 'get',
    path: '/api/v1/runs',
    tags: ['training'],
    summary: 'Every run, newest first',
    responses: jsonAnswer(z.array(RunResource)),
  }),
  show: defineRoute({
    operationId: 'readRun',
    method: 'get',
    path: '/api/v1/runs/{id}',
    tags: ['training'],
    summary: 'One run',
    request: { params: z.object({ id: z.string().max(64) }) },
    responses: jsonAnswer(RunResource),
  }),
}

export function addRunRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { store } = ports
  app.openapi(routes.start, async (c) => {
    const { dataset, recipe, ...rows } = c.req.valid('json')
    const asked = { dataset, recipe, selection: selectionOf(rows), requestedBy: actorName(actorOf(c)) }
    const id = orProblem(await ports.startRun(asked))
    return c.json(await runById(ports, id), 200)
  })
  app.openapi(routes.list, async (c) => c.json((await listRuns(store)).map(runView), 200))
  app.openapi(routes.show, async (c) => c.json(await runById(ports, c.req.valid('param').id), 200))
}

export const selectionOf = ({
  stations,
  from,
  until,
}: Omit<z.infer<typeof RowSelection>, 'dataset'>): RunSelection => ({
  stations: stations?.map((station) => station.toLowerCase()) ?? null,
  from: from ?? null,
  until: until ?? null,
})

async function runById({ store }: ApiPorts, id: string): Promise<RunResource> {
  const row = await findRun(store, id)
  return runView(orProblem(row === undefined ? refuse('run/notFound', `no run is named ${id}`) : ok(row)))
}
