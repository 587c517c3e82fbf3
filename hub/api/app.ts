/** The hub's HTTP surface: the API under /api/v1, its description, and the dashboard's files. */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { serveStatic } from '@hono/node-server/serve-static'
import { METADATA_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { HUB_VERSION } from '../config/version.ts'
import type { ApiPorts } from './api-ports.ts'
import { guardAccess } from './access-guard.ts'
import { noStore, onlyJsonBodies, onlyOwnHosts, safeHeaders } from './guards.ts'
import { headersOf, problemOf, RefusedRequest } from './problems.ts'
import { addAliasRequestRoutes } from './routes/alias-request-routes.ts'
import { addAliasRoutes } from './routes/alias-routes.ts'
import { addAuditRoutes } from './routes/audit-routes.ts'
import { addDatasetRoutes } from './routes/dataset-routes.ts'
import { addFleetDatasetRoutes } from './routes/fleet-dataset-routes.ts'
import { addDeviceRoutes, BULK_PATH } from './routes/device-routes.ts'
import { addEnrolmentRoutes } from './routes/enrolment-routes.ts'
import { addLineageRoutes } from './routes/lineage-routes.ts'
import { addModelRoutes } from './routes/model-routes.ts'
import { addOverviewRoutes } from './routes/overview-routes.ts'
import { addRecipeRoutes } from './routes/recipe-routes.ts'
import { addRolloutRoutes } from './routes/rollout-routes.ts'
import { addRunRoutes } from './routes/run-routes.ts'
import { addScoreRoutes } from './routes/score-routes.ts'
import { addSessionRoutes } from './routes/session-routes.ts'
import { addStudyRoutes } from './routes/study-routes.ts'
import { addTokenRoutes } from './routes/token-routes.ts'
import { addUserRoutes } from './routes/user-routes.ts'
import { addTrustRoutes } from './routes/trust-routes.ts'
import {
  addModelImportRoutes,
  MODEL_IMPORT_BODY_BYTES_MAX,
  MODEL_IMPORT_PATH,
} from './routes/model-import-routes.ts'
import { addReleaseRoutes } from './routes/release-routes.ts'
import { addVersionRoutes } from './routes/version-routes.ts'

const JSON_BODY_BYTES_MAX = 64 * 1024
/** 10,000 devices with the longest names. */
const BULK_BODY_BYTES_MAX = 2 * 1024 * 1024
/** Signed metadata grow with the number of releases; here they come as JSON inside JSON. */
const SIGNED_BODY_BYTES_MAX = 2 * METADATA_BYTES_MAX
const BODY_BYTES_MAX_BY_PATH: ReadonlyMap<string, number> = new Map([
  [BULK_PATH, BULK_BODY_BYTES_MAX],
  ['/api/v1/trust/publications', SIGNED_BODY_BYTES_MAX],
  ['/api/v1/releases', SIGNED_BODY_BYTES_MAX],
  [MODEL_IMPORT_PATH, MODEL_IMPORT_BODY_BYTES_MAX],
])

export function createApp(ports: ApiPorts, webFolder: string): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (result.success) return undefined
      const [issue] = result.error.issues
      throw new RefusedRequest({
        code: 'request/invalid',
        message: issue?.message ?? 'the request does not fit its schema',
        at: issue?.path.join('.') ?? '',
      })
    },
  })
  app.use(onlyOwnHosts(ports.config), safeHeaders(ports.config), onlyJsonBodies)
  app.use('/api/*', noStore)
  app.use(async (c, next) => {
    // A dataset is a stream; its importer counts the bytes.
    if (c.req.path === '/api/v1/datasets') return next()
    return bodyLimitOf(BODY_BYTES_MAX_BY_PATH.get(c.req.path) ?? JSON_BODY_BYTES_MAX)(c, next)
  })
  app.use('/api/*', guardAccess(ports))
  answerErrors(app, ports)
  addSessionRoutes(app, ports)
  addUserRoutes(app, ports)
  addTokenRoutes(app, ports)
  addAuditRoutes(app, ports)
  addOverviewRoutes(app, ports)
  addDeviceRoutes(app, ports)
  addEnrolmentRoutes(app, ports)
  addDatasetRoutes(app, ports)
  addFleetDatasetRoutes(app, ports)
  addLineageRoutes(app, ports)
  addRunRoutes(app, ports)
  addModelRoutes(app, ports)
  addModelImportRoutes(app, ports)
  addRecipeRoutes(app, ports)
  addScoreRoutes(app, ports)
  addStudyRoutes(app, ports)
  addRolloutRoutes(app, ports)
  addTrustRoutes(app, ports)
  addReleaseRoutes(app, ports)
  addAliasRoutes(app, ports)
  addAliasRequestRoutes(app, ports)
  addVersionRoutes(app, ports)
  app.doc31('/api/openapi.json', { openapi: '3.1.0', info: { title: 'Fleetcast hub', version: HUB_VERSION } })
  app.use('/*', serveStatic({ root: webFolder }))
  return app
}

const bodyLimitOf = (maxSize: number): MiddlewareHandler =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new RefusedRequest({
        code: 'request/tooLarge',
        message: `a body is at most ${maxSize} bytes here`,
      })
    },
  })

function answerErrors(app: OpenAPIHono, { log }: ApiPorts): void {
  const answer = (refusal: Parameters<typeof problemOf>[0]): Response => {
    const problem = problemOf(refusal)
    return new Response(JSON.stringify(problem), {
      status: problem.status,
      headers: headersOf(refusal),
    })
  }
  app.onError((cause, c) => {
    if (cause instanceof RefusedRequest) return answer(cause.refusal)
    if ('status' in cause && typeof cause.status === 'number' && cause.status < 500)
      return answer({ code: 'request/invalid', message: cause.message })
    log.error({ cause, path: c.req.path }, 'a request failed')
    return answer({
      code: 'hub/internal',
      message: 'the hub failed on this request; its log has the cause',
    })
  })
  app.notFound((c) => answer({ code: 'request/notFound', message: `nothing is at ${c.req.path}` }))
}
