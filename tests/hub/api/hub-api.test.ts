/** A whole hub in this process, asked over HTTP: refusals have a code and a sentence, and nothing is stored halfway. */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseHubConfig } from '../../../hub/config/config.ts'
import {
  bearer,
  JSON_TYPE as json,
  startTestHub,
  type Answer,
  type Call,
  type RunningHub,
} from './hub-process.ts'

let hub: RunningHub

beforeAll(async () => {
  hub = await startTestHub()
}, 30_000)
afterAll(() => hub.stop())

const call = (asked: Call): Promise<Answer> =>
  hub.call({ ...asked, headers: { ...bearer(hub.adminToken), ...asked.headers } })
const post = (path: string, body: unknown, headers = {}): Promise<Answer> =>
  call({ method: 'POST', path, headers: { ...json, ...headers }, body: JSON.stringify(body) })

const refusal = (code: string, status: number) => ({
  status,
  type: 'application/problem+json',
  body: expect.objectContaining({ code, status, detail: expect.stringMatching(/\w+ \w+/) }),
})

describe('who may ask', () => {
  test('a foreign host name is refused (DNS rebinding)', async () => {
    const answer = await call({ path: '/api/v1/devices', headers: { host: 'evil.example' } })
    expect(answer).toMatchObject(refusal('request/foreignHost', 403))
  })
  test('a change from a page of another origin is refused', async () => {
    const answer = await post('/api/v1/rollouts', { version: 1 }, { origin: 'http://evil.example' })
    expect(answer).toMatchObject(refusal('request/foreignOrigin', 403))
  })
  test('a form is no JSON', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await call({ method: 'POST', path: '/api/v1/rollouts', headers, body: 'version=1' })
    expect(answer).toMatchObject(refusal('request/notJson', 415))
  })
  test('a body over the limit is refused', async () => {
    const answer = await post('/api/v1/devices', { id: 'x'.repeat(100_000), site: 'sea' })
    expect(answer).toMatchObject(refusal('request/tooLarge', 413))
  })
  test('a hub that would listen to the network without TLS does not start', () => {
    const parsed = parseHubConfig({ host: '0.0.0.0' })
    expect(parsed).toMatchObject({
      ok: false,
      error: { code: 'config/invalid', message: expect.stringMatching(/127\.0\.0\.1.*--tls-fleet/) },
    })
  })
  test('an unknown setting is named together with those that exist', () => {
    const parsed = parseHubConfig({ colour: 'blue' })
    expect(parsed).toMatchObject({ ok: false, error: { message: expect.stringMatching(/colour.*mqttPort/) } })
  })
})

describe('what is asked', () => {
  test('what does not exist is said to be missing', async () => {
    expect(await call({ path: '/api/v1/devices/nobody' })).toMatchObject(refusal('device/notFound', 404))
    expect(await call({ path: '/api/v1/rollouts/nothing' })).toMatchObject(refusal('rollout/notFound', 404))
    expect(await call({ path: '/nowhere' })).toMatchObject(refusal('request/notFound', 404))
    expect(await post('/api/v1/rollouts', { version: 7 })).toMatchObject(refusal('version/notFound', 404))
    expect(await post('/api/v1/runs', { recipe: 'temperature-24h', dataset: 'abcdef' })).toMatchObject(
      refusal('dataset/notFound', 404),
    )
  })
  test('a body that does not fit names the place', async () => {
    const answer = await post('/api/v1/devices', { id: 'Not Valid', site: 'sea' })
    expect(answer).toMatchObject(refusal('request/invalid', 422))
    expect(answer.body['at']).toBe('id')
  })
  test('a station needs a known site, and its join string works once', async () => {
    expect(await post('/api/v1/devices', { id: 'sea', site: 'sea' })).toMatchObject(
      refusal('device/unknownSite', 422),
    )
    const place = { latitude: 47.45, longitude: -122.31 }
    await call({ method: 'PUT', path: '/api/v1/sites/sea', headers: json, body: JSON.stringify(place) })
    const added = await post('/api/v1/devices', { id: 'sea', site: 'sea' })
    const ticket = JSON.parse(
      Buffer.from(String(added.body['joinString']).split(':')[1]!, 'base64url').toString(),
    ) as { secret: string }
    const request = { device: 'sea', secret: ticket.secret }
    expect((await post('/api/v1/enrol', request)).status).toBe(200)
    expect(await post('/api/v1/enrol', request)).toMatchObject(refusal('enrolment/refused', 403))
  })
  test('the description of the API names every route', async () => {
    const answer = await call({ path: '/api/openapi.json' })
    expect(Object.keys(answer.body['paths'] as object)).toEqual(
      expect.arrayContaining(['/api/v1/overview', '/api/v1/rollouts/{id}/{operation}', '/api/v1/enrol']),
    )
  })
})

const HEAD = 'station,time_utc,temp_c,dewp_c,rh_pct,wind_ms,slp_hpa'
const ROW = 'SEA,2013-01-01T06:00Z,3.9,-3.3,59.4,4.6,1012'
const upload = (body: string | Uint8Array): Promise<Answer> =>
  call({
    method: 'POST',
    path: '/api/v1/datasets?recipe=temperature-24h&name=bad',
    headers: { 'content-type': 'text/csv' },
    body,
  })

describe('a table that cannot be taken', () => {
  test.each([
    ['a missing column', 'station,time_utc,temp_c\nSEA,2013-01-01T06:00Z,3.9\n', 'dataset/missingColumn'],
    ['a number that is none', `${HEAD}\n${ROW.replace('3.9', 'warm')}\n`, 'dataset/badNumber'],
    ['a time that is none', `${HEAD}\n${ROW.replace('2013-01-01T06:00Z', 'yesterday')}\n`, 'dataset/badTime'],
    ['a station without a site', `${HEAD}\n${ROW.replace('SEA', 'MOON')}\n`, 'dataset/unknownStation'],
    ['no rows', `${HEAD}\n`, 'dataset/empty'],
    ['a torn gzip file', gzipSync(`${HEAD}\n${ROW}\n`).subarray(0, 40), 'dataset/notCsv'],
  ])('%s', async (_what, body, code) => {
    const answer = await upload(body)
    expect(answer.body).toMatchObject({ code, detail: expect.stringMatching(/\w+ \w+/) })
    expect(answer.status).toBe(422)
    expect((await call({ path: '/api/v1/datasets' })).body).toEqual([])
  })
})
