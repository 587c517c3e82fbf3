/** A hub is killed in the middle of a run: when it is back, the run starts again and nothing of the half one is left. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ModelResource } from '../../../hub/api/resources/model.ts'
import {
  eventually,
  fleetcast,
  freePort,
  getJson,
  pullThePlug,
  temporaryFolder,
  tokenIn,
  type Program,
} from '../../e2e/programs.ts'
import type { EventResource } from '../../../hub/api/resources/overview.ts'
import type { RunDetail } from '../../../hub/api/resources/run.ts'
import { fillHub, type FilledHub } from './filled-hub.ts'

const folder = temporaryFolder()
const state = join(folder.path, 'hub')
let [port, mqttPort, token] = [0, 0, '']
let hub: Program

beforeAll(async () => {
  port = await freePort()
  mqttPort = await freePort()
  await startHub()
}, 60_000)
afterAll(async () => {
  await pullThePlug(hub)
  folder.remove()
})

async function startHub(): Promise<void> {
  const credentials = join(folder.path, 'credentials.json')
  hub = fleetcast(
    ...['hub', '--state', state, '--port', String(port), '--mqtt-port', String(mqttPort)],
    ...['--demo', '--credentials-out', credentials, '--log-level', 'warn'],
  )
  await eventually(
    () => getJson<{ status: string }>(port, '/healthz'),
    ({ status }) => status === 'ok',
    30,
  )
  token = await tokenIn(credentials, port)
}

/** Command lines of trainers that work for this hub. */
const trainers = (): readonly string[] =>
  execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('trainer.js') && line.includes(state))

const trainerPid = (): number =>
  Number(execFileSync('pgrep', ['-f', `trainer.js ${state}`], { encoding: 'utf8' }).trim())

test(
  'SIGKILL in the middle of a run: it starts again, once, and ends well',
  { timeout: 180_000 },
  async () => {
    const filled = await fillHub(() => ({ port, token }))
    const { body: run } = await filled.train('medium')
    const { body: waiting } = await filled.train('quick')
    await filled.until(run.id, ({ stage, fraction }) => stage === 'fitting' && fraction > 0.2)
    expect(trainers()).toHaveLength(1)
    const half = readdirSync(join(state, 'jobs'))
    await pullThePlug(hub)
    await eventually(
      async () => trainers(),
      (left) => left.length === 0,
      30,
    )
    await startHub()
    expect(readdirSync(join(state, 'jobs'))).not.toContain(half[0])
    const again = await filled.until(run.id, (seen) => seen.state === 'running')
    expect(again.startedAt!).toBeGreaterThan(run.createdAt)
    expect(await filled.until(run.id)).toMatchObject({ id: run.id, state: 'succeeded', version: 1 })
    expect(await filled.until(waiting.id)).toMatchObject({ state: 'succeeded', version: 1 })
    const models = await filled.get<ModelResource[]>('/api/v1/models')
    expect(models.map(({ recipe }) => recipe).toSorted()).toEqual(['medium', 'quick'])
    expect(readdirSync(join(state, 'jobs'))).toEqual([])
  },
)

/** The first trial of a start that began after `since` has ended, and no trial stands there twice. Answers with this start. */
async function untilTrial(filled: FilledHub, id: string, since: number): Promise<RunDetail> {
  const isNew = ({ startedAt, trials }: RunDetail): boolean => (startedAt ?? 0) > since && trials.length > 0
  const run = await filled.until(id, isNew)
  expect(run.trials.filter(({ settings }) => settings === '{}')).toHaveLength(1)
  return run
}

test(
  'a run whose hub is killed three times fails and says how to go on; stopping a hub in order does not count',
  { timeout: 240_000 },
  async () => {
    const filled = await fillHub(() => ({ port, token }))
    const { body: run } = await filled.train('slow')
    const { body: waiting } = await filled.train('quick', { again: true })
    const first = await untilTrial(filled, run.id, 0)
    await pullThePlug(hub)
    await startHub()
    const second = await untilTrial(filled, run.id, first.startedAt!)
    hub.process.kill('SIGTERM')
    await hub.exited
    await startHub()
    const third = await untilTrial(filled, run.id, second.startedAt!)
    await pullThePlug(hub)
    await startHub()
    const { trials } = await untilTrial(filled, run.id, third.startedAt!)
    await pullThePlug(hub)
    await startHub()
    const failed = await filled.until(run.id)
    expect(failed).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/started 3 times.*fleetcast runs show .*fleetcast train --recipe slow/),
    })
    expect(failed.trials.slice(0, trials.length)).toEqual(trials)
    expect(await filled.until(waiting.id)).toMatchObject({ state: 'succeeded' })
    const events = await filled.get<EventResource[]>('/api/v1/events?limit=20')
    expect(events.filter(({ message }) => message.includes(run.id))).toMatchObject([
      { code: 'training/hubStopped', severity: 'error' },
    ])
    const { body: anew } = await filled.train('slow')
    expect(anew).toMatchObject({ isReused: false })
    await filled.send('POST', `/api/v1/runs/${anew.id}/cancel`, { reason: 'seen enough' })
  },
)

test(
  'SIGKILL of the trainer: the run fails and keeps the trials that had ended',
  { timeout: 60_000 },
  async () => {
    const filled = await fillHub(() => ({ port, token }))
    const { body: run } = await filled.train('slow')
    const { trials } = await filled.until(run.id, (seen) => seen.trials.length >= 2)
    process.kill(trainerPid(), 'SIGKILL')
    const failed = await filled.until(run.id)
    expect(failed).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('SIGKILL'),
      report: null,
    })
    expect(failed.trials.slice(0, trials.length)).toEqual(trials)
  },
)

test('niceness and memory limit hold for the process itself', { timeout: 60_000 }, async () => {
  const filled = await fillHub(() => ({ port, token }))
  const { body: run } = await filled.train('slow')
  await filled.until(run.id, ({ fraction }) => fraction > 0)
  const pid = trainerPid()
  expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/Max data size\s+4294967296\s/)
  expect(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[16]).toBe('10')
  await filled.send('POST', `/api/v1/runs/${run.id}/cancel`, { reason: 'seen enough' })
  await eventually(
    async () => trainers(),
    (left) => left.length === 0,
    10,
  )
})
