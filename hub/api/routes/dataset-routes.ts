import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { listDatasets } from '../../store/queries/recipes-and-datasets.ts'
import { PLAIN_MAPPING, TableMapping } from '../../datasets/table-mapping.ts'
import type { ApiPorts } from '../api-ports.ts'
import { orProblem } from '../problems.ts'
import { DatasetResource, ImportResource } from '../resources/dataset.ts'
import { datasetByDigest, datasetView } from '../views/dataset-view.ts'
import { defineRoute, jsonAnswer, timeOrNull } from './route-parts.ts'

/** A text parameter that holds JSON. */
const mapping = z
  .string()
  .max(8_000)
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch (cause) {
      context.addIssue({ code: 'custom', message: `mapping is no JSON (${String(cause).slice(0, 100)})` })
      return z.NEVER
    }
  })
  .pipe(TableMapping)

const importQuery = z.object({
  recipe: z.string().max(63),
  name: z.string().min(1).max(200),
  /** Rows at or after this event time are left out. */
  until: z.iso.datetime().optional(),
  /** Rows that arrived after this time are left out. */
  asOf: z.iso.datetime().optional(),
  /** Columns, units and times of the table, as JSON. */
  mapping: mapping.optional(),
  /** `false`: answer with the report and store nothing. */
  store: z.enum(['true', 'false']).default('true'),
})

export const routes = {
  import: defineRoute({
    operationId: 'importDataset',
    method: 'post',
    path: '/api/v1/datasets',
    tags: ['datasets'],
    summary: 'Import a table: CSV, NDJSON or Parquet, packed with gzip or not',
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
  imports: defineRoute({
    operationId: 'listImports',
    method: 'get',
    path: '/api/v1/imports',
    tags: ['datasets'],
    summary: 'Imports under way',
    responses: jsonAnswer(z.array(ImportResource)),
  }),
  cancel: defineRoute({
    operationId: 'cancelImport',
    method: 'delete',
    path: '/api/v1/imports/{id}',
    tags: ['datasets'],
    summary: 'Ends an import; nothing of it stays',
    request: { params: z.object({ id: z.string().max(64) }) },
    responses: jsonAnswer(z.strictObject({ id: z.string() })),
  }),
}

export function addDatasetRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  app.openapi(routes.import, async (c) => {
    const { store, ...query } = c.req.valid('query')
    const body = c.req.raw.body
    const upload = orProblem(body === null ? refuse('dataset/empty', 'send the table as the body') : ok(body))
    const imported = orProblem(
      await ports.imports.run({
        ...{ recipe: query.recipe, name: query.name, mapping: query.mapping ?? PLAIN_MAPPING },
        ...{ until: timeOrNull(query.until), asOf: timeOrNull(query.asOf) },
        source: 'table',
        isStored: store === 'true',
        body: upload,
        onProgress: () => undefined,
        signal: c.req.raw.signal,
      }),
    )
    if (store === 'true') return c.json(await datasetByDigest(ports, imported.digest), 200)
    const unstored = { ...imported, name: query.name, createdAt: ports.clock.now() }
    return c.json(datasetView(unstored), 200)
  })
  app.openapi(routes.imports, (c) => c.json([...ports.imports.list()], 200))
  app.openapi(routes.cancel, (c) => {
    const { id } = c.req.valid('param')
    orProblem(ports.imports.cancel(id))
    return c.json({ id }, 200)
  })
  app.openapi(routes.list, async (c) => c.json((await listDatasets(ports.store)).map(datasetView), 200))
  app.openapi(routes.show, async (c) =>
    c.json(await datasetByDigest(ports, c.req.valid('param').digest), 200),
  )
}
