import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { findDataset, listDatasets, type DatasetRow } from '../../store/queries/recipes-and-datasets.ts'
import { DatasetReport } from '../../datasets/dataset-report.ts'
import type { ApiPorts } from '../api-ports.ts'
import { orProblem } from '../problems.ts'
import { DatasetResource } from '../resources/dataset.ts'
import { defineRoute, jsonAnswer } from './route-parts.ts'

const importQuery = z.object({
  recipe: z.string().max(63),
  name: z.string().min(1).max(200),
  until: z.iso.datetime().optional(),
})

export const routes = {
  import: defineRoute({
    operationId: 'importDataset',
    method: 'post',
    path: '/api/v1/datasets',
    tags: ['datasets'],
    summary: 'Import a CSV (text/csv or application/gzip body)',
    request: { query: importQuery },
    responses: jsonAnswer(DatasetResource),
  }),
  list: defineRoute({
    operationId: 'listDatasets',
    method: 'get',
    path: '/api/v1/datasets',
    tags: ['datasets'],
    summary: 'Every dataset',
    responses: jsonAnswer(z.array(DatasetResource)),
  }),
  show: defineRoute({
    operationId: 'readDataset',
    method: 'get',
    path: '/api/v1/datasets/{digest}',
    tags: ['datasets'],
    summary: 'One dataset with its quality report',
    request: { params: z.object({ digest: z.string().max(64) }) },
    responses: jsonAnswer(DatasetResource),
  }),
}

export function addDatasetRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  app.openapi(routes.import, async (c) => {
    const { recipe, name, until } = c.req.valid('query')
    const body = c.req.raw.body
    const upload = orProblem(body === null ? refuse('dataset/empty', 'send the CSV as the body') : ok(body))
    const digest = orProblem(
      await ports.importDataset({
        recipe,
        name,
        until: until === undefined ? null : epochMs(Date.parse(until)),
        body: upload,
      }),
    )
    return c.json(await datasetByDigest(ports, digest), 200)
  })
  app.openapi(routes.list, async (c) => c.json((await listDatasets(ports.store)).map(datasetView), 200))
  app.openapi(routes.show, async (c) =>
    c.json(await datasetByDigest(ports, c.req.valid('param').digest), 200),
  )
}

async function datasetByDigest({ store }: ApiPorts, digest: string): Promise<DatasetResource> {
  const row = await findDataset(store, digest)
  return datasetView(
    orProblem(
      row === undefined
        ? refuse('dataset/notFound', `no dataset, or more than one, starts with ${digest}`)
        : ok(row),
    ),
  )
}

const datasetView = (row: DatasetRow): DatasetResource => ({
  ...DatasetReport.parse(row.report),
  digest: row.digest,
  name: row.name,
  createdAt: row.createdAt,
})
