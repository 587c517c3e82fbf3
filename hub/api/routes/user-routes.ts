/** Users, for administrators: who they are, what they may do, and the link by which they enter. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import { assert } from '@fleetcast/shared/assert.ts'
import { addUser, changeRole, inviteUser, setDisabled, UserName } from '../../access/user.ts'
import { findUser, listUsers, type UserRow } from '../../store/queries/access.ts'
import type { ApiPorts } from '../api-ports.ts'
import { orProblem } from '../problems.ts'
import { InvitedUser, RoleName, UserResource } from '../resources/access.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

const tags = ['access']
const params = z.object({ name: z.string().max(63) })

export const routes = {
  list: defineRoute({
    operationId: 'listUsers',
    method: 'get',
    path: '/api/v1/users',
    tags,
    summary: 'Every user',
    responses: jsonAnswer(z.array(UserResource)),
  }),
  add: defineRoute({
    operationId: 'addUser',
    method: 'post',
    path: '/api/v1/users',
    tags,
    summary: 'Add a user; answers with a one-time invitation link',
    request: { body: jsonBody(z.strictObject({ name: UserName, role: RoleName })) },
    responses: jsonAnswer(InvitedUser),
  }),
  invite: defineRoute({
    operationId: 'inviteUser',
    method: 'post',
    path: '/api/v1/users/{name}/invitation',
    tags,
    summary: 'A new invitation link (a forgotten password, an old link)',
    request: { params, body: jsonBody(z.strictObject({})) },
    responses: jsonAnswer(InvitedUser),
  }),
  role: defineRoute({
    operationId: 'changeRole',
    method: 'put',
    path: '/api/v1/users/{name}/role',
    tags,
    summary: 'Give another role; sessions of the user end',
    request: { params, body: jsonBody(z.strictObject({ role: RoleName })) },
    responses: jsonAnswer(UserResource),
  }),
  disabled: defineRoute({
    operationId: 'setDisabled',
    method: 'put',
    path: '/api/v1/users/{name}/disabled',
    tags,
    summary: 'Lock a user out, or let in again; sessions end, tokens rest',
    request: { params, body: jsonBody(z.strictObject({ isDisabled: z.boolean() })) },
    responses: jsonAnswer(UserResource),
  }),
}

export function addUserRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { access, store } = ports
  const invited = async (name: string, secret: string): Promise<InvitedUser> => {
    const user = await findUser(store.db, store, name)
    assert(user !== undefined, 'a user with a fresh invitation exists')
    return { user: userView(user), link: invitationLink(ports.hubUrl(), secret) }
  }
  app.openapi(routes.list, async (c) => c.json((await listUsers(store.db, store)).map(userView), 200))
  app.openapi(routes.add, async (c) => {
    const { name, role } = c.req.valid('json')
    return c.json(await invited(name, orProblem(await addUser(access, { name, role }))), 200)
  })
  app.openapi(routes.invite, async (c) => {
    const { name } = c.req.valid('param')
    return c.json(await invited(name, orProblem(await inviteUser(access, name))), 200)
  })
  app.openapi(routes.role, async (c) => {
    const { role } = c.req.valid('json')
    return c.json(userView(orProblem(await changeRole(access, c.req.valid('param').name, role))), 200)
  })
  app.openapi(routes.disabled, async (c) => {
    const { isDisabled } = c.req.valid('json')
    return c.json(userView(orProblem(await setDisabled(access, c.req.valid('param').name, isDisabled))), 200)
  })
}

/** The secret stands behind `#`, which a browser sends to nobody: it gets into no log. */
export const invitationLink = (publicUrl: string, secret: string): string =>
  `${publicUrl}/#/invitation/${secret}`

const userView = (user: UserRow): UserResource => ({
  name: user.name,
  role: user.role,
  createdAt: user.createdAt,
  hasPassword: user.passwordHash !== null,
  isDisabled: user.disabledAt !== null,
  invitedUntil: user.inviteHash === null ? null : user.inviteUntil,
})
