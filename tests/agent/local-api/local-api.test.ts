import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startLocalServer, type LocalServer } from '@fleetcast/agent/adapters/local-server.ts'
import { silentLog } from '@fleetcast/agent/adapters/pino-log.ts'
import { createHarness, eventually, feed, type Harness } from '../fixtures/station-harness.ts'
import { CHANNELS, makeBundle, STEPS } from '../fixtures/station-fixtures.ts'

let harness: Harness
let server: LocalServer
let agent: Awaited<ReturnType<Harness['open']>>['agent']
beforeEach(async () => {
  harness = await createHarness()
  ;({ agent } = await harness.open())
  server = await startLocalServer(agent, 0, silentLog)
})
afterEach(async () => {
  await server.close()
  await harness.close()
})

type Answer = { readonly status: number; readonly body: Record<string, unknown> }
async function call(path: string, body?: unknown): Promise<Answer> {
  const init =
    body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init)
  const text = await response.text()
  return {
    status: response.status,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
  }
}

const reading = (hour: number) => ({
  at: `2022-01-01T0${hour}:00Z`,
  values: { temperature: 10 + hour / 10, windSpeed: 2 },
})

describe('the local API', () => {
  test('takes readings and answers with the forecast', async () => {
    expect(await call('/v1/readings', reading(0))).toEqual({
      status: 200,
      body: {
        forecast: {
          issuedAt: Date.UTC(2022, 0, 1),
          targetAt: Date.UTC(2022, 0, 1, 3),
          unit: 'C',
          value: 10,
          model: null,
        },
      },
    })
  })
  test.each([
    [409, 'reading/notNewer', reading(0)],
    [400, 'reading/unknownChannel', { ...reading(1), values: { tempreture: 1 } }],
    [400, 'reading/malformed', { at: 'yesterday', values: {} }],
    [400, 'reading/malformed', { ...reading(1), more: 1 }],
    [400, 'reading/malformed', 'no json'],
    [413, 'local/tooLarge', 'x'.repeat(70_000)],
  ])('refuses with %d %s', async (status, code, body) => {
    await call('/v1/readings', reading(0))
    expect(await call('/v1/readings', body)).toMatchObject({ status, body: { code, status } })
  })
  test('says what it has', async () => {
    expect(await call('/healthz')).toEqual({ status: 200, body: { status: 'ok' } })
    expect(await call('/v1/status')).toMatchObject({ status: 200, body: { servingState: 'baseline' } })
    await call('/v1/readings', reading(0))
    expect((await call('/metrics')).body['text']).toContain('fleetcast_agent_readings_total 1\n')
  })
  test('knows no other path and no other method', async () => {
    expect(await call('/v1/none')).toMatchObject({ status: 404, body: { code: 'local/notFound' } })
    expect(await call('/healthz', {})).toMatchObject({
      status: 405,
      body: { code: 'local/methodNotAllowed' },
    })
  })
})

describe('the Open Inference Protocol', () => {
  const window = Array.from({ length: STEPS * CHANNELS }, () => 7 as number | null)
  const request = {
    id: 'a',
    inputs: [
      { name: 'window', shape: [1, STEPS, CHANNELS], datatype: 'FP32', data: window },
      { name: 'time', shape: [1, 1], datatype: 'INT64', data: [1_640_995_200] },
    ],
  }
  test('is not ready before a model serves', async () => {
    expect(await call('/v2/models/temperature-3h/ready')).toMatchObject({
      status: 503,
      body: { code: 'inference/noModel' },
    })
    expect(await call('/v2/models/temperature-3h/infer', request)).toMatchObject({ status: 503 })
    expect(await call('/v2/models/rain/ready')).toMatchObject({ status: 404 })
  })
  test('asks the model that serves', async () => {
    const bundle = makeBundle({ version: 1, offset: 2 })
    harness.hub.offer(bundle)
    harness.hub.order({ generation: 1, champion: bundle.digest })
    await eventually(
      () => agent.status().serving,
      (serving) => serving === bundle.digest,
    )
    await feed(agent, 0, 3)
    expect(await call('/v2/models/temperature-3h/ready')).toMatchObject({
      status: 200,
      body: { ready: true },
    })
    expect(await call('/v2/models/temperature-3h/infer', request)).toEqual({
      status: 200,
      body: {
        id: 'a',
        model_name: 'temperature-3h',
        model_version: bundle.digest,
        outputs: [{ name: 'prediction', shape: [1, 1], datatype: 'FP32', data: [9] }],
      },
    })
    const short = {
      inputs: [
        { ...request.inputs[0], shape: [1, STEPS, CHANNELS - 1], data: window.slice(STEPS) },
        request.inputs[1],
      ],
    }
    expect(await call('/v2/models/temperature-3h/infer', short)).toMatchObject({
      status: 400,
      body: { code: 'inference/badShape' },
    })
    expect(await call('/v2/models/temperature-3h/infer', { inputs: [] })).toMatchObject({
      status: 400,
      body: { code: 'inference/malformed' },
    })
  })
})
