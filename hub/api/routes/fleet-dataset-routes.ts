/** Datasets from what the fleet itself has measured. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { DeviceId, SiteId } from '@fleetcast/shared/ids.ts'
import type { ApiPorts } from '../api-ports.ts'
import { orProblem } from '../problems.ts'
import { DatasetResource } from '../resources/dataset.ts'
import { datasetByDigest } from '../views/dataset-view.ts'
import { defineRoute, jsonAnswer, jsonBody, timeOrNull } from './route-parts.ts'

const time = z.iso.datetime()
const FleetImportBody = z.strictObject({
  recipe: z.string().max(63).default('temperature-24h'),
  name: z.string().min(1).max(200),
  /** What had arrived by then; now when left out. The same time gives the same dataset, whatever arrives later. */
  asOf: time.optional(),
  /** Event times in [from, until). */
  from: time.optional(),
  until: time.optional(),
  /** Sites; all when left out. */
  stations: z.array(SiteId).min(1).max(1_000).optional(),
  /** Needed where several devices measure at one site. */
  devices: z.array(DeviceId).min(1).max(1_000).optional(),
})

export const routes = {
  fromFleet: defineRoute({
    operationId: 'importFromFleet',
    method: 'post',
    path: '/api/v1/datasets/from-fleet',
    tags: ['datasets'],
    summary: 'Make a dataset from the readings that stations sent, as known at a time',
    request: { body: jsonBody(FleetImportBody) },
    responses: jsonAnswer(DatasetResource),
  }),
}

export function addFleetDatasetRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  app.openapi(routes.fromFleet, async (c) => {
    const { recipe, name, stations = null, devices = null, ...times } = c.req.valid('json')
    const imported = await ports.importFromFleet({
      ...{ recipe, name, stations, devices },
      ...{ asOf: timeOrNull(times.asOf), from: timeOrNull(times.from), until: timeOrNull(times.until) },
      signal: c.req.raw.signal,
    })
    return c.json(await datasetByDigest(ports, orProblem(imported).digest), 200)
  })
}
