/** A whole hub with a version that failed a gate: neither released nor rolled out until a second person has said so. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '../../../hub/access/role.ts'
import type { ModelResource } from '../../../hub/api/resources/model.ts'
import { temporaryFolder } from '../../e2e/programs.ts'
import { bearer, enterAs, posting, startTestHub, tokenFor, type RunningHub } from '../api/hub-process.ts'
import { registerBoth } from './registered-version.ts'

const folder = temporaryFolder()
let hub: RunningHub
const tokens = new Map<string, string>()
beforeAll(async () => {
  const stateDir = join(folder.path, 'state')
  mkdirSync(stateDir)
  await registerBoth(stateDir)
  hub = await startTestHub({ stateDir })
  const people: readonly (readonly [string, Role])[] = [
    ['ann', 'releaser'],
    ['bob', 'releaser'],
    ['olga', 'operator'],
  ]
  for (const [name, role] of people) {
    await enterAs(hub, name, role)
    tokens.set(name, await tokenFor(hub, name, role))
  }
}, 60_000)
afterAll(async () => {
  await hub.stop()
  folder.remove()
})

const post = (who: string, path: string, body: unknown) =>
  hub.call(posting(path, body, bearer(tokens.get(who)!)))
const model = async (version: number): Promise<ModelResource> => {
  const path = `/api/v1/models/temperature-24h/${version}`
  return (await hub.call({ path, headers: bearer(tokens.get('olga')!) })).body as unknown as ModelResource
}
const failed = { recipe: 'temperature-24h', version: 2 }
const gate = { ...failed, gate: 'beatsPersistence', reason: 'a hard winter' }
const blocked = {
  status: 409,
  body: { code: 'gates/failed', detail: expect.stringContaining('beatsPersistence') },
}

describe('a version that failed a gate', () => {
  test('is registered and says why, but is not released with the others', async () => {
    expect((await model(1)).release.state).toBe('released')
    expect(await model(2)).toMatchObject({
      release: { state: 'notReleased' },
      gates: { passed: false, blocking: ['beatsPersistence'] },
      overrides: [],
    })
  })
  test('is refused by a release and by a rollout', async () => {
    expect(await post('ann', '/api/v1/releases/demo', failed)).toMatchObject(blocked)
    expect(await post('ann', '/api/v1/rollouts', failed)).toMatchObject(blocked)
  })
  test('is let go by two people, whose words stay', async () => {
    expect(await post('olga', '/api/v1/gate-overrides', gate)).toMatchObject({ status: 403 })
    expect(await post('ann', '/api/v1/gate-overrides', { ...gate, reason: '' })).toMatchObject({
      status: 422,
    })
    const asked = await post('ann', '/api/v1/gate-overrides', gate)
    const approve = `/api/v1/gate-overrides/${String(asked.body['id'])}/approve`
    const own = await post('ann', approve, { reason: 'I am sure' })
    expect([own.status, own.body['code']]).toEqual([403, 'gates/secondPersonNeeded'])
    expect(await post('ann', '/api/v1/rollouts', failed)).toMatchObject(blocked)
    expect((await post('bob', approve, { reason: 'seen the plots' })).status).toBe(200)
    expect(await model(2)).toMatchObject({
      release: { state: 'released' },
      gates: { passed: false, blocking: [] },
      overrides: [{ state: 'approved', requestedBy: 'ann', decidedBy: 'bob', reason: 'a hard winter' }],
    })
    // No station is enrolled here: the gates let it through, and the next refusal is another one.
    expect((await post('ann', '/api/v1/rollouts', failed)).body['code']).toBe('rollout/noDevices')
  })
})

test('the card is the one of the bundle and tells of the gate that failed', async () => {
  const path = `http://127.0.0.1:${hub.config.httpPort}/api/v1/models/temperature-24h/2/card`
  const answer = await fetch(path, { headers: bearer(tokens.get('olga')!) })
  expect(answer.headers.get('content-type')).toContain('text/markdown')
  const card = await answer.text()
  for (const title of [
    'Model details',
    'Intended use',
    'Factors',
    'Metrics',
    'Evaluation data',
    'Training data',
  ])
    expect(card).toContain(`## ${title}`)
  expect(card).toMatch(/## Gates\nSome gates FAILED/)
  expect(card).toMatch(/\| beatsPersistence \| FAILED \| -0\.02/)
})
