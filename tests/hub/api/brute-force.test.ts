/** Guessing at a real hub: slowed down by name and by network, and bounded in what it writes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bearer, enterAs, PASSWORD, posting, startTestHub, type RunningHub } from './hub-process.ts'

let hub: RunningHub
beforeAll(async () => {
  hub = await startTestHub()
  await enterAs(hub, 'olga', 'operator')
})
afterAll(() => hub.stop())

const signIn = (user: string, password: string, path = '/api/v1/session') =>
  hub.call(posting(path, { user, password, ...(path.includes('token') ? { name: 'x' } : {}) }))
const auditCount = async (): Promise<number> => {
  const { body } = await hub.call({
    path: `/api/v1/audit?before=${Number.MAX_SAFE_INTEGER}&limit=1`,
    headers: bearer(hub.adminToken),
  })
  return (body as unknown as { sequence: number }[])[0]!.sequence
}

describe('guessing', () => {
  test('a user’s password is answered with 429 and Retry-After after five attempts, by both ways to sign in', async () => {
    for (let i = 0; i < 5; i++) {
      const path = i % 2 === 0 ? '/api/v1/session' : '/api/v1/tokens/sign-in'
      const { status, body } = await signIn('olga', `guess number ${i}`, path)
      expect([status, body['code']]).toEqual([401, 'access/wrongPassword'])
    }
    const { status, body, headers } = await signIn('olga', PASSWORD)
    expect([status, body['code']]).toEqual([429, 'access/tooManyAttempts'])
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  })
  test('links and asking without sign-in: the network has to wait, and the log stops growing', async () => {
    const statuses: number[] = []
    for (let i = 0; i < 40; i++)
      statuses.push(
        (await hub.call(posting('/api/v1/invitation', { secret: `guess${i}`, password: PASSWORD }))).status,
      )
    expect(statuses[0]).toBe(403)
    expect(statuses.at(-1)).toBe(429)
    const before = await auditCount()
    for (let i = 0; i < 20; i++) {
      expect((await hub.call(posting('/api/v1/users', { name: 'eve', role: 'admin' }))).status).toBe(429)
      expect((await signIn('somebody', PASSWORD)).status).toBe(429)
    }
    expect(await auditCount()).toBe(before)
  })
  test('who has credentials is not held up by it', async () => {
    const site = posting('/api/v1/sites/sea', { latitude: 1, longitude: 2 }, bearer(hub.adminToken))
    expect((await hub.call({ ...site, method: 'PUT' })).status).toBe(200)
  })
})
