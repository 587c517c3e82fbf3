/** The score of a whole hub with registered versions, over HTTP and by the real command line. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ScoreResource } from '../../../hub/api/resources/score.ts'
import { temporaryFolder } from '../../e2e/programs.ts'
import { bearer, enterAs, posting, startTestHub, tokenFor, type RunningHub } from '../api/hub-process.ts'
import { typeCommand } from '../cli/type-command.ts'
import { registerBoth } from '../gates/registered-version.ts'

const RECIPE = 'temperature-24h'
const PATH = `/api/v1/recipes/${RECIPE}/score`
const folder = temporaryFolder()
let hub: RunningHub
let viewer: string
let releaser: string
beforeAll(async () => {
  const stateDir = join(folder.path, 'hub')
  mkdirSync(stateDir)
  await registerBoth(stateDir)
  hub = await startTestHub({ stateDir })
  await enterAs(hub, 'vic', 'viewer')
  await enterAs(hub, 'rea', 'releaser')
  viewer = await tokenFor(hub, 'vic', 'viewer')
  releaser = await tokenFor(hub, 'rea', 'releaser')
}, 60_000)
afterAll(async () => {
  await hub.stop()
  folder.remove()
})

const read = async (): Promise<ScoreResource> =>
  (await hub.call({ path: PATH, headers: bearer(viewer) })).body as unknown as ScoreResource
const attest = (body: object, token: string) => hub.call(posting(`${PATH}/attestations`, body, bearer(token)))
const said = { test: 'data5', change: 'attest', reason: 'no person is in the readings' }
const fleetcast = (...words: readonly string[]) =>
  typeCommand({ token: releaser, httpPort: hub.config.httpPort, folder: hub.config.stateDir }, ...words)

describe('over HTTP', () => {
  test('a viewer reads the score of the newest version, with 28 tests', async () => {
    const score = await read()
    expect([score.version, score.isServing, score.tests.length]).toEqual([`${RECIPE}@2`, false, 28])
    expect(score.score).toBe(Math.min(...score.sections.map(({ points }) => points)))
  })
  test('only a releaser vouches for a test, under their own name', async () => {
    expect(await attest(said, viewer)).toMatchObject({ status: 403, body: { code: 'access/forbidden' } })
    expect(await attest({ ...said, by: 'ann' }, releaser)).toMatchObject({ status: 422 })
    expect(await attest(said, releaser)).toMatchObject({ status: 200, body: { by: 'rea', test: 'data5' } })
    expect((await read()).tests.find(({ id }) => id === 'data5')).toMatchObject({
      ...{ points: 0.5, basis: 'manual', evidence: expect.stringContaining('rea on ') },
    })
  })
  test('a test that there is not, and a recipe that there is not, are refused', async () => {
    expect(await attest({ ...said, test: 'data8' }, releaser)).toMatchObject({
      ...{ status: 422, body: { detail: expect.stringContaining('data1 to data7') } },
    })
    const missing = await hub.call({ path: '/api/v1/recipes/nothing/score', headers: bearer(viewer) })
    expect(missing).toMatchObject({ status: 404, body: { code: 'recipe/notFound' } })
  })
  test('what was never vouched for cannot be withdrawn', async () => {
    expect(await attest({ ...said, test: 'data2', change: 'withdraw' }, releaser)).toMatchObject({
      ...{ status: 409, body: { code: 'score/notAttested' } },
    })
  })
})

describe('the command line', () => {
  test('prints each section with its sum, the score and what would raise it', async () => {
    const { out, exit } = await fleetcast('ml-score', RECIPE)
    expect(exit).toBe(0)
    expect(out).toContain(`${RECIPE} (${RECIPE}@2): 0 of 7, more research than production`)
    expect(out).toMatch(/\nData: [\d.]+ of 7\n/)
    expect(out).toContain('Infrastructure: 0 of 7 (the score)')
    expect(out).toContain('What would raise it (Infrastructure):')
    expect(out).toContain('  infra1: reproduce the newest version')
  })
  test('prints the score as JSON, as the API gives it', async () => {
    const { out } = await fleetcast('--json', 'ml-score', RECIPE)
    expect(JSON.parse(out)).toEqual(await read())
  })
  test('prints one line a recipe where none is named', async () => {
    const { out } = await fleetcast('ml-score')
    expect(out).toMatch(/^RECIPE +VERSION +SCORE +DATA +MODEL +INFRASTRUCTURE +MONITORING/)
    expect(out).toContain(`${RECIPE} `)
  })
  test('vouches for a test and takes that back', async () => {
    const words = ['ml-score', 'attest', 'data6', '--recipe', RECIPE, '--reason', 'dew point took two days']
    expect((await fleetcast(...words)).out).toContain(`rea vouches for data6 of ${RECIPE}`)
    expect((await fleetcast('ml-score', RECIPE)).out).toContain('dew point took two days')
    expect((await fleetcast(...words, '--withdraw')).out).toContain('took back')
    expect((await fleetcast('ml-score', RECIPE)).out).not.toContain('dew point took two days')
    expect((await fleetcast(...words, '--withdraw')).error).toContain('score/notAttested')
  })
})
