import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { actorName } from '../../access/access-ports.ts'
import type { RunSelection } from '../../runs/run-selection.ts'
import { findRun, listRuns, type RunRow } from '../../store/queries/runs-and-versions.ts'
import type { ApiPorts } from '../api-ports.ts'
import { actorOf } from '../asker.ts'
import { orProblem } from '../problems.ts'
import { RunDetail, RunResource, StartedRunResource } from '../resources/run.ts'
import { runDetail, runView } from '../views/run-view.ts'
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

const RunRequest = RowSelection.extend({
  recipe: z.string().max(63),
  /** Train even where equal inputs have a version already. */
  again: z.boolean().default(false),
})
const id = z.object({ id: z.string().max(64) })

export const routes = {
  start: defineRoute({
    operationId: 'startRun',
    method: 'post',
    path: '/api/v1/runs',
    tags: ['training'],
    summary: 'Train a version; equal inputs answer with the run that has done or is doing the same',
    request: { body: jsonBody(RunRequest) },
    responses: jsonAnswer(StartedRunResource),
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
    summary: 'One run with its trials, its lock and what it found',
    request: { params: id },
    responses: jsonAnswer(RunDetail),
  }),
  cancel: defineRoute({
    operationId: 'cancelRun',
    method: 'post',
    path: '/api/v1/runs/{id}/cancel',
    tags: ['training'],
    summary: 'End a run that is queued or running; nothing of it stays but its row',
    request: { params: id, body: jsonBody(z.strictObject({ reason: z.string().min(3).max(400) })) },
    responses: jsonAnswer(RunResource),
  }),
  reproduce: defineRoute({
    operationId: 'reproduceRun',
    method: 'post',
    path: '/api/v1/runs/{id}/reproduce',
    tags: ['training'],
    summary: 'Train again from the same inputs, register nothing, and compare what comes out',
    request: { params: id },
    responses: jsonAnswer(RunResource),
  }),
}

export function addRunRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { store } = ports
  app.openapi(routes.start, async (c) => {
    const { dataset, recipe, again, ...rows } = c.req.valid('json')
    const selection = selectionOf(rows)
    const asked = { dataset, recipe, selection, isAgain: again, requestedBy: actorName(actorOf(c)) }
    const started = orProblem(await ports.startRun(asked))
    return c.json({ ...runView(await runById(ports, started.id)), isReused: started.isReused }, 200)
  })
  app.openapi(routes.list, async (c) => c.json((await listRuns(store)).map(runView), 200))
  app.openapi(routes.show, async (c) =>
    c.json(await runDetail(ports, await runById(ports, c.req.valid('param').id)), 200),
  )
  app.openapi(routes.cancel, async (c) => {
    const { id: run } = c.req.valid('param')
    const { reason } = c.req.valid('json')
    orProblem(await ports.cancelRun({ id: run, reason, by: actorName(actorOf(c)) }))
    return c.json(runView(await runById(ports, run)), 200)
  })
  app.openapi(routes.reproduce, async (c) => {
    const asked = { of: c.req.valid('param').id, requestedBy: actorName(actorOf(c)) }
    return c.json(runView(await runById(ports, orProblem(await ports.reproduceRun(asked)))), 200)
  })
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

async function runById({ store }: ApiPorts, run: string): Promise<RunRow> {
  const row = await findRun(store, run)
  return orProblem(row === undefined ? refuse('run/notFound', `no run is named ${run}`) : ok(row))
}
