/** Which registered versions may run, and what a releaser needs to look at before signing. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { BundleDigest, Sha256 } from '@fleetcast/shared/ids.ts'
import { METADATA_BYTES_MAX } from '@fleetcast/shared/protocol/limits.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { targetPath } from '@fleetcast/shared/trust/model-target.ts'
import { listVersions } from '../../store/queries/runs-and-versions.ts'
import type { ApiPorts } from '../api-ports.ts'
import { orProblem } from '../problems.ts'
import { ReleaseResource } from '../resources/trust.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

const Version = { recipe: z.string().max(63), version: z.int().min(1) }
const ReleaseInDemo = z.strictObject({
  ...Version,
  epoch: z.int().min(1).max(1_000_000).default(1),
  hardware: z.array(z.string().min(1).max(63)).min(1).max(64).default(['*']),
})
const RevokeInDemo = z.strictObject({
  ...Version,
  reason: z.string().trim().min(3, 'say why in a few words').max(400),
})

export const routes = {
  list: defineRoute({
    method: 'get',
    path: '/api/v1/releases',
    operationId: 'listReleases',
    tags: ['releases'],
    summary: 'Every registered version and what the release key says of it',
    responses: jsonAnswer(z.array(ReleaseResource)),
  }),
  publish: defineRoute({
    method: 'post',
    path: '/api/v1/releases',
    operationId: 'publishRelease',
    tags: ['releases'],
    summary: 'Publish the next list of releases, signed by the release keys',
    request: { body: jsonBody(z.strictObject({ targets: z.string().max(METADATA_BYTES_MAX) })) },
    responses: jsonAnswer(z.array(ReleaseResource)),
  }),
  releaseHere: defineRoute({
    method: 'post',
    path: '/api/v1/releases/demo',
    operationId: 'releaseInDemo',
    tags: ['releases'],
    summary: 'Release a version with the release key on the hub (demo trust)',
    request: { body: jsonBody(ReleaseInDemo) },
    responses: jsonAnswer(z.array(ReleaseResource)),
  }),
  revokeHere: defineRoute({
    method: 'post',
    path: '/api/v1/releases/demo/revocations',
    operationId: 'revokeInDemo',
    tags: ['releases'],
    summary: 'Revoke a version with the release key on the hub (demo trust)',
    request: { body: jsonBody(RevokeInDemo) },
    responses: jsonAnswer(z.array(ReleaseResource)),
  }),
  file: defineRoute({
    method: 'get',
    path: '/api/v1/releases/files/{digest}',
    operationId: 'downloadReleaseFile',
    tags: ['releases'],
    summary: 'A manifest or a file of a bundle, by its SHA-256',
    request: { params: z.object({ digest: Sha256 }) },
    responses: {
      200: {
        description: 'The bytes',
        content: { 'application/octet-stream': { schema: z.string() } },
      },
      default: jsonAnswer(z.unknown()).default,
    },
  }),
}

export function addReleaseRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { trust } = ports
  app.openapi(routes.list, async (c) => c.json(await releases(ports), 200))
  app.openapi(routes.publish, async (c) => {
    orProblem(await trust.publishRelease(c.req.valid('json').targets))
    return c.json(await releases(ports), 200)
  })
  app.openapi(routes.releaseHere, async (c) => {
    orProblem(await trust.releaseHere(c.req.valid('json')))
    return c.json(await releases(ports), 200)
  })
  app.openapi(routes.revokeHere, async (c) => {
    const { recipe, version, reason } = c.req.valid('json')
    orProblem(await trust.revokeHere(targetPath(recipe, version), reason))
    return c.json(await releases(ports), 200)
  })
  app.openapi(routes.file, async (c) => {
    const { digest } = c.req.valid('param')
    const bytes = await trust.bundleFile(digest)
    const found = orProblem(
      bytes === null ? refuse('file/notFound', `no file has the digest ${digest}`) : ok(bytes),
    )
    return c.body(new Uint8Array(found), 200, { 'content-type': 'application/octet-stream' })
  })
}

async function releases({ store, trust }: ApiPorts): Promise<ReleaseResource[]> {
  return (await listVersions(store)).map(({ recipe, version, digest }) => {
    const { hardware, ...said } = trust.releaseState(BundleDigest.parse(digest))
    return { recipe, version, digest, hardware: [...hardware], ...said }
  })
}
