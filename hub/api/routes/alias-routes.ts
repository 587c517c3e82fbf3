/** Aliases of a recipe: where they point, where they pointed, and moving them. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { ok, refuse, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { actorName, type Actor } from '../../access/access-ports.ts'
import { AliasName } from '../../registry/alias-name.ts'
import {
  removeAlias,
  restoreAlias,
  setAlias,
  type AliasActor,
  type AliasOutcome,
} from '../../registry/aliases.ts'
import { protectAlias } from '../../registry/protect-alias.ts'
import { listAliasHistory, type AliasKey } from '../../store/queries/aliases.ts'
import { findRecipe } from '../../store/queries/recipes-and-datasets.ts'
import type { ApiPorts } from '../api-ports.ts'
import { actorOf } from '../asker.ts'
import { orProblem } from '../problems.ts'
import { AliasEntryResource, AliasOutcomeResource, AliasResource } from '../resources/alias.ts'
import { aliasesView, historyView, requestsView } from '../views/alias-view.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

export const Reason = z.string().trim().min(3, 'say why in a few words').max(400)
const Revision = z.int().min(0)
const recipe = z.string().max(63)
const alias = { params: z.object({ recipe, name: AliasName }) }
const path = '/api/v1/recipes/{recipe}/aliases/{name}' as const
const tags = ['aliases']

export const routes = {
  list: defineRoute({
    operationId: 'listAliases',
    method: 'get',
    path: '/api/v1/recipes/{recipe}/aliases',
    tags,
    summary: 'Every alias of a recipe',
    request: { params: z.object({ recipe }) },
    responses: jsonAnswer(z.array(AliasResource)),
  }),
  history: defineRoute({
    operationId: 'readAliasHistory',
    method: 'get',
    path: '/api/v1/recipes/{recipe}/alias-history',
    tags,
    summary: 'Every move of a recipe’s aliases, newest first; of one alias with ?name=',
    request: { params: z.object({ recipe }), query: z.object({ name: AliasName.optional() }) },
    responses: jsonAnswer(z.array(AliasEntryResource)),
  }),
  set: defineRoute({
    operationId: 'setAlias',
    method: 'put',
    path,
    tags,
    summary: 'Point an alias to a version; a protected one asks for a second person',
    request: {
      ...alias,
      body: jsonBody(
        z.strictObject({
          /** `recipe@2`, `recipe@candidate` or the start of a digest. */
          version: z.string().max(160),
          expectedRevision: Revision,
          reason: Reason,
        }),
      ),
    },
    responses: jsonAnswer(AliasOutcomeResource),
  }),
  restore: defineRoute({
    operationId: 'restoreAlias',
    method: 'post',
    path: `${path}/restore`,
    tags,
    summary: 'Return an alias to its previous value',
    request: {
      ...alias,
      body: jsonBody(z.strictObject({ expectedRevision: Revision, reason: Reason })),
    },
    responses: jsonAnswer(AliasOutcomeResource),
  }),
  remove: defineRoute({
    operationId: 'removeAlias',
    method: 'delete',
    path,
    tags,
    summary: 'Remove an alias; its history stays',
    request: {
      ...alias,
      query: z.object({ expectedRevision: z.coerce.number().pipe(Revision), reason: Reason }),
    },
    responses: jsonAnswer(AliasOutcomeResource),
  }),
  protect: defineRoute({
    operationId: 'protectAlias',
    method: 'put',
    path: `${path}/protection`,
    tags,
    summary: 'Whether changes of an alias need a second person',
    request: { ...alias, body: jsonBody(z.strictObject({ isProtected: z.boolean(), reason: Reason })) },
    responses: jsonAnswer(z.strictObject({ recipe, name: z.string(), isProtected: z.boolean() })),
  }),
}

export function addAliasRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { store, changes } = ports
  app.openapi(routes.list, async (c) => {
    const named = await knownRecipe(ports, c.req.valid('param').recipe)
    return c.json(await aliasesView(store, named), 200)
  })
  app.openapi(routes.history, async (c) => {
    const named = await knownRecipe(ports, c.req.valid('param').recipe)
    const entries = await listAliasHistory(store, { recipe: named, name: c.req.valid('query').name })
    return c.json(await historyView(store, entries), 200)
  })
  app.openapi(routes.set, async (c) => {
    const key = c.req.valid('param')
    const outcome = await setAlias(ports, { ...key, ...c.req.valid('json'), actor: whoIs(actorOf(c)) })
    return c.json(await answer(ports, key, outcome), 200)
  })
  app.openapi(routes.restore, async (c) => {
    const key = c.req.valid('param')
    const outcome = await restoreAlias(ports, { ...key, ...c.req.valid('json'), actor: whoIs(actorOf(c)) })
    return c.json(await answer(ports, key, outcome), 200)
  })
  app.openapi(routes.remove, async (c) => {
    const key = c.req.valid('param')
    const outcome = await removeAlias(ports, { ...key, ...c.req.valid('query'), actor: whoIs(actorOf(c)) })
    return c.json(await answer(ports, key, outcome), 200)
  })
  app.openapi(routes.protect, async (c) => {
    const { recipe: named, name } = c.req.valid('param')
    await knownRecipe(ports, named)
    const { isProtected, reason } = c.req.valid('json')
    const by = actorName(actorOf(c))
    await protectAlias(ports, { recipe: named, name, isProtected, reason, by })
    changes.announce('models', 'events')
    return c.json({ recipe: named, name, isProtected }, 200)
  })
}

/** The audit log's name, and the person behind it. */
export const whoIs = (actor: Actor): AliasActor => ({ name: actorName(actor), user: actor.user })

async function knownRecipe({ store }: ApiPorts, name: string): Promise<string> {
  const row = await findRecipe(store, name)
  const missing = refuse('recipe/notFound', `no recipe is named ${name}; "fleetcast recipes list" shows them`)
  return orProblem(row === undefined ? missing : ok(row.name))
}

async function answer(
  { store, changes }: ApiPorts,
  { recipe: of, name }: AliasKey,
  outcome: Result<AliasOutcome, Refusal>,
): Promise<AliasOutcomeResource> {
  const { request } = orProblem(outcome)
  changes.announce('models', 'events')
  const [shown = null] = request === null ? [] : await requestsView(store, [request])
  return { alias: (await aliasesView(store, of)).find((one) => one.name === name) ?? null, request: shown }
}
