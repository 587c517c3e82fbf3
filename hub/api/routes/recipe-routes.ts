import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { NewRecipe } from '@fleetcast/shared/recipe/new-recipe.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { ok, refuse } from '@fleetcast/shared/result.ts'
import { applyRecipe } from '../../recipes/apply-recipe.ts'
import { findRecipe, listRecipes, type RecipeRow } from '../../store/queries/recipes-and-datasets.ts'
import type { ApiPorts } from '../api-ports.ts'
import { orProblem, RefusedRequest } from '../problems.ts'
import { RecipeApplied, RecipeResource } from '../resources/recipe.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

const nameParam = z.object({ name: z.string().max(63) })

export const routes = {
  list: defineRoute({
    method: 'get',
    path: '/api/v1/recipes',
    operationId: 'listRecipes',
    tags: ['recipes'],
    summary: 'Every recipe',
    responses: jsonAnswer(z.array(RecipeResource)),
  }),
  show: defineRoute({
    method: 'get',
    path: '/api/v1/recipes/{name}',
    operationId: 'showRecipe',
    tags: ['recipes'],
    summary: 'One recipe',
    request: { params: nameParam },
    responses: jsonAnswer(RecipeResource),
  }),
  apply: defineRoute({
    method: 'put',
    path: '/api/v1/recipes/{name}',
    operationId: 'applyRecipe',
    tags: ['recipes'],
    summary: 'Store a recipe, or change its policy',
    // Its own schema is applied in the handler, so that a refusal names the recipe's key and not the request's.
    request: { params: nameParam, body: jsonBody(z.record(z.string(), z.unknown())) },
    responses: jsonAnswer(RecipeApplied),
  }),
}

export function addRecipeRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { store, changes } = ports
  app.openapi(routes.list, async (c) => c.json((await listRecipes(store)).map(resourceOf), 200))
  app.openapi(routes.show, async (c) => {
    const { name } = c.req.valid('param')
    const row = await findRecipe(store, name)
    const missing = refuse(
      'recipe/notFound',
      `no recipe is named ${name}; "fleetcast recipes list" shows them`,
    )
    return c.json(resourceOf(orProblem(row === undefined ? missing : ok(row))), 200)
  })
  app.openapi(routes.apply, async (c) => {
    const { name } = c.req.valid('param')
    const recipe = parseRecipe(c.req.valid('json'), name)
    const applied = orProblem(await applyRecipe(ports, recipe))
    changes.announce('recipes')
    return c.json({ ...applied, name, changes: [...applied.changes], weakened: [...applied.weakened] }, 200)
  })
}

/** The recipe of a request's body, which must be the one that its path names. */
export function parseRecipe(body: unknown, name: string): Recipe {
  const recipe = NewRecipe.safeParse(body)
  if (!recipe.success) {
    const [issue] = recipe.error.issues
    const at = issue?.path.join('.') ?? ''
    throw new RefusedRequest({
      code: 'recipe/invalid',
      message: `${at}: ${issue?.message ?? 'no recipe'}`,
      at,
    })
  }
  if (recipe.data.name === name) return recipe.data
  throw new RefusedRequest({
    code: 'recipe/otherName',
    message: `the recipe calls itself ${recipe.data.name}, not ${name}`,
  })
}

const resourceOf = ({ name, digest, body, createdAt }: RecipeRow): RecipeResource => ({
  name,
  title: Recipe.parse(body).title,
  digest,
  body,
  createdAt,
})
