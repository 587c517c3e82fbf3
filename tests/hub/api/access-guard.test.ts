/** The guard alone: a route that somebody forgot to put into the table does not run, whoever asks. */
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createToken } from '../../../hub/access/token.ts'
import { guardAccess } from '../../../hub/api/access-guard.ts'
import { RefusedRequest } from '../../../hub/api/problems.ts'
import { HUB_DEFAULTS } from '../../../hub/config/config.ts'
import { accessOn, enter, must } from '../access/access-fixtures.ts'
import { temporaryStore, type TemporaryStore } from '../temporary-store.ts'

let opened: TemporaryStore
let token = ''
let opens = 0
const app = new Hono()
beforeAll(async () => {
  opened = await temporaryStore()
  const access = accessOn(opened)
  await enter(access, 'root', 'admin')
  const wanted = { user: 'root', name: 'x', role: 'admin', days: 1, maker: null } as const
  token = must(await createToken(access, wanted)).token
  const clock = { ...access.clock, sleep: () => Promise.resolve() }
  app.use('/api/*', guardAccess({ access, clock, store: opened.store, config: HUB_DEFAULTS }))
  app.onError((cause, c) => c.text(cause instanceof RefusedRequest ? cause.refusal.code : String(cause), 403))
  app.all('/api/v1/door', (c) => {
    opens++
    return c.text('open')
  })
})
afterAll(() => opened.remove())

test.each(['GET', 'POST', 'PUT', 'DELETE'])('%s of a forgotten route is denied', async (method) => {
  const nobody = await app.request('/api/v1/door', { method })
  const admin = await app.request('/api/v1/door', { method, headers: { authorization: `Bearer ${token}` } })
  expect([await nobody.text(), await admin.text()]).toEqual(['access/notSignedIn', 'request/notFound'])
  expect(opens).toBe(0)
})
