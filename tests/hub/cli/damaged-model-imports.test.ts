/** Damaged models and signatures against a whole hub: whatever comes in, no half run, half version or left-over file stays. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom } from '@fleetcast/shared/random.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunDetail, StartedRunResource } from '../../../hub/api/resources/run.ts'
import { openStore } from '../../../hub/store/open-store.ts'
import { filesOf } from '../../../hub/registry/remove-blobs.ts'
import { listVersions } from '../../../hub/store/queries/runs-and-versions.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { damaged } from '../onnx/damaged-files.ts'
import { bytesOf } from '../onnx/made-elsewhere.ts'
import { COLUMNS, signatureOf } from '../runs/import-fixtures.ts'
import { startRunningHub, type RunningHub } from '../running-hub.ts'
import { MIGRATIONS } from '../store/engines.ts'
import { addSmallDataset } from './small-dataset.ts'

const recipe = smallRecipe({
  training: { algorithms: ['ridge'], seed: 3 },
  gates: { robustnessWindows: 50, fuzzInputs: 0 },
})
let hub: RunningHub
let dataset: string
beforeAll(async () => {
  hub = await startRunningHub()
  dataset = await addSmallDataset(hub, recipe, 3_000)
}, 120_000)
afterAll(() => hub.stop())

const OF_FOREST = {
  input: { kind: 'columns', columns: COLUMNS },
  output: { name: 'variable', kind: 'value' },
  trainedUntil: '2020-02-01T00:00:00Z',
}

const importing = (model: Uint8Array, signature: unknown) =>
  hub.post('/api/v1/models/imports', { model: Buffer.from(model).toString('base64'), signature, dataset })

async function ended(id: string): Promise<RunDetail> {
  for (;;) {
    const run = await hub.get<RunDetail>(`/api/v1/runs/${id}`)
    if (run.state !== 'queued' && run.state !== 'running') return run
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Everything of the hub's folder but the database, which keeps what happened. */
const files = (): readonly string[] =>
  readdirSync(hub.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.sqlite|\.db/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()

/** By the digests that the manifests of all versions name. */
async function filesOfVersions(): Promise<ReadonlySet<string>> {
  const store = await openStore({
    database: 'sqlite',
    sqliteFile: join(hub.folder, 'hub.db'),
    migrations: MIGRATIONS,
  })
  try {
    return new Set((await listVersions(store)).flatMap(({ manifest }) => filesOf(manifest)))
  } finally {
    await store.close()
  }
}

/** Files that were not there before are a version's. */
async function expectNothingLeft(before: readonly string[]): Promise<void> {
  const known = new Set(before)
  const ofVersions = await filesOfVersions()
  const left = files().filter((file) => !known.has(file) && !ofVersions.has(file.split('/').at(-1)!))
  expect(left).toEqual([])
}

test('damaged models are refused, fail, or are whole versions', { timeout: 240_000 }, async () => {
  const before = files()
  const signature = signatureOf(OF_FOREST)
  const outcomes = { refused: 0, failed: 0, succeeded: 0 }
  for (let seed = 0; seed < 40; seed++) {
    const model = damaged(bytesOf('sklearn-forest'), createRandom(70_000 + seed))
    const { status, body } = await importing(model, signature)
    if (status !== 200) {
      expect({ seed, body }).toMatchObject({
        body: { code: expect.stringMatching(/^(onnx|import|request)\//) },
      })
      outcomes.refused += 1
      continue
    }
    const run = await ended((body as StartedRunResource).id)
    expect({ seed, run }).toMatchObject({ run: { state: expect.stringMatching(/^(failed|succeeded)$/) } })
    expect(run.version === null).toBe(run.state === 'failed')
    outcomes[run.state as 'failed' | 'succeeded'] += 1
  }
  await expectNothingLeft(before)
  expect(Math.min(...Object.values(outcomes)), JSON.stringify(outcomes)).toBeGreaterThan(0)
})

test('damaged signatures are refused by a key, and leave nothing', { timeout: 60_000 }, async () => {
  const before = files()
  const text = JSON.stringify(signatureOf({ ...OF_FOREST, output: { name: 'y', kind: 'value' } }))
  const runs = (await hub.get<RunDetail[]>('/api/v1/runs')).length
  let read = 0
  for (let seed = 0; seed < 200; seed++) {
    const bytes = damaged(new TextEncoder().encode(text), createRandom(80_000 + seed))
    const signature = parsed(new TextDecoder().decode(bytes))
    if (signature === null) continue
    read += 1
    const { status, body } = await importing(bytesOf('sklearn-forest'), signature)
    // The model has no output y: even what came through whole is refused, by name.
    expect({ seed, status, body }).toMatchObject({
      body: { code: expect.stringMatching(/^(import|recipe|request)\//) },
    })
  }
  expect(read).toBeGreaterThan(20)
  expect((await hub.get<RunDetail[]>('/api/v1/runs')).length).toBe(runs)
  expect(files()).toEqual(before)
})

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch (cause) {
    if (cause instanceof SyntaxError) return null
    throw cause
  }
}

test('a cancelled import takes its file along', async () => {
  const before = files()
  const { body } = await importing(bytesOf('sklearn-forest'), signatureOf({ ...OF_FOREST, author: 'bea' }))
  const { id } = body as StartedRunResource
  const { status } = await hub.post(`/api/v1/runs/${id}/cancel`, { reason: 'try it' })
  expect(status).toBe(200)
  expect((await ended(id)).state).toBe('cancelled')
  await expect.poll(() => files().filter((file) => !before.includes(file))).toEqual([])
})

test('the same model with the same signature and rows is the same run', { timeout: 60_000 }, async () => {
  const signature = signatureOf({ ...OF_FOREST, author: 'cleo' })
  const answers = await Promise.all([1, 2].map(() => importing(bytesOf('sklearn-forest'), signature)))
  const started = answers.map(({ body }) => body as StartedRunResource)
  expect(started.map(({ isReused }) => isReused)).toEqual([false, true])
  expect(started[0]!.id).toBe(started[1]!.id)
  const { version } = await ended(started[0]!.id)
  const { body } = await importing(bytesOf('sklearn-forest'), signature)
  expect(body).toMatchObject({ id: started[0]!.id, isReused: true, version })
  const other = await importing(bytesOf('sklearn-forest'), { ...signature, description: 'another' })
  expect(other.body).toMatchObject({ isReused: false })
  await ended((other.body as StartedRunResource).id)
})
