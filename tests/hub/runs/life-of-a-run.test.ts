/** Runs on a whole hub, with the real trainer as their process: asked for, reused, cancelled, reproduced, failed. */
import { readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EventResource } from '../../../hub/api/resources/overview.ts'
import type { RunDetail, RunResource } from '../../../hub/api/resources/run.ts'
import type { ModelResource } from '../../../hub/api/resources/model.ts'
import { Reproduction } from '../../../hub/registry/reproduction.ts'
import { startTestHub, type RunningHub } from '../api/hub-process.ts'
import { fillHub, STATIONS, type FilledHub } from './filled-hub.ts'

let hub: RunningHub
let filled: FilledHub
beforeAll(async () => {
  hub = await startTestHub()
  filled = await fillHub(() => ({ port: hub.config.httpPort, token: hub.adminToken }))
}, 60_000)
afterAll(() => hub.stop())

const LONG = { timeout: 120_000 }
const models = () => filled.get<ModelResource[]>('/api/v1/models')
const runs = () => filled.get<RunResource[]>('/api/v1/runs')
const trained = async (recipe: 'quick' | 'compact' | 'searched', more = {}): Promise<RunDetail> => {
  const { body } = await filled.train(recipe, more)
  return await filled.until(body.id)
}
const cancel = (id: string, reason = 'a test of cancelling') =>
  filled.send<RunResource>('POST', `/api/v1/runs/${id}/cancel`, { reason })

// First of all, while the hub does not know its own trainer yet: that is when two requests wait side by side.
test('equal inputs that are asked for at the same moment are one run', LONG, async () => {
  const asked = await Promise.all([1, 2, 3].map(() => filled.train('medium')))
  expect(new Set(asked.map(({ body }) => body.id)).size).toBe(1)
  expect(asked.map(({ body }) => body.isReused).toSorted()).toEqual([false, true, true])
  await cancel(asked[0]!.body.id)
})

describe('a run that succeeds', () => {
  test('leaves a lock that says what decided it and what came out', LONG, async () => {
    const run = await trained('quick')
    expect(run).toMatchObject({ state: 'succeeded', kind: 'train', version: 1 })
    expect(run.requestedBy).toContain('demo')
    expect(run.endedAt! - run.startedAt!).toBeGreaterThan(0)
    const { inputs, outs } = run.lock!
    expect(inputs).toMatchObject({
      stage: 'train',
      recipe: { name: 'quick', parameters: { windowSteps: 72, training: { algorithms: ['ridge'] } } },
      deps: [{ name: 'observations', digest: filled.dataset, perStationRows: { ewr: 6_480, jfk: 6_480 } }],
      selection: { stations: null, from: null, until: null, asOf: null },
      seeds: { training: 7 },
      split: { embargoSeconds: 96 * 3_600, cycleDays: 60 },
      environment: { node: process.versions.node, architecture: process.arch, threads: 1, backend: 'wasm' },
      determinism: 'bitwise',
    })
    expect(inputs.sites.map(({ id }) => id)).toEqual([...STATIONS])
    expect(outs.map(({ name }) => name)).toEqual([
      'model.onnx',
      'report.json',
      'golden.json',
      'reference-profile.json',
    ])
    expect((await models()).map(({ runKey }) => runKey)).toEqual([run.runKey])
  })
  test('keeps every trial of its search', LONG, async () => {
    const { report, trials, result } = await trained('searched')
    expect([trials, result]).toEqual([report!.trials, null])
    expect(report!.trials.map(({ algorithm, foldMae }) => [algorithm, foldMae.length])).toEqual([
      ['ridge', 2],
      ['gbdt', 2],
      ['ridge', 2],
    ])
    expect(report!.trials[report!.chosenTrial!]!.algorithm).toBe(report!.algorithm)
  })
})

describe('equal inputs', () => {
  test('answer at once with the run that has done it', LONG, async () => {
    const before = await trained('quick')
    const again = await filled.train('quick')
    expect(again.body).toMatchObject({ id: before.id, isReused: true, state: 'succeeded', version: 1 })
    expect((await runs()).filter(({ recipe }) => recipe === 'quick')).toHaveLength(1)
  })
  test('are trained again when that is asked for, to the same bytes', LONG, async () => {
    const [first, second] = [await trained('quick'), await trained('quick', { again: true })]
    expect(second.id).not.toBe(first.id)
    expect(second.version).not.toBe(first.version)
    expect([second.runKey, second.lock]).toEqual([first.runKey, first.lock])
  })
  test('are judged anew beside another champion, and once beside each', LONG, async () => {
    const alias = '/api/v1/recipes/searched/aliases/champion'
    const reason = 'a test of champions'
    await filled.send('PUT', `${alias}/protection`, { isProtected: false, reason })
    const crown = async (version: number, expectedRevision: number) => {
      const asked = { version: `searched@${version}`, expectedRevision, reason }
      expect(await filled.send('PUT', alias, asked)).toMatchObject({ status: 200 })
    }
    const first = await trained('searched')
    const other = await trained('searched', { from: '2022-01-10' })
    await crown(first.version!, 0)
    expect((await filled.train('searched')).body, 'the champion itself').toMatchObject({ id: first.id })
    await crown(other.version!, 1)
    const { body: asked } = await filled.train('searched')
    expect(asked).toMatchObject({ isReused: false, runKey: first.runKey })
    expect((await filled.train('searched')).body, 'while it is under way').toMatchObject({ id: asked.id })
    const second = await filled.until(asked.id)
    expect([second.state, second.lock]).toEqual(['succeeded', first.lock])
    expect((await filled.train('searched')).body).toMatchObject({ id: second.id, isReused: true })
    await crown(first.version!, 2)
    expect((await filled.train('searched')).body).toMatchObject({ id: first.id, isReused: true })
  })
  test('are no longer equal when a station has moved', LONG, async () => {
    const before = await trained('quick')
    const place = { latitude: 40.65, longitude: -73.8 }
    await filled.send('PUT', '/api/v1/sites/jfk', place)
    const moved = await filled.train('quick')
    expect(moved.body).toMatchObject({ isReused: false })
    expect(moved.body.runKey).not.toBe(before.runKey)
    await filled.until(moved.body.id)
  })
})

describe('reproducing', () => {
  test('a run comes out identical, and registers nothing', LONG, async () => {
    const [first] = (await runs()).filter(({ recipe }) => recipe === 'quick').toReversed()
    const versions = (await models()).length
    const asked = await filled.send<RunResource>('POST', `/api/v1/runs/${first!.id}/reproduce`, {})
    expect(asked.body).toMatchObject({ kind: 'reproduce', recipe: 'quick' })
    const run = await filled.until(asked.body.id)
    expect([run.state, run.version]).toEqual(['succeeded', null])
    const found = Reproduction.parse(run.result)
    // The station has moved since: the run is reproduced where it stood.
    expect(found).toMatchObject({ of: first!.id, verdict: 'identical', differences: [] })
    expect(found.files.map(({ name, isEqual }) => [name, isEqual])).toEqual([
      ['model.onnx', true],
      ['report.json', true],
      ['golden.json', true],
      ['reference-profile.json', true],
    ])
    expect(found.testMae.after).toBe(found.testMae.before)
    expect(await models()).toHaveLength(versions)
  })
  test('is refused for a run that trained no version of its own', LONG, async () => {
    const reproduction = (await runs()).find(({ kind }) => kind === 'reproduce')
    const answer = await filled.send('POST', `/api/v1/runs/${reproduction!.id}/reproduce`, {})
    expect(answer).toMatchObject({ status: 409, body: { code: 'run/notTrained' } })
  })
  test('a network whose weights are stored in bytes comes out identical too', LONG, async () => {
    const { id, version, report } = await trained('compact')
    expect(report!.weights!.bytes).toBeLessThan(report!.weights!.float32Bytes)
    const model = (await models()).find((one) => one.recipe === 'compact' && one.version === version)!
    expect(model).toMatchObject({ onnxBytes: report!.weights!.bytes, weights: { storage: 'int8' } })
    const gates = model.gates!.gates.filter(({ gate }) => gate === 'compactWeights')
    expect(gates.map(({ value }) => Number.isFinite(value))).toEqual([true, true])
    const asked = await filled.send<RunResource>('POST', `/api/v1/runs/${id}/reproduce`, {})
    const found = Reproduction.parse((await filled.until(asked.body.id)).result)
    expect(found).toMatchObject({ verdict: 'identical', differences: [] })
  })
  test('is refused for a run without a version', LONG, async () => {
    const { body } = await filled.train('slow')
    const answer = await filled.send('POST', `/api/v1/runs/${body.id}/reproduce`, {})
    expect([answer.status, answer.body.code]).toEqual([409, 'run/noVersion'])
    await cancel(body.id)
  })
})

describe('cancelling', () => {
  test('stops a running run and the one behind it takes its turn', LONG, async () => {
    const { body: slow } = await filled.train('slow')
    await filled.until(slow.id, ({ fraction }) => fraction > 0.1)
    const { body: waiting } = await filled.train('medium')
    const { body: next } = await filled.train('quick', { again: true })
    expect((await cancel(waiting.id)).body).toMatchObject({ state: 'cancelled', startedAt: null })
    expect((await cancel(slow.id, 'no longer needed')).body).toMatchObject({
      state: 'cancelled',
      message: 'cancelled: no longer needed',
    })
    expect(await filled.until(next.id)).toMatchObject({ state: 'succeeded' })
    for (const { id } of [slow, waiting])
      expect(await filled.until(id)).toMatchObject({ state: 'cancelled', version: null })
    const events = await filled.get<EventResource[]>('/api/v1/events?limit=20')
    expect(events.filter(({ message }) => message.includes(slow.id))).toMatchObject([
      { code: 'training/cancelled', message: expect.stringMatching(/by demo.*: no longer needed/) },
    ])
    expect(readdirSync(join(hub.config.stateDir, 'jobs'))).toEqual([])
  })
  test('keeps the trials that had ended, which are there while it runs', LONG, async () => {
    const { body: slow } = await filled.train('slow')
    const running = await filled.until(slow.id, ({ trials }) => trials.length >= 2)
    expect(running).toMatchObject({ state: 'running', report: null, result: null })
    await cancel(slow.id)
    const cancelled = await filled.until(slow.id)
    expect(cancelled.trials.slice(0, running.trials.length)).toEqual(running.trials)
    expect(cancelled.trials.slice(0, 2)).toMatchObject([
      { settings: '{}' },
      { settings: expect.stringContaining('gbdt') },
    ])
  })
  test('is refused for what has ended, and for what never was', LONG, async () => {
    const { id } = await trained('quick')
    expect(await cancel(id)).toMatchObject({ status: 409, body: { code: 'run/ended' } })
    expect(await cancel('nobody')).toMatchObject({ status: 404, body: { code: 'run/notFound' } })
  })
})

test('a dataset whose file is gone fails its run and no other', LONG, async () => {
  const file = join(hub.config.stateDir, 'datasets', `${filled.dataset}.parquet`)
  renameSync(file, `${file}.away`)
  const lost = await trained('quick', { from: '2022-01-15' })
  renameSync(`${file}.away`, file)
  expect(lost).toMatchObject({ state: 'failed', message: expect.stringContaining('import the table again') })
  expect(await trained('quick', { from: '2022-01-16' })).toMatchObject({ state: 'succeeded' })
})
