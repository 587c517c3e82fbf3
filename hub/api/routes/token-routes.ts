/** API tokens: one's own, and for administrators everybody's. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { refuse } from '@fleetcast/shared/result.ts'
import { PASSWORD_LENGTH_MAX } from '../../access/password.ts'
import { provePassword } from '../../access/sign-in.ts'
import {
  createToken,
  revokeToken,
  TOKEN_DAYS_DEFAULT,
  TOKEN_DAYS_MAX,
  visibleTokens,
} from '../../access/token.ts'
import { UserName } from '../../access/user.ts'
import type { TokenRow } from '../../store/queries/access.ts'
import type { ApiPorts } from '../api-ports.ts'
import { actorOf, addressOf } from '../asker.ts'
import { orProblem } from '../problems.ts'
import { MadeTokenResource, RoleName, TokenResource } from '../resources/access.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

const tags = ['access']
const Name = z.string().trim().min(1).max(100)
const Days = z.int().min(1).max(TOKEN_DAYS_MAX, `at most ${TOKEN_DAYS_MAX} days`).default(TOKEN_DAYS_DEFAULT)

export const routes = {
  list: defineRoute({
    operationId: 'listTokens',
    method: 'get',
    path: '/api/v1/tokens',
    tags,
    summary: 'The own tokens; for an administrator everybody’s',
    responses: jsonAnswer(z.array(TokenResource)),
  }),
  create: defineRoute({
    operationId: 'createToken',
    method: 'post',
    path: '/api/v1/tokens',
    tags,
    summary: 'Make a token; it is shown this one time',
    request: {
      body: jsonBody(
        z.strictObject({
          name: Name,
          role: RoleName.optional(),
          days: Days,
          /** Another user's, for administrators. */
          user: UserName.optional(),
        }),
      ),
    },
    responses: jsonAnswer(MadeTokenResource),
  }),
  signIn: defineRoute({
    operationId: 'signInForToken',
    method: 'post',
    path: '/api/v1/tokens/sign-in',
    tags,
    summary: 'Trade a password for a token (for the command line)',
    request: {
      body: jsonBody(
        z.strictObject({
          user: UserName,
          password: z.string().min(1).max(PASSWORD_LENGTH_MAX),
          name: Name,
          days: Days,
        }),
      ),
    },
    responses: jsonAnswer(MadeTokenResource),
  }),
  revoke: defineRoute({
    operationId: 'revokeToken',
    method: 'post',
    path: '/api/v1/tokens/{id}/revoke',
    tags,
    summary: 'Revoke a token at once; `current` is the one that asks',
    request: { params: z.object({ id: z.string().max(20) }), body: jsonBody(z.strictObject({})) },
    responses: jsonAnswer(z.strictObject({ id: z.string() })),
  }),
}

export function addTokenRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { access } = ports
  app.openapi(routes.list, async (c) => c.json((await visibleTokens(access, actorOf(c))).map(tokenView), 200))
  app.openapi(routes.create, async (c) => {
    const maker = actorOf(c)
    const { user = maker.user, role = maker.role, name, days } = c.req.valid('json')
    if (user !== maker.user && maker.role !== 'admin')
      orProblem(refuse('access/forbidden', 'only an administrator makes tokens for others', 'user'))
    const made = orProblem(await createToken(access, { user, name, role, days, maker }))
    return c.json({ ...made, user }, 200)
  })
  app.openapi(routes.signIn, async (c) => {
    const { name, days, ...credentials } = c.req.valid('json')
    const user = orProblem(await provePassword(access, { ...credentials, address: addressOf(c) }))
    const wanted = { user: user.name, name, role: user.role, days, maker: null }
    return c.json({ ...orProblem(await createToken(access, wanted)), user: user.name }, 200)
  })
  app.openapi(routes.revoke, async (c) => {
    const actor = actorOf(c)
    const { id } = c.req.valid('param')
    const own = id === 'current' && actor.kind === 'token' ? actor.tokenId : id
    orProblem(await revokeToken(access, actor, own))
    return c.json({ id: own }, 200)
  })
}

const tokenView = ({ hash: _hash, ...token }: TokenRow): TokenResource => token
