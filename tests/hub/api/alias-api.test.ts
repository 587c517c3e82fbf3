/** Aliases and deletions of a whole hub, asked over HTTP by two people and by the real command line. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../../hub/store/open-store.ts'
import { fleetcastWith, temporaryFolder } from '../../e2e/programs.ts'
import { addVersion, blobsIn, RECIPE } from '../registry/registry-fixtures.ts'
import { MIGRATIONS } from '../store/engines.ts'
import {
  bearer,
  enterAs,
  JSON_TYPE,
  posting,
  startTestHub,
  tokenFor,
  type Answer,
  type RunningHub,
} from './hub-process.ts'

const folder = temporaryFolder()
let hub: RunningHub
let alice: string
let bob: string
beforeAll(async () => {
  const stateDir = join(folder.path, 'hub')
  mkdirSync(stateDir)
  const store = await openStore({
    ...{ database: 'sqlite', sqliteFile: join(stateDir, 'hub.db'), migrations: MIGRATIONS },
  })
  for (let n = 0; n < 3; n++) await addVersion(store, blobsIn(stateDir))
  await store.close()
  hub = await startTestHub({ stateDir })
  for (const name of ['alice', 'bob']) await enterAs(hub, name, 'releaser')
  alice = await tokenFor(hub, 'alice', 'releaser')
  bob = await tokenFor(hub, 'bob', 'releaser')
}, 60_000)
afterAll(async () => {
  await hub.stop()
  folder.remove()
})

const path = (name: string): string => `/api/v1/recipes/${RECIPE}/aliases/${name}`
const put = (to: string, body: unknown, token: string): Promise<Answer> =>
  hub.call({
    method: 'PUT',
    path: to,
    headers: { ...JSON_TYPE, ...bearer(token) },
    body: JSON.stringify(body),
  })
const post = (to: string, body: unknown, token: string): Promise<Answer> =>
  hub.call(posting(to, body, bearer(token)))
const get = async <T>(from: string): Promise<T> =>
  (await hub.call({ path: from, headers: bearer(alice) })).body as T
const remove = (from: string, token = bob): Promise<Answer> =>
  hub.call({ method: 'DELETE', path: from, headers: bearer(token) })
const set = (name: string, version: number, expectedRevision: number, token = alice): Promise<Answer> =>
  put(path(name), { version: `${RECIPE}@${version}`, expectedRevision, reason: 'best so far' }, token)
const aliasesOf = async (version: number) =>
  (await get<{ version: number; aliases: string[] }[]>('/api/v1/models')).find(
    (model) => model.version === version,
  )?.aliases

describe('over HTTP', () => {
  test('an alias is set, shown beside its version, returned and removed', async () => {
    expect(await set('candidate', 1, 0)).toMatchObject({
      status: 200,
      body: { alias: { version: 1, revision: 1, isProtected: false }, request: null },
    })
    await set('candidate', 2, 1)
    expect(await aliasesOf(2)).toEqual(['candidate'])
    const back = { expectedRevision: 2, reason: 'reads high' }
    expect(await post(`${path('candidate')}/restore`, back, bob)).toMatchObject({
      body: { alias: { version: 1, revision: 3 } },
    })
    expect(await remove(`${path('candidate')}?expectedRevision=3&reason=unused`)).toMatchObject({
      status: 200,
      body: { alias: null, request: null },
    })
    const history = `/api/v1/recipes/${RECIPE}/alias-history?name=candidate`
    expect(await get<{ kind: string; by: string }[]>(history)).toMatchObject([
      { kind: 'remove', from: { version: 1 }, to: null, by: expect.stringMatching(/^bob \(token/) },
      { kind: 'restore', from: { version: 2 }, to: { version: 1 } },
      { kind: 'set', from: { version: 1 }, to: { version: 2 } },
      { kind: 'set', from: null, to: { version: 1 }, by: expect.stringMatching(/^alice \(token/) },
    ])
  })
  test('of two that set it at once one is told that it has changed', async () => {
    const answers = await Promise.all([set('lts', 1, 0, alice), set('lts', 2, 0, bob)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'alias/changed' })
  })
  test('the champion needs a second person', async () => {
    const { body } = await set('champion', 1, 0)
    expect(body).toMatchObject({ alias: null, request: { requestedBy: 'alice', state: 'open' } })
    const request = `/api/v1/alias-requests/${(body['request'] as { id: number }).id}`
    const reason = { reason: 'seen the evidence' }
    expect(await post(`${request}/approve`, reason, alice)).toMatchObject({
      status: 403,
      body: { code: 'alias/secondPersonNeeded' },
    })
    expect(await aliasesOf(1)).not.toContain('champion')
    expect(await get('/api/v1/alias-requests?state=open')).toHaveLength(1)
    expect(await post(`${request}/approve`, reason, bob)).toMatchObject({
      status: 200,
      body: { state: 'approved', decidedBy: 'bob' },
    })
    expect(await aliasesOf(1)).toContain('champion')
    expect(await post(`${request}/approve`, reason, bob)).toMatchObject({ status: 409 })
  })
  test('only an administrator says what is protected', async () => {
    const body = { isProtected: false, reason: 'a sandbox' }
    expect((await put(`${path('champion')}/protection`, body, bob)).status).toBe(403)
    expect((await put(`${path('champion')}/protection`, body, hub.adminToken)).status).toBe(200)
    expect(await set('champion', 2, 1)).toMatchObject({ body: { alias: { version: 2, isProtected: false } } })
  })
  test.each(['Champion', '3', 'a_b'])('%s is no name for an alias', async (name) =>
    expect(await set(name, 1, 0)).toMatchObject({ status: 422, body: { code: 'request/invalid' } }),
  )
  test('a rollout is started by an alias, and refused for one that is missing', async () => {
    const create = (version: string) => post('/api/v1/rollouts', { version }, alice)
    // The version is found; what is missing are stations.
    expect(await create(`${RECIPE}@champion`)).toMatchObject({ body: { code: 'rollout/noDevices' } })
    expect(await create(`${RECIPE}@nobody`)).toMatchObject({ status: 404, body: { code: 'alias/notFound' } })
  })
  test('a version is deleted when its release is revoked, and its name is told from one that never was', async () => {
    const model = `/api/v1/models/${encodeURIComponent(`${RECIPE}@3`)}?reason=broken%20sensor`
    expect(await remove(model)).toMatchObject({
      status: 409,
      body: { code: 'version/inUse', detail: expect.stringMatching(/its release/) },
    })
    const revoked = { recipe: RECIPE, version: 3, reason: 'broken sensor' }
    expect((await post('/api/v1/releases/demo/revocations', revoked, bob)).status).toBe(200)
    expect(await remove(model)).toMatchObject({ status: 200, body: { version: 3, files: 1 } })
    expect(await remove(model)).toMatchObject({ status: 410, body: { code: 'version/deleted' } })
    expect(await get<unknown[]>('/api/v1/models')).toHaveLength(2)
    expect(await set('lts', 3, 1)).toMatchObject({ status: 410 })
    expect(await post('/api/v1/rollouts', { version: 3 }, alice)).toMatchObject({ status: 404 })
    expect(await get(`/api/v1/lineage/versions/${encodeURIComponent(`${RECIPE}@3`)}`)).toMatchObject({
      deletedAt: expect.any(Number),
    })
    expect(await post('/api/v1/models/gc', {}, bob)).toMatchObject({ status: 200, body: { files: 0 } })
  })
})

describe('on the command line', () => {
  const run = async (words: string, token: string) => {
    const url = `http://127.0.0.1:${hub.config.httpPort}`
    const split = words.split(' ').map((word) => word.replaceAll('_', ' '))
    const program = fleetcastWith({ FLEETCAST_TOKEN: token }, '--hub', url, ...split)
    const { code } = await program.exited
    return { code, output: program.output().trim() }
  }
  test('two people move a protected alias, and one command brings it back', async () => {
    const aliases = 'models aliases'
    expect(await run(`${aliases} protect ${RECIPE}@ship --reason what_ships`, hub.adminToken)).toMatchObject({
      code: 0,
    })
    const asked = await run(`${aliases} set ${RECIPE}@ship 2 --reason all_sites`, alice)
    const id = /request (\d+) waits for a second person/.exec(asked.output)?.[1] ?? ''
    expect(await run(`${aliases} approve ${id} --reason fine`, alice)).toMatchObject({
      code: 1,
      output: expect.stringContaining('alias/secondPersonNeeded'),
    })
    expect((await run(`${aliases} requests`, bob)).output).toMatch(/temperature-24h@ship +set +v2 +alice/)
    expect((await run(`${aliases} approve ${id} --reason seen_it`, bob)).output).toMatch(/is approved/)
    await run(`${aliases} unprotect ${RECIPE}@ship --reason a_sandbox`, hub.adminToken)
    await run(`${aliases} set ${RECIPE}@ship ${RECIPE}@1 --reason other`, alice)
    expect((await run(`${aliases} restore ${RECIPE}@ship --reason worse`, alice)).output).toMatch(
      /is version 2 .*revision 3/,
    )
    expect((await run(`${aliases} list`, alice)).output).toMatch(/ship +v2 +\w{12} +3/)
    expect((await run(`${aliases} history ${RECIPE}@ship`, alice)).output).toMatch(
      /restore.*\n.*set.*\n.*approved \(request \d+\)/,
    )
    expect(await run(`${aliases} set ${RECIPE}@ship 1 --expect 1 --reason late`, alice)).toMatchObject({
      code: 1,
      output: expect.stringContaining('alias/changed'),
    })
    expect((await run(`${aliases} remove ${RECIPE}@ship --reason unused`, alice)).output).toMatch(
      /points to nothing/,
    )
    expect(await run(`${aliases} set ship 1 --reason x`, alice)).toMatchObject({
      code: 1,
      output: expect.stringContaining('alias/badName'),
    })
  }, 120_000)
  test('a version in use is not deleted, and files are collected', async () => {
    expect(await run(`models delete ${RECIPE}@2 --reason unused`, alice)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/version\/inUse: .*alias/),
    })
    expect(await run('--json models gc', alice)).toEqual({ code: 0, output: '{"files":0,"bytes":0}' })
    expect((await run('models list', alice)).output).toMatch(/@2 +champion/)
    expect((await run(`rollouts create ${RECIPE}@champion`, alice)).output).toContain('rollout/noDevices')
    expect((await run(`lineage version ${RECIPE}@champion`, alice)).output).toContain(`${RECIPE}@2`)
  }, 120_000)
})
