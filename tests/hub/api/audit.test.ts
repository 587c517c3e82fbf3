/** Every change that reaches a real hub is in its log: before it is made, and again when it is refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditEntry } from '../../../hub/access/audit-chain.ts'
import { verifyAudit } from '../../../hub/cli/audit-commands.ts'
import { ok } from '@fleetcast/shared/result.ts'
import {
  bearer,
  enterAs,
  PASSWORD,
  posting,
  startTestHub,
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

async function entries(after = 0): Promise<AuditEntry[]> {
  const { body } = await hub.call({
    path: `/api/v1/audit?after=${after}&limit=1000`,
    headers: bearer(hub.adminToken),
  })
  return body as unknown as AuditEntry[]
}

/** What the calls of `work` left in the log. */
async function left(work: () => Promise<unknown>): Promise<AuditEntry[]> {
  const before = (await entries()).at(-1)?.sequence ?? 0
  await work()
  return entries(before)
}

describe('the log', () => {
  test('has a change with actor, operation, subject and body, and no second entry when it was made', async () => {
    const site = {
      ...posting('/api/v1/sites/sea', { latitude: 47.4, longitude: -122 }, olga.headers),
      method: 'PUT',
    }
    expect(await left(() => hub.call(site))).toMatchObject([
      {
        actor: 'olga',
        action: 'putSite',
        subject: 'PUT sites/sea',
        details: { body: { latitude: 47.4, longitude: -122 } },
      },
    ])
  })
  test('says when a change was refused by its handler, and with which code', async () => {
    const found = await left(() =>
      hub.call(posting('/api/v1/devices', { id: 'x', site: 'moon' }, olga.headers)),
    )
    expect(found).toMatchObject([
      { action: 'addDevice' },
      { action: 'addDevice', details: { outcome: 'refused', code: 'device/unknownSite', status: 422 } },
    ])
    expect(found[1]!.details).toMatchObject({ of: found[0]!.sequence })
  })
  test.each([
    ['no credentials', 'users', () => ({}), 'anonymous 127.0.0.1', 'access/notSignedIn'],
    ['a role that may not', 'users', () => olga.headers, 'olga', 'access/forbidden'],
    ['no CSRF token', 'devices', () => ({ cookie: olga.cookie }), 'olga', 'access/csrf'],
  ])('has a change that was asked with %s', async (_what, path, headers, actor, code) => {
    const found = await left(() => hub.call(posting(`/api/v1/${path}`, { name: 'eve' }, headers())))
    expect(found).toMatchObject([{ actor, subject: `POST ${path}`, details: { outcome: 'refused', code } }])
  })
  test('has sign-ins, failed ones and sign-outs, never a password', async () => {
    const found = await left(async () => {
      await hub.call(posting('/api/v1/session', { user: 'olga', password: 'my-wrong-password' }))
      await hub.call(posting('/api/v1/session', { user: 'olga', password: PASSWORD }))
      await hub.call(posting('/api/v1/session/end', {}, olga.headers))
    })
    expect(found.map(({ action, actor }) => [action, actor])).toEqual([
      ['signIn', 'anonymous 127.0.0.1'],
      ['signIn', 'anonymous 127.0.0.1'],
      ['signIn', 'anonymous 127.0.0.1'],
      ['signOut', 'olga'],
    ])
    expect(found[1]!.details).toMatchObject({ outcome: 'refused', code: 'access/wrongPassword' })
    expect(JSON.stringify(found)).not.toMatch(/my-wrong-password|correct horse/)
    expect(found[0]!.details).toEqual({ body: { user: 'olga', password: '(left out)' } })
  })
  test('names the token that a program used', async () => {
    const found = await left(() =>
      hub.call(posting('/api/v1/users', { name: 'nina', role: 'viewer' }, bearer(hub.adminToken))),
    )
    expect(found[0]!.actor).toMatch(/^demo \(token [0-9a-f]{12}\)$/)
  })
  test('has what is not JSON, and reads change nothing in it', async () => {
    const broken = { ...posting('/api/v1/devices', {}, bearer(hub.adminToken)), body: '{"id":' }
    expect((await left(() => hub.call(broken)))[0]).toMatchObject({ details: { body: '(not JSON)' } })
    expect(await left(() => hub.call({ path: '/api/v1/devices', headers: bearer(hub.adminToken) }))).toEqual(
      [],
    )
  })
  test('can be read from its newest end, and its chain holds', async () => {
    const { body } = await hub.call({
      path: '/api/v1/audit?before=3&limit=1',
      headers: bearer(hub.adminToken),
    })
    expect(body).toMatchObject([{ sequence: 2 }])
    const all = await entries()
    const chain = await verifyAudit(
      (async function* () {
        for (const entry of all) yield ok(entry)
      })(),
      all[3]!.hash,
    )
    expect(chain).toEqual(ok({ count: all.length, head: all.at(-1)!.hash }))
  })
})
