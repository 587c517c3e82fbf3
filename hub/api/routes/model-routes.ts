/** One version in full: its card, its gates, and the way past them that takes two people. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { fileOf, Manifest } from '@fleetcast/shared/bundle/manifest.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { GateName } from '../../gates/gate-report.ts'
import { listOverrides } from '../../store/queries/gate-overrides.ts'
import { findVersion, type VersionRow } from '../../store/queries/runs-and-versions.ts'
import type { ApiPorts } from '../api-ports.ts'
import { actorOf } from '../asker.ts'
import { orProblem } from '../problems.ts'
import { GateOverrideResource } from '../resources/gates.ts'
import { ModelResource } from '../resources/model.ts'
import { fleetView } from '../views/fleet-view.ts'
import { modelsView } from '../views/models-view.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

const Version = z.object({ recipe: z.string().max(63), version: z.coerce.number().int().min(1) })
const reason = z.string().trim().min(3, 'say why in a few words').max(400)
const DECISIONS = { approve: 'approved', reject: 'rejected' } as const

export const routes = {
  list: defineRoute({
    operationId: 'listModels',
    method: 'get',
    path: '/api/v1/models',
    tags: ['models'],
    summary: 'Every registered version',
    responses: jsonAnswer(z.array(ModelResource)),
  }),
  show: defineRoute({
    operationId: 'readModel',
    method: 'get',
    path: '/api/v1/models/{recipe}/{version}',
    tags: ['models'],
    summary: 'One version with its scores, its gates and their overrides',
    request: { params: Version },
    responses: jsonAnswer(ModelResource),
  }),
  card: defineRoute({
    operationId: 'readModelCard',
    method: 'get',
    path: '/api/v1/models/{recipe}/{version}/card',
    tags: ['models'],
    summary: 'The model card as it is in the bundle (Markdown)',
    request: { params: Version },
    responses: {
      200: { description: 'The card', content: { 'text/markdown': { schema: z.string() } } },
      default: jsonAnswer(z.unknown()).default,
    },
  }),
  listOverrides: defineRoute({
    operationId: 'listGateOverrides',
    method: 'get',
    path: '/api/v1/gate-overrides',
    tags: ['models'],
    summary: 'Every override of a gate that was ever asked for, oldest first',
    responses: jsonAnswer(z.array(GateOverrideResource)),
  }),
  requestOverride: defineRoute({
    operationId: 'requestGateOverride',
    method: 'post',
    path: '/api/v1/gate-overrides',
    tags: ['models'],
    summary: 'Ask that a version may go on in spite of a failed gate',
    request: {
      body: jsonBody(
        z.strictObject({ recipe: z.string().max(63), version: z.int().min(1), gate: GateName, reason }),
      ),
    },
    responses: jsonAnswer(GateOverrideResource),
  }),
  decideOverride: defineRoute({
    operationId: 'decideGateOverride',
    method: 'post',
    path: '/api/v1/gate-overrides/{id}/{decision}',
    tags: ['models'],
    summary: 'approve or reject an override; approving takes another person than the one who asked',
    request: {
      params: z.object({ id: z.string().max(64), decision: z.enum(['approve', 'reject']) }),
      body: jsonBody(z.strictObject({ reason })),
    },
    responses: jsonAnswer(GateOverrideResource),
  }),
}

export function addModelRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { store } = ports
  app.openapi(routes.list, async (c) => c.json(await modelsView(ports, await fleetView(ports)), 200))
  app.openapi(routes.show, async (c) => {
    const { recipe, version } = c.req.valid('param')
    const models = await modelsView(ports, await fleetView(ports))
    const model = models.find((one) => one.recipe === recipe && one.version === version)
    return c.json(orProblem(model === undefined ? unknownVersion(recipe, version) : ok(model)), 200)
  })
  app.openapi(routes.card, async (c) => {
    const { recipe, version } = c.req.valid('param')
    const row = await findVersion(store, recipe, version)
    const card = await readCard(
      ports,
      orProblem(row === undefined ? unknownVersion(recipe, version) : ok(row)),
    )
    const found = card === null ? refuse('file/notFound', `${recipe}@${version} has no card`) : ok(card)
    return c.body(new Uint8Array(orProblem(found)), 200, { 'content-type': 'text/markdown; charset=utf-8' })
  })
  app.openapi(routes.listOverrides, async (c) => c.json(await listOverrides(store), 200))
  app.openapi(routes.requestOverride, async (c) => {
    const request = { ...c.req.valid('json'), requestedBy: actorOf(c).user }
    return c.json(orProblem(await ports.gates.requestOverride(request)), 200)
  })
  app.openapi(routes.decideOverride, async (c) => {
    const { id, decision } = c.req.valid('param')
    const decided = { id, decision: DECISIONS[decision], decidedBy: actorOf(c).user }
    const outcome = await ports.gates.decideOverride({ ...decided, ...c.req.valid('json') })
    return c.json(orProblem(outcome), 200)
  })
}

const unknownVersion = (recipe: string, version: number) =>
  refuse(
    'version/notFound',
    `${recipe} has no version ${version}; "fleetcast models list" shows what there is`,
  )

async function readCard({ trust }: ApiPorts, { manifest }: VersionRow): Promise<Uint8Array | null> {
  const file = fileOf(Manifest.parse(manifest), 'card.md')
  return file === undefined ? null : trust.bundleFile(file.digest)
}
