/** Runs as an operator types them, against a whole hub with the real trainer. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import type { RecipeResource } from '../../../hub/api/resources/recipe.ts'
import type { RunResource } from '../../../hub/api/resources/run.ts'
import { startTestHub, type RunningHub } from '../api/hub-process.ts'
import { fillHub, type FilledHub } from '../runs/filled-hub.ts'
import { typeCommand, type Said } from './type-command.ts'

let hub: RunningHub
let filled: FilledHub
beforeAll(async () => {
  hub = await startTestHub()
  filled = await fillHub(() => ({ port: hub.config.httpPort, token: hub.adminToken }))
}, 60_000)
afterAll(() => hub.stop())

const fleetcast = (...words: readonly string[]): Promise<Said> => {
  const { httpPort, stateDir } = hub.config
  return typeCommand({ token: hub.adminToken, httpPort, folder: stateDir }, ...words)
}

const LONG = { timeout: 120_000 }
const trainQuick = (...more: string[]) =>
  fleetcast('train', '--dataset', filled.dataset.slice(0, 8), '--recipe', 'quick', ...more)
const newest = async (): Promise<RunResource> => (await filled.get<RunResource[]>('/api/v1/runs'))[0]!

test('train --wait shows how far it is and ends with the lock and the scores', LONG, async () => {
  const { out, bars, error, exit } = await trainQuick('--wait')
  expect(exit).toBe(0)
  expect(error).toMatch(/is queued; "fleetcast runs watch /)
  expect(bars.at(-1)).toContain('1.00')
  expect(out).toMatch(/quick\): succeeded, version 1[\s\S]*wasm[\s\S]*model\.onnx[\s\S]*test MAE/)
})

test('the same again is reused and says how to train anew', LONG, async () => {
  expect((await trainQuick()).out).toMatch(
    /^equal inputs: version 1 of run \S+ is reused \("--again" trains anew\)$/,
  )
  const { out, exit } = await trainQuick('--again', '--wait', '--json')
  expect(exit).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ state: 'succeeded', version: 2 })
})

const WEAKER = /missingShareMax 0\.2 instead of 0\.05, skillOverPersistenceMin 0\.05 instead of 0\.1/

test('limits below the defaults are said wherever a version is shown', LONG, async () => {
  await trainQuick('--wait')
  expect((await fleetcast('models', 'show', 'quick@1')).out).toMatch(
    new RegExp(`\nweaker than default: ${WEAKER.source}`),
  )
  expect((await fleetcast('models', 'gates', 'list')).out).toMatch(
    new RegExp(`quick@1 weaker than default: ${WEAKER.source}`),
  )
  expect((await fleetcast('models', 'card', 'quick@1')).out).toMatch(
    new RegExp(`\nWeaker than default: ${WEAKER.source}`),
  )
})

test('a recipe that weakens a gate is stored with a warning, whether it changes or is new', async () => {
  const { body } = await filled.get<RecipeResource>('/api/v1/recipes/slow')
  const file = join(hub.config.stateDir, 'slow.json')
  const store = (gates: object, name = 'slow') =>
    writeFileSync(
      file,
      JSON.stringify({ ...(body as Recipe), name, gates: { ...(body as Recipe).gates, ...gates } }),
    )
  const warning = 'warning: gates weaker than those of the stored recipe: confidence 0.8 instead of 0.95'
  store({ confidence: 0.8, lossMax: 2 })
  expect(await fleetcast('diff', file)).toMatchObject({ exit: 0, error: warning })
  expect(await fleetcast('apply', file, '--json')).toMatchObject({ exit: 0, error: warning })
  expect(await fleetcast('apply', file)).toMatchObject({
    exit: 0,
    error: '',
    out: expect.stringMatching(/nothing changes/),
  })
  store({}, 'slower')
  expect((await fleetcast('apply', file)).error).toMatch(
    new RegExp(`weaker than those of the defaults: ${WEAKER.source}`),
  )
})

test('trials are a table with the winner marked', LONG, async () => {
  await fleetcast('train', '--dataset', filled.dataset, '--recipe', 'searched', '--wait')
  const { out } = await fleetcast('runs', 'trials', (await newest()).id)
  expect(out.split('\n')).toHaveLength(4)
  expect(out.match(/✓/g)).toHaveLength(1)
})

test('reproduce --wait says that nothing came out otherwise', LONG, async () => {
  await trainQuick()
  const runs = await filled.get<RunResource[]>('/api/v1/runs')
  const run = runs.find(({ recipe }) => recipe === 'quick')
  const { out, exit } = await fleetcast('runs', 'reproduce', run!.id, '--wait')
  expect(exit).toBe(0)
  expect(out).toMatch(/identical: every file came out the same, bit for bit[\s\S]*= model\.onnx/)
})

test('trials of a run that was cancelled are shown without a winner', LONG, async () => {
  const { body } = await filled.train('slow')
  expect((await fleetcast('runs', 'trials', body.id)).out).toMatch(/^no trial has ended yet; /)
  await filled.until(body.id, ({ trials }) => trials.length > 0)
  await fleetcast('runs', 'cancel', body.id, '--reason', 'seen enough')
  const { out } = await fleetcast('runs', 'trials', body.id)
  expect(out).toMatch(/^TRIAL +ALGORITHM .*\n1 +gbdt /)
  expect(out).not.toContain('✓')
})

test('watch ends with 1 when the run is cancelled meanwhile', LONG, async () => {
  const { body } = await filled.train('slow')
  const watching = fleetcast('runs', 'watch', body.id)
  await filled.until(body.id, ({ state }) => state === 'running')
  const cancelled = await fleetcast('runs', 'cancel', body.id, '--reason', 'no longer needed')
  expect(cancelled.out).toBe(`run ${body.id} is cancelled`)
  expect(await watching).toMatchObject({ exit: 1, out: expect.stringContaining('no longer needed') })
  const again = await fleetcast('runs', 'cancel', body.id, '--reason', 'once more')
  expect(again).toMatchObject({ exit: 1, error: expect.stringMatching(/^run\/ended: .*was cancelled/) })
})

test('list shows who asked, and an unknown run is refused', async () => {
  const { out } = await fleetcast('runs', 'list')
  expect(out.split('\n')[0]).toMatch(/^RUN +KIND +RECIPE +STATE .*ASKED BY/)
  expect(out).toMatch(/reproduce +quick +succeeded/)
  expect(await fleetcast('runs', 'show', 'nothing')).toMatchObject({
    exit: 1,
    error: 'run/notFound: no run is named nothing',
  })
})
