/** Keys and roots: what is trusted, and how something else comes to be. Who signed decides; the hub only checks. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { METADATA_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { REPOSITORIES } from '@fleetcast/shared/protocol/metadata.ts'
import { KEY_NAMES } from '../../ports/trust-files.ts'
import type { ApiPorts } from '../api-ports.ts'
import { orProblem } from '../problems.ts'
import { PublishedResource, TrustStatus } from '../resources/trust.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

const StagedFile = z.strictObject({
  repository: z.enum(REPOSITORIES),
  file: z.string().regex(/^\d{1,10}\.(root|targets)\.json$/, 'N.root.json or N.targets.json'),
  text: z.string().max(METADATA_BYTES_MAX),
})
const PublicKeys = z.object({ 'image-online': z.string(), 'director-online': z.string() })
const OnlineName = z.enum(['image-online', 'director-online'])

export const routes = {
  status: defineRoute({
    method: 'get',
    path: '/api/v1/trust/status',
    operationId: 'trustStatus',
    tags: ['trust'],
    summary: 'Which keys are trusted for what, and what expires when',
    responses: jsonAnswer(TrustStatus),
  }),
  published: defineRoute({
    method: 'get',
    path: '/api/v1/trust/published',
    operationId: 'trustPublished',
    tags: ['trust'],
    summary: 'The newest roots and the list of releases, as signed',
    responses: jsonAnswer(PublishedResource),
  }),
  keys: defineRoute({
    method: 'get',
    path: '/api/v1/trust/keys',
    operationId: 'trustKeys',
    tags: ['trust'],
    summary: 'Public parts (PEM) of the two keys that lie on the hub',
    responses: jsonAnswer(PublicKeys),
  }),
  newKey: defineRoute({
    method: 'post',
    path: '/api/v1/trust/keys',
    operationId: 'makeOnlineKey',
    tags: ['trust'],
    summary: 'Make a new online key, which waits until a root names it',
    request: { body: jsonBody(z.strictObject({ name: OnlineName })) },
    responses: jsonAnswer(z.object({ publicKey: z.string() })),
  }),
  publish: defineRoute({
    method: 'post',
    path: '/api/v1/trust/publications',
    operationId: 'publishTrust',
    tags: ['trust'],
    summary: 'Publish signed roots and lists of releases; refused unless their thresholds are met',
    request: { body: jsonBody(z.strictObject({ files: z.array(StagedFile).min(1).max(3) })) },
    responses: jsonAnswer(TrustStatus),
  }),
  demo: defineRoute({
    method: 'post',
    path: '/api/v1/trust/demo',
    operationId: 'initDemoTrust',
    tags: ['trust'],
    summary: 'Demo trust: the hub makes and keeps every key',
    request: { body: jsonBody(z.strictObject({})) },
    responses: jsonAnswer(TrustStatus),
  }),
  rotate: defineRoute({
    method: 'post',
    path: '/api/v1/trust/demo/rotations',
    operationId: 'rotateDemoKey',
    tags: ['trust'],
    summary: 'Replace one key of demo trust',
    request: { body: jsonBody(z.strictObject({ name: z.enum(KEY_NAMES) })) },
    responses: jsonAnswer(TrustStatus),
  }),
}

export function addTrustRoutes(app: OpenAPIHono, { trust }: ApiPorts): void {
  app.openapi(routes.status, (c) => c.json(trust.status(), 200))
  app.openapi(routes.published, (c) => c.json(trust.published(), 200))
  app.openapi(routes.keys, async (c) => c.json(await trust.onlineKeys(), 200))
  app.openapi(routes.newKey, async (c) =>
    c.json({ publicKey: await trust.newOnlineKey(c.req.valid('json').name) }, 200),
  )
  app.openapi(routes.publish, async (c) => {
    orProblem(await trust.publish(c.req.valid('json').files))
    return c.json(trust.status(), 200)
  })
  app.openapi(routes.demo, async (c) => {
    orProblem(await trust.initDemo())
    return c.json(trust.status(), 200)
  })
  app.openapi(routes.rotate, async (c) => {
    orProblem(await trust.rotateDemo(c.req.valid('json').name))
    return c.json(trust.status(), 200)
  })
}
