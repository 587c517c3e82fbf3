/** Datasets over HTTP on a whole hub: mappings, checks, progress, cancelling, lineage. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatasetResource, ImportResource } from '../../../hub/api/resources/dataset.ts'
import { eventually, getJson } from '../../e2e/programs.ts'
import { row, table } from '../datasets/tables.ts'
import { bearer, JSON_TYPE, startTestHub, type RunningHub } from './hub-process.ts'

let hub: RunningHub
beforeAll(async () => {
  hub = await startTestHub()
  const place = { method: 'PUT', headers: JSON_TYPE, body: '{"latitude":40.7,"longitude":-74.2}' }
  expect((await ask('/api/v1/sites/ewr', place)).status).toBe(200)
}, 30_000)
afterAll(() => hub.stop())

const url = (path: string): string => `http://127.0.0.1:${hub.config.httpPort}${path}`
const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url(path), { ...init, headers: { ...bearer(hub.adminToken), ...(init.headers as object) } })
const json = <T>(path: string): Promise<T> => getJson<T>(hub.config.httpPort, path, hub.adminToken)
const list = <T>(noun: string): Promise<T[]> => json<T[]>(`/api/v1/${noun}`)
const inState = (folder: string): string[] => readdirSync(join(hub.config.stateDir, folder)).toSorted()
const startUpload = (name: string) =>
  request(url(`/api/v1/datasets?recipe=temperature-24h&name=${name}`), {
    method: 'POST',
    headers: bearer(hub.adminToken),
  })
const upload = async (body: string, query: Record<string, string> = {}) => {
  const search = new URLSearchParams({ recipe: 'temperature-24h', name: 'history', ...query })
  const answer = await ask(`/api/v1/datasets?${search}`, { method: 'POST', body })
  return { status: answer.status, body: (await answer.json()) as DatasetResource & { code?: string } }
}

const GOOD = table(...Array.from({ length: 48 }, (_, hour) => row('EWR', hour)))

describe('an upload', () => {
  test('that is only checked answers with the report and stores nothing', async () => {
    const checked = await upload(GOOD, { store: 'false' })
    expect(checked).toMatchObject({ status: 200, body: { rows: 48, name: 'history', stations: ['ewr'] } })
    expect(await list('datasets')).toEqual([])
    expect(readdirSync(hub.config.stateDir)).not.toContain('datasets')
  })
  test('with other columns, units and times is mapped', async () => {
    const mapping = {
      ...{
        station: 'ewr',
        timeColumn: 'Zeit',
        timeFormat: 'dd.mm.yyyy hh:mm',
        utcOffset: '+01:00',
        delimiter: ';',
      },
      columns: { temperature: 'Temp' },
      units: { temperature: 'F' },
    }
    const text = 'Zeit;Temp;dewp_c;rh_pct;wind_ms;slp_hpa\n01.01.2022 01:00;68;1;60;3;1010\n'
    const mapped = await upload(text, { store: 'false', mapping: JSON.stringify(mapping) })
    const plain = await upload(
      'station,time_utc,temp_c,dewp_c,rh_pct,wind_ms,slp_hpa\newr,2022-01-01T00:00Z,20,1,60,3,1010\n',
      {
        store: 'false',
      },
    )
    expect(mapped.body.digest).toBe(plain.body.digest)
  })
  test.each([
    ['no JSON', '{', 'request/invalid'],
    ['a key nobody knows', '{"colums":{}}', 'request/invalid'],
    ['a channel nobody knows', '{"columns":{"pollen":"p"}}', 'dataset/badMapping'],
  ])('whose mapping is %s is refused', async (_what, mapping, code) => {
    const answer = await upload(GOOD, { mapping })
    expect(answer.body.code).toBe(code)
    expect(answer.status).toBe(422)
  })
  test('can be seen under way and cancelled; nothing of it stays', async () => {
    const sent = startUpload('endless')
    const answered = once(sent, 'response')
    sent.write(GOOD)
    const [seen] = await eventually(
      () => list<ImportResource>('imports'),
      (imports) => (imports[0]?.bytes ?? 0) >= GOOD.length,
      10,
    )
    expect(seen).toMatchObject({ name: 'endless', stage: 'uploading', bytes: GOOD.length, rows: 0 })
    expect((await ask(`/api/v1/imports/${seen!.id}`, { method: 'DELETE' })).status).toBe(200)
    const [answer] = (await answered) as [{ statusCode: number; resume: () => void }]
    expect(answer.statusCode).toBe(422)
    answer.resume()
    sent.destroy()
    expect([await list('imports'), await list('datasets'), inState('imports')]).toEqual([[], [], []])
    expect((await ask(`/api/v1/imports/${seen!.id}`, { method: 'DELETE' })).status).toBe(404)
  })
  test('of a client that goes away ends by itself', async () => {
    const sent = startUpload('gone')
    sent.on('error', () => undefined)
    sent.write(GOOD)
    await eventually(
      () => list<ImportResource>('imports'),
      (imports) => imports.length === 1,
      10,
    )
    sent.destroy()
    await eventually(
      () => list<ImportResource>('imports'),
      (imports) => imports.length === 0,
      10,
    )
    expect([await list('datasets'), inState('imports')]).toEqual([[], []])
  })
  test('that is good is a dataset with lineage, and the same rows are the same dataset', async () => {
    const { body } = await upload(GOOD)
    expect((await upload(GOOD, { name: 'again' })).body).toMatchObject({
      digest: body.digest,
      name: 'history',
    })
    expect(inState('datasets')).toEqual([`${body.digest}.aside.parquet`, `${body.digest}.parquet`])
    const lineage = await json(`/api/v1/lineage/datasets/${body.digest.slice(0, 8)}`)
    expect(lineage).toEqual({ digest: body.digest, name: 'history', runs: [], versions: [] })
    expect(await json('/api/v1/recall?station=ewr&from=2022-01-01&until=2022-01-08')).toEqual([])
    expect((await ask('/api/v1/lineage/devices/nobody')).status).toBe(404)
    expect((await ask('/api/v1/recall?station=ewr&from=monday&until=2022-01-08')).status).toBe(422)
  })
})
