/** Cookies, CSRF and one-time links of a real hub, as browsers and as somebody hostile would use them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bearer,
  enterAs,
  PASSWORD,
  posting,
  signedIn,
  startTestHub,
  tokenFor,
  type RunningHub,
  type SignedIn,
} from './hub-process.ts'

let hub: RunningHub
let olga: SignedIn
beforeAll(async () => {
  hub = await startTestHub()
  olga = await enterAs(hub, 'olga', 'operator')
})
afterAll(() => hub.stop())

const signIn = (headers = {}) =>
  hub.call(posting('/api/v1/session', { user: 'olga', password: PASSWORD }, headers))
const putSite = (headers: Record<string, string>) => ({
  ...posting('/api/v1/sites/here', { latitude: 1, longitude: 2 }, headers),
  method: 'PUT',
})
const whoIs = (headers: Record<string, string>) => hub.call({ path: '/api/v1/session', headers })

describe('a session cookie', () => {
  test('is out of reach for scripts and for other sites', async () => {
    const answer = await signIn()
    expect(String(answer.headers['set-cookie'])).toMatch(
      /^fleetcast_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
    )
  })
  test('says who one is, what one may do, and the CSRF token', async () => {
    expect((await whoIs({ cookie: olga.cookie })).body).toEqual({
      user: 'olga',
      role: 'operator',
      csrfToken: olga.csrf,
      isDemoUser: false,
    })
  })
  test('that came before the sign-in is never taken over, and dies with it', async () => {
    const planted = 'fleetcast_session=attackers-choice-of-a-session-identifier-xx'
    const fresh = signedIn(await signIn({ cookie: planted }))
    expect(fresh.cookie).not.toBe(planted)
    expect((await whoIs({ cookie: planted })).status).toBe(401)
    const again = signedIn(await signIn({ cookie: fresh.cookie }))
    expect((await whoIs({ cookie: fresh.cookie })).status).toBe(401)
    expect((await whoIs({ cookie: again.cookie })).status).toBe(200)
  })
  test('is worth nothing after signing out', async () => {
    const session = signedIn(await signIn())
    const answer = await hub.call(posting('/api/v1/session/end', {}, session.headers))
    expect(String(answer.headers['set-cookie'])).toMatch(/^fleetcast_session=; Max-Age=0/)
    expect((await whoIs({ cookie: session.cookie })).status).toBe(401)
  })
  test('ends with a new role and when its user is locked out', async () => {
    const vera = await enterAs(hub, 'vera', 'viewer')
    const admin = { ...bearer(hub.adminToken) }
    await hub.call({ ...posting('/api/v1/users/vera/role', { role: 'operator' }, admin), method: 'PUT' })
    expect((await whoIs({ cookie: vera.cookie })).status).toBe(401)
    const back = signedIn(await hub.call(posting('/api/v1/session', { user: 'vera', password: PASSWORD })))
    expect((await whoIs({ cookie: back.cookie })).body).toMatchObject({ role: 'operator' })
    await hub.call({ ...posting('/api/v1/users/vera/disabled', { isDisabled: true }, admin), method: 'PUT' })
    expect((await whoIs({ cookie: back.cookie })).status).toBe(401)
  })
  test('that is over ends the stream of changes, too', async () => {
    const sam = await enterAs(hub, 'sam', 'operator')
    const init = { headers: { cookie: sam.cookie } }
    const stream = await fetch(`http://127.0.0.1:${hub.config.httpPort}/api/v1/stream`, init)
    await hub.call(putSite(sam.headers))
    await hub.call(posting('/api/v1/devices', { id: 'first', site: 'here' }, sam.headers))
    const reader = stream.body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('devices')
    await hub.call(posting('/api/v1/session/end', {}, sam.headers))
    await hub.call(posting('/api/v1/devices', { id: 'second', site: 'here' }, bearer(hub.adminToken)))
    expect((await reader.read()).done).toBe(true)
  })
  test('of one hour ago ends when the password is changed; the new one goes on', async () => {
    const paul = await enterAs(hub, 'paul', 'viewer')
    const body = { password: PASSWORD, newPassword: 'another good passphrase' }
    const changed = await hub.call(posting('/api/v1/password', body, paul.headers))
    expect((await whoIs({ cookie: paul.cookie })).status).toBe(401)
    expect((await whoIs({ cookie: signedIn(changed).cookie })).body).toMatchObject({ user: 'paul' })
  })
})

describe('a change made with a cookie', () => {
  test('works with the session’s CSRF token', async () => {
    expect((await hub.call(putSite(olga.headers))).status).toBe(200)
  })
  test.each([
    ['no token', () => ({ cookie: olga.cookie })],
    ['a wrong token', () => ({ cookie: olga.cookie, 'x-csrf-token': 'A'.repeat(43) })],
    ['an empty token', () => ({ cookie: olga.cookie, 'x-csrf-token': '' })],
  ])('is refused with %s', async (_what, headers) => {
    const { status, body } = await hub.call(putSite(headers()))
    expect([status, body['code']]).toEqual([403, 'access/csrf'])
  })
  test('is refused with the token of another session', async () => {
    const other = signedIn(await signIn())
    const { body } = await hub.call(putSite({ cookie: olga.cookie, 'x-csrf-token': other.csrf }))
    expect(body['code']).toBe('access/csrf')
  })
  test.each(['http://evil.example', 'null', 'https://127.0.0.1', 'http://127.0.0.1:1'])(
    'is refused from a page of origin %s, token or not',
    async (origin) => {
      const { status, body } = await hub.call(putSite({ ...olga.headers, origin }))
      expect([status, body['code']]).toEqual([403, 'request/foreignOrigin'])
    },
  )
  test('works from the hub’s own page', async () => {
    const origin = `http://127.0.0.1:${hub.config.httpPort}`
    const host = `127.0.0.1:${hub.config.httpPort}`
    expect((await hub.call(putSite({ ...olga.headers, origin, host }))).status).toBe(200)
  })
  test('a bearer token needs none; in the address it is no token at all', async () => {
    const token = await tokenFor(hub, 'olga', 'operator')
    expect((await hub.call(putSite(bearer(token)))).status).toBe(200)
    expect((await hub.call({ path: `/api/v1/devices?token=${token}&access_token=${token}` })).status).toBe(
      401,
    )
  })
  test('a wrong bearer token is refused even beside a good cookie', async () => {
    const { body } = await hub.call({
      path: '/api/v1/devices',
      headers: { ...olga.headers, ...bearer('fct_x') },
    })
    expect(body['code']).toBe('access/badToken')
  })
})

describe('a token', () => {
  test('that is revoked is refused at once, with what to type', async () => {
    const token = await tokenFor(hub, 'olga', 'viewer')
    expect((await whoIs(bearer(token))).body).toMatchObject({ user: 'olga', role: 'viewer', csrfToken: null })
    await hub.call(posting('/api/v1/tokens/current/revoke', {}, bearer(token)))
    const { status, body, headers } = await whoIs(bearer(token))
    expect([status, body['code']]).toEqual([401, 'access/revokedToken'])
    expect(body['detail']).toContain('fleetcast login')
    expect(headers['www-authenticate']).toBe('Bearer')
  })
  test('cannot change a password, and nobody makes tokens for others but administrators', async () => {
    const token = await tokenFor(hub, 'olga', 'operator')
    const passwords = { password: PASSWORD, newPassword: 'another good passphrase' }
    expect((await hub.call(posting('/api/v1/password', passwords, bearer(token)))).body['code']).toBe(
      'access/needsSession',
    )
    const wanted = { name: 'x', user: 'demo', role: 'viewer' }
    expect((await hub.call(posting('/api/v1/tokens', wanted, olga.headers))).body['code']).toBe(
      'access/forbidden',
    )
  })
  test('lives at most a year', async () => {
    const answer = await hub.call(posting('/api/v1/tokens', { name: 'x', days: 367 }, olga.headers))
    expect([answer.status, answer.body['at']]).toEqual([422, 'days'])
  })
})

describe('a one-time link', () => {
  const linkOf = (text: unknown): string => String(text).split('/').at(-1)!.split(' ')[0]!

  test('has its secret behind the # and works once', async () => {
    const added = await hub.call(
      posting('/api/v1/users', { name: 'nina', role: 'viewer' }, bearer(hub.adminToken)),
    )
    expect(added.body['link']).toMatch(
      new RegExp(`^http://127\\.0\\.0\\.1:${hub.config.httpPort}/#/invitation/[\\w-]{43}$`),
    )
    const secret = linkOf(added.body['link'])
    expect((await hub.call(posting('/api/v1/invitation/read', { secret }))).body).toEqual({
      user: 'nina',
      role: 'viewer',
    })
    const weak = await hub.call(posting('/api/v1/invitation', { secret, password: 'short' }))
    expect(weak.body).toMatchObject({ code: 'access/weakPassword', at: 'password' })
    expect((await hub.call(posting('/api/v1/invitation', { secret, password: PASSWORD }))).status).toBe(200)
    const twice = await hub.call(posting('/api/v1/invitation', { secret, password: PASSWORD }))
    expect([twice.status, twice.body['code']]).toEqual([403, 'access/badInvitation'])
  })
  test('of the demo signs in once, without a password, as the demo user', async () => {
    const secret = linkOf(hub.told[0])
    const answer = await hub.call(posting('/api/v1/session/link', { secret }))
    expect(answer.body).toMatchObject({ user: 'demo', role: 'admin', isDemoUser: true })
    expect((await hub.call(posting('/api/v1/session/link', { secret }))).status).toBe(403)
  })
})

describe('every answer', () => {
  test('of the API is kept by no cache; the page loads only its own scripts and styles', async () => {
    const api = await hub.call({ path: '/api/v1/session' })
    expect(api.headers['cache-control']).toBe('no-store')
    const page = await hub.call({ path: '/' })
    expect(page.headers['content-security-policy']).toBe(
      "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    )
    expect(page.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
    expect(page.headers['strict-transport-security']).toBeUndefined()
  })
})
