/** Runs as an operator types them, against a whole hub with the real trainer. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CommanderError } from 'commander'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { createApiClient } from '../../../hub/adapters/api-client.ts'
import { createCredentials } from '../../../hub/adapters/credentials.ts'
import { createKeySources } from '../../../hub/adapters/key-sources.ts'
import { lineFiles } from '../../../hub/adapters/line-files.ts'
import { stageFolder } from '../../../hub/adapters/stage-folder.ts'
import { systemClock } from '../../../hub/adapters/system-clock.ts'
import { textFiles } from '../../../hub/adapters/text-files.ts'
import type { RecipeResource } from '../../../hub/api/resources/recipe.ts'
import type { RunResource } from '../../../hub/api/resources/run.ts'
import { createProgram } from '../../../hub/cli/program.ts'
import { startTestHub, type RunningHub } from '../api/hub-process.ts'
import { fillHub, type FilledHub } from '../runs/filled-hub.ts'

let hub: RunningHub
let filled: FilledHub
beforeAll(async () => {
  hub = await startTestHub()
  filled = await fillHub(() => ({ port: hub.config.httpPort, token: hub.adminToken }))
}, 60_000)
afterAll(() => hub.stop())

async function fleetcast(...words: readonly string[]) {
  const said = { out: [] as string[], error: [] as string[], bars: [] as number[], exit: 0 }
  const folder = hub.config.stateDir
  const credentials = createCredentials({ token: hub.adminToken, workFolder: folder, configFolder: folder })
  const program = createProgram({
    connect: (url) => createApiClient(url, credentials.find),
    connectWith: (url, credential) => createApiClient(url, () => Promise.resolve(credential)),
    ...{ credentials, lineFiles, files: textFiles, stage: stageFolder, clock: systemClock },
    askHidden: async () => '',
    userName: 'operator',
    keys: createKeySources({}),
    defaultHub: `http://127.0.0.1:${hub.config.httpPort}`,
    terminal: {
      out: (text) => said.out.push(text),
      error: (text) => said.error.push(text),
      isInteractive: false,
    },
    display: { line: () => {}, bar: (_title, fraction) => said.bars.push(fraction), finish: () => {} },
    exit: (code) => (said.exit = code),
    stopWithParent: () => {},
    runHub: async () => ({ ok: true, value: undefined }),
    runDemo: async () => ({ ok: true, value: undefined }),
    writeMosquitto: async () => ({ ok: false, error: { code: 'test/unused', message: '' } }),
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause
    said.exit = 2
  }
  return { ...said, text: said.out.join('\n') }
}

const LONG = { timeout: 120_000 }
const trainQuick = (...more: string[]) =>
  fleetcast('train', '--dataset', filled.dataset.slice(0, 8), '--recipe', 'quick', ...more)
const newest = async (): Promise<RunResource> => (await filled.get<RunResource[]>('/api/v1/runs'))[0]!

test('train --wait shows how far it is and ends with the lock and the scores', LONG, async () => {
  const { text, bars, error, exit } = await trainQuick('--wait')
  expect(exit).toBe(0)
  expect(error).toEqual([expect.stringMatching(/is queued; "fleetcast runs watch /)])
  expect(bars.at(-1)).toBe(1)
  expect(text).toMatch(/quick\): succeeded, version 1[\s\S]*wasm[\s\S]*model\.onnx[\s\S]*test MAE/)
})

test('the same again is reused and says how to train anew', LONG, async () => {
  expect((await trainQuick()).text).toMatch(
    /^equal inputs: version 1 of run \S+ is reused \("--again" trains anew\)$/,
  )
  const { out, exit } = await trainQuick('--again', '--wait', '--json')
  expect(exit).toBe(0)
  expect(JSON.parse(out[0]!)).toMatchObject({ state: 'succeeded', version: 2 })
})

const WEAKER = /missingShareMax 0\.2 instead of 0\.05, skillOverPersistenceMin 0\.05 instead of 0\.1/

test('limits below the defaults are said wherever a version is shown', LONG, async () => {
  await trainQuick('--wait')
  expect((await fleetcast('models', 'show', 'quick@1')).text).toMatch(
    new RegExp(`\nweaker than default: ${WEAKER.source}`),
  )
  expect((await fleetcast('models', 'gates', 'list')).text).toMatch(
    new RegExp(`quick@1 weaker than default: ${WEAKER.source}`),
  )
  expect((await fleetcast('models', 'card', 'quick@1')).text).toMatch(
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
  expect(await fleetcast('diff', file)).toMatchObject({ exit: 0, error: [warning] })
  expect(await fleetcast('apply', file, '--json')).toMatchObject({ exit: 0, error: [warning] })
  expect(await fleetcast('apply', file)).toMatchObject({
    exit: 0,
    error: [],
    text: expect.stringMatching(/nothing changes/),
  })
  store({}, 'slower')
  expect((await fleetcast('apply', file)).error).toEqual([
    expect.stringMatching(new RegExp(`weaker than those of the defaults: ${WEAKER.source}`)),
  ])
})

test('trials are a table with the winner marked', LONG, async () => {
  await fleetcast('train', '--dataset', filled.dataset, '--recipe', 'searched', '--wait')
  const { text } = await fleetcast('runs', 'trials', (await newest()).id)
  expect(text.split('\n')).toHaveLength(4)
  expect(text.match(/✓/g)).toHaveLength(1)
})

test('reproduce --wait says that nothing came out otherwise', LONG, async () => {
  await trainQuick()
  const runs = await filled.get<RunResource[]>('/api/v1/runs')
  const run = runs.find(({ recipe }) => recipe === 'quick')
  const { text, exit } = await fleetcast('runs', 'reproduce', run!.id, '--wait')
  expect(exit).toBe(0)
  expect(text).toMatch(/identical: every file came out the same, bit for bit[\s\S]*= model\.onnx/)
})

test('watch ends with 1 when the run is cancelled meanwhile', LONG, async () => {
  const { body } = await filled.train('slow')
  const watching = fleetcast('runs', 'watch', body.id)
  await filled.until(body.id, ({ state }) => state === 'running')
  const cancelled = await fleetcast('runs', 'cancel', body.id, '--reason', 'no longer needed')
  expect(cancelled.text).toBe(`run ${body.id} is cancelled`)
  expect(await watching).toMatchObject({ exit: 1, text: expect.stringContaining('no longer needed') })
  const again = await fleetcast('runs', 'cancel', body.id, '--reason', 'once more')
  expect(again).toMatchObject({ exit: 1, error: [expect.stringMatching(/^run\/ended: .*was cancelled/)] })
})

test('list shows who asked, and an unknown run is refused', async () => {
  const { text } = await fleetcast('runs', 'list')
  expect(text.split('\n')[0]).toMatch(/^RUN +KIND +RECIPE +STATE .*ASKED BY/)
  expect(text).toMatch(/reproduce +quick +succeeded/)
  expect(await fleetcast('runs', 'show', 'nothing')).toMatchObject({
    exit: 1,
    error: ['run/notFound: no run is named nothing'],
  })
})
