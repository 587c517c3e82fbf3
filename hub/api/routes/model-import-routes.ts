/** Models made elsewhere: an ONNX file, what its author says of it, and the rows to judge it on. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { actorName } from '../../access/access-ports.ts'
import { readImportSignature } from '../../onnx/import-signature.ts'
import { findRun } from '../../store/queries/runs-and-versions.ts'
import type { ApiPorts } from '../api-ports.ts'
import { actorOf } from '../asker.ts'
import { orProblem } from '../problems.ts'
import { StartedRunResource } from '../resources/run.ts'
import { runView } from '../views/run-view.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'
import { RowSelection, selectionOf } from './run-routes.ts'

export const MODEL_IMPORT_PATH = '/api/v1/models/imports'
/** Four times what the gates let through by default. */
export const IMPORTED_MODEL_BYTES_MAX = 8 * 1024 * 1024
const BASE64_MAX = Math.ceil(IMPORTED_MODEL_BYTES_MAX / 3) * 4
/** The model as text, its signature, and the rest. */
export const MODEL_IMPORT_BODY_BYTES_MAX = BASE64_MAX + 1024 * 1024

const ImportBody = RowSelection.extend({
  /** The ONNX file. */
  model: z.base64().max(BASE64_MAX),
  // Its own schema is applied in the handler, so that a refusal names the signature's key and not the request's.
  signature: z.record(z.string(), z.unknown()),
})

export const routes = {
  import: defineRoute({
    operationId: 'importModel',
    method: 'post',
    path: MODEL_IMPORT_PATH,
    tags: ['models'],
    summary: 'Judge a model that was made elsewhere, and register it as a version',
    request: { body: jsonBody(ImportBody) },
    responses: jsonAnswer(StartedRunResource),
  }),
}

export function addModelImportRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  app.openapi(routes.import, async (c) => {
    const { model, signature, dataset, ...rows } = c.req.valid('json')
    const { id, isReused } = orProblem(
      await ports.importModel({
        model: Buffer.from(model, 'base64'),
        signature: orProblem(readImportSignature(JSON.stringify(signature))),
        dataset,
        selection: selectionOf(rows),
        requestedBy: actorName(actorOf(c)),
      }),
    )
    const run = await findRun(ports.store, id)
    const view = runView(
      orProblem(run === undefined ? refuse('run/notFound', `no run is named ${id}`) : ok(run)),
    )
    return c.json({ ...view, isReused }, 200)
  })
}
