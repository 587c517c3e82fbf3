/** Entering and leaving: password, one-time link, invitation; the session stands in a cookie that no script can read. */
import { z, type OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { refuse } from '@fleetcast/shared/result.ts'
import { DEMO_USER, enterDemo } from '../../access/demo-user.ts'
import { csrfTokenOf } from '../../access/one-time-secret.ts'
import { PASSWORD_LENGTH_MAX } from '../../access/password.ts'
import type { Role } from '../../access/role.ts'
import { endSession, openSession, SESSION_AGE_MAX } from '../../access/session.ts'
import { changePassword, provePassword } from '../../access/sign-in.ts'
import { acceptInvitation, findInvitation, UserName } from '../../access/user.ts'
import { isHttps } from '../../config/public-url.ts'
import type { ApiPorts } from '../api-ports.ts'
import { actorOf, addressOf, cookieName } from '../asker.ts'
import { orProblem } from '../problems.ts'
import { InvitationResource, SessionResource } from '../resources/access.ts'
import { defineRoute, jsonAnswer, jsonBody } from './route-parts.ts'

/** What is longer is refused before it costs anything; `checkPassword` judges new ones. */
const Password = z.string().min(1).max(PASSWORD_LENGTH_MAX)
const Secret = z.string().min(1).max(100)
const tags = ['access']

export const routes = {
  show: defineRoute({
    operationId: 'readSession',
    method: 'get',
    path: '/api/v1/session',
    tags,
    summary: 'Who asks, and the CSRF token of the session',
    responses: jsonAnswer(SessionResource),
  }),
  signIn: defineRoute({
    operationId: 'signIn',
    method: 'post',
    path: '/api/v1/session',
    tags,
    summary: 'Sign in with a password; answers with a session cookie',
    request: { body: jsonBody(z.strictObject({ user: UserName, password: Password })) },
    responses: jsonAnswer(SessionResource),
  }),
  byLink: defineRoute({
    operationId: 'signInByLink',
    method: 'post',
    path: '/api/v1/session/link',
    tags,
    summary: "Sign in by the demo's one-time link",
    request: { body: jsonBody(z.strictObject({ secret: Secret })) },
    responses: jsonAnswer(SessionResource),
  }),
  signOut: defineRoute({
    operationId: 'signOut',
    method: 'post',
    path: '/api/v1/session/end',
    tags,
    summary: 'Sign out',
    request: { body: jsonBody(z.strictObject({})) },
    responses: jsonAnswer(z.strictObject({})),
  }),
  invitation: defineRoute({
    operationId: 'readInvitation',
    method: 'post',
    path: '/api/v1/invitation/read',
    tags,
    summary: 'Whom a one-time link is for (it stays unused)',
    request: { body: jsonBody(z.strictObject({ secret: Secret })) },
    responses: jsonAnswer(InvitationResource),
  }),
  accept: defineRoute({
    operationId: 'acceptInvitation',
    method: 'post',
    path: '/api/v1/invitation',
    tags,
    summary: 'Set a password by a one-time link and sign in',
    request: { body: jsonBody(z.strictObject({ secret: Secret, password: z.string().max(1_000) })) },
    responses: jsonAnswer(SessionResource),
  }),
  password: defineRoute({
    operationId: 'changePassword',
    method: 'post',
    path: '/api/v1/password',
    tags,
    summary: 'Change the own password; every other session ends',
    request: { body: jsonBody(z.strictObject({ password: Password, newPassword: z.string().max(1_000) })) },
    responses: jsonAnswer(SessionResource),
  }),
}

export function addSessionRoutes(app: OpenAPIHono, ports: ApiPorts): void {
  const { access, store, config } = ports
  const isSecure = isHttps(config)
  const enter = async (c: Context, entered: Entering): Promise<SessionResource> => {
    const before = getCookie(c, cookieName(isSecure))
    if (before !== undefined) await endSession(access, before)
    setCookie(c, cookieName(isSecure), entered.secret, {
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      secure: isSecure,
      maxAge: SESSION_AGE_MAX / 1_000,
    })
    return sessionView({ ...entered, csrfToken: csrfTokenOf(entered.secret) })
  }
  app.openapi(routes.show, (c) => {
    const actor = actorOf(c)
    return c.json(sessionView({ ...actor, csrfToken: actor.kind === 'session' ? actor.csrf : null }), 200)
  })
  app.openapi(routes.signIn, async (c) => {
    const user = orProblem(await provePassword(access, { ...c.req.valid('json'), address: addressOf(c) }))
    const secret = await openSession(store.db, access, user.name)
    return c.json(await enter(c, { user: user.name, role: user.role, secret }), 200)
  })
  app.openapi(routes.byLink, async (c) => {
    if (!config.isDemo) orProblem(refuse('access/badInvitation', 'such links are for the demo only'))
    const { user, sessionSecret } = orProblem(await enterDemo(access, c.req.valid('json').secret))
    return c.json(await enter(c, { user: user.name, role: user.role, secret: sessionSecret }), 200)
  })
  app.openapi(routes.invitation, async (c) => {
    const { name, role } = orProblem(await findInvitation(access, c.req.valid('json').secret))
    return c.json({ user: name, role }, 200)
  })
  app.openapi(routes.accept, async (c) => {
    const { user, sessionSecret } = orProblem(await acceptInvitation(access, c.req.valid('json')))
    return c.json(await enter(c, { user: user.name, role: user.role, secret: sessionSecret }), 200)
  })
  app.openapi(routes.password, async (c) => {
    const { user, role, kind } = actorOf(c)
    if (kind !== 'session')
      orProblem(refuse('access/needsSession', 'a token cannot change a password; sign in to the dashboard'))
    const { password, newPassword } = c.req.valid('json')
    const secret = orProblem(
      await changePassword(access, { user, password, next: newPassword, address: addressOf(c) }),
    )
    return c.json(await enter(c, { user, role, secret }), 200)
  })
  app.openapi(routes.signOut, async (c) => {
    const name = cookieName(isSecure)
    await endSession(access, getCookie(c, name) ?? '')
    deleteCookie(c, name, { path: '/', secure: isSecure })
    return c.json({}, 200)
  })
}

type Entering = { readonly user: string; readonly role: Role; readonly secret: string }

const sessionView = ({
  user,
  role,
  csrfToken,
}: Omit<Entering, 'secret'> & { readonly csrfToken: string | null }): SessionResource => ({
  user,
  role,
  csrfToken,
  isDemoUser: user === DEMO_USER,
})
