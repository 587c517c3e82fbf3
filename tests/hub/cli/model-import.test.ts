/** `models import` against a whole hub with its real worker process: files of other makers become versions, or are refused. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { tensorflow } from '../../../hub/adapters/tensorflow.ts'
import type { ModelResource } from '../../../hub/api/resources/model.ts'
import type { RunDetail, RunResource } from '../../../hub/api/resources/run.ts'
import type { VersionLineage } from '../../../hub/registry/lineage.ts'
import { trainVersion } from '../../../hub/runs/train-version.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { bytesOf } from '../onnx/made-elsewhere.ts'
import { startRunningHub, type RunningHub } from '../running-hub.ts'
import { syntheticSeries } from '../runs/synthetic-series.ts'
import { addSmallDataset } from './small-dataset.ts'
import { typeCommand } from './type-command.ts'

const HOURS = 13_000
const TRAINED_HOURS = 8_000
const recipe = smallRecipe({
  training: { algorithms: ['ridge'], seed: 3 },
  gates: { robustnessFactorMax: 100, fuzzInputs: 500 },
})
const trainedUntil = new Date(Date.UTC(2020, 0, 1) + TRAINED_HOURS * 3_600_000).toISOString()

let hub: RunningHub
let folder: string
let dataset: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleetcast-import-model-'))
  hub = await startRunningHub()
  dataset = await addSmallDataset(hub, recipe, HOURS)
}, 120_000)
afterAll(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true })
})

const fleetcast = (...words: readonly string[]) => typeCommand(hub, ...words)

const COLUMNS = [
  { name: 'now', feature: { lag: 'temperature', steps: [0] } },
  { name: 'day', feature: { difference: 'temperature', steps: [24] } },
  { name: 'sine', feature: { calendar: ['day'], harmonics: 1 }, take: 0 },
  { name: 'highest', feature: { range: 'temperature', steps: [6] }, take: 1 },
  { name: 'cosine', feature: { calendar: ['day'], harmonics: 1 }, take: 1 },
  { name: 'mean', feature: { mean: 'temperature', steps: [24] } },
]

const signatureOf = (change: object) => ({
  schema: 'fleetcast/import-signature/1',
  recipe: 'small',
  input: { kind: 'columns', columns: COLUMNS },
  output: { name: 'predicted', kind: 'value' },
  trainedUntil,
  trainedOn: { sites: ['alpha', 'beta'] },
  author: 'ada',
  description: 'for a test',
  ...change,
})

async function importing(model: Uint8Array, signature: object, ...flags: readonly string[]) {
  const [modelFile, signatureFile] = [join(folder, 'm.onnx'), join(folder, 's.json')]
  writeFileSync(modelFile, model)
  writeFileSync(signatureFile, JSON.stringify(signature))
  const words = ['models', 'import', modelFile, '--signature', signatureFile, '--dataset', dataset]
  return await fleetcast(...words, '--wait', ...flags)
}

const models = async (): Promise<readonly ModelResource[]> =>
  (await hub.get<ModelResource[]>('/api/v1/models')).filter((model) => model.recipe === 'small')

describe('a model made elsewhere', () => {
  test('that is good becomes a version that passed the gates', { timeout: 120_000 }, async () => {
    const known = [1, 2].map((seed, i) => syntheticSeries(['alpha', 'beta'][i]!, TRAINED_HOURS, seed))
    const versions = { node: '', onnxruntime: '', tensorflow: '' }
    const ports = { engine: onnxRuntime, network: tensorflow, cpuSeconds: () => 0, versions }
    const trained = await trainVersion(ports, {
      recipe,
      series: known,
      seed: 3,
      onProgress: async () => {},
      onTrial: () => {},
    })
    if (!trained.ok) throw new Error(trained.error.message)
    const window = { input: { kind: 'window' }, output: { name: 'prediction', kind: 'value' } }
    const said = await importing(trained.value.onnx, signatureOf(window))
    expect(said).toMatchObject({ exit: 0, error: '' })
    const [model] = await models()
    expect(model).toMatchObject({ version: 1, algorithm: 'imported', sites: ['alpha', 'beta'] })
    expect(model!.testMae).toBeLessThan(model!.persistenceMae)
    expect(model!.format!.opsets).toEqual({ 'ai.onnx': 17 })
    expect(model!.format!.operators).toContainEqual(expect.objectContaining({ operator: 'Gather' }))
    expect(model).toMatchObject({ weights: null, replay: null, parityRows: 2_048 })
    const weights = model!.gates!.gates.find(({ gate }) => gate === 'compactWeights')
    expect(weights).toMatchObject({
      verdict: 'notTestable',
      message: expect.stringContaining('made elsewhere'),
    })
    expect(model!.gates?.passed, JSON.stringify(model!.gates?.blocking)).toBe(true)
  })
  test('that is bad is registered, named, and blocked', { timeout: 120_000 }, async () => {
    expect(
      await importing(
        bytesOf('sklearn-forest'),
        signatureOf({ output: { name: 'variable', kind: 'value' } }),
      ),
    ).toMatchObject({ exit: 0 })
    const model = (await models()).find(({ version }) => version === 2)
    expect(model?.gates?.passed).toBe(false)
    expect(model?.gates?.blocking).toContain('beatsPersistence')
    const card = await fleetcast('models', 'card', 'small@2')
    expect(card.out).toContain('made elsewhere by ada')
    const shown = await fleetcast('models', 'show', 'small@2')
    for (const said of [card.out, shown.out])
      expect(said).toMatch(/Operator sets: ai.onnx \d+, ai.onnx.ml \d \(IR version \d+\)/)
  })
  test('cannot be reproduced: it was trained elsewhere', async () => {
    const run = (await hub.get<RunResource[]>('/api/v1/runs')).find(({ kind }) => kind === 'import')
    const said = await fleetcast('runs', 'reproduce', run!.id)
    expect(said).toMatchObject({ exit: 1, error: expect.stringMatching(/^run\/notTrained: .*elsewhere/) })
  })
  test('leads back to its author and what it was trained on, not to the data it was judged on', async () => {
    const periods = [{ from: null, until: Date.parse(trainedUntil) }]
    const lineage = await hub.get<VersionLineage>('/api/v1/lineage/versions/small@1')
    expect(lineage).toMatchObject({
      ...{ dataset: null, elsewhere: { author: 'ada', dataset: null } },
      trainedOn: [
        { station: 'alpha', periods },
        { station: 'beta', periods },
      ],
    })
  })
  test("is recalled with a station's bad week that it was trained on, and not with a later one", async () => {
    const week = (from: string, until: string) =>
      fleetcast('recall', '--station', 'alpha', '--from', from, '--until', until)
    const known = await week('2020-03-02', '2020-03-09')
    expect(known.out).toContain('small@1')
    expect(known.out).toMatch(/ada +alpha \.\.2020-11-29; beta/)
    expect((await week('2021-02-01', '2021-02-08')).out).toBe('no version was trained on that')
  })
})

describe('is refused, and nothing is stored,', () => {
  const runs = () => hub.get<RunDetail[]>('/api/v1/runs')
  test.each([
    ['bytes that are no model', Buffer.from('not a model'), {}, 'onnx/'],
    [
      'a signature that lacks a key',
      bytesOf('sklearn-linear'),
      { author: undefined },
      'import/signatureInvalid',
    ],
    [
      'an output that the model does not have',
      bytesOf('sklearn-linear'),
      { output: { name: 'y', kind: 'value' } },
      'import/output',
    ],
    [
      'a recipe that the hub does not have',
      bytesOf('sklearn-linear'),
      { recipe: 'nowhere' },
      'recipe/notFound',
    ],
    [
      'a probability where a number is asked for',
      bytesOf('sklearn-classifier'),
      { output: { name: 'probabilities', kind: 'probability' } },
      'import/outputKind',
    ],
    [
      'a number where the probabilities of classes are asked for',
      bytesOf('sklearn-linear'),
      { recipe: 'wind-class-6h' },
      'import/outputKind',
    ],
  ])('%s', async (_what, model, change, code) => {
    const before = (await runs()).length
    const said = await importing(model, signatureOf(change))
    expect(said.exit).toBe(1)
    expect(said.error).toContain(code)
    expect((await runs()).length).toBe(before)
  })
  test('a model that has no answer to a gap: a failed run that says what to do', async () => {
    const said = await importing(bytesOf('sklearn-linear'), signatureOf({}))
    expect(said.exit).toBe(1)
    expect(said.out).toMatch(/import\/notFinite: .*put an imputer in front of it/)
  })
  test('a model without rows to judge it on: a failed run and no version', { timeout: 60_000 }, async () => {
    const before = (await models()).length
    const late = signatureOf({ trainedUntil: '2030-01-01T00:00:00Z' })
    const said = await importing(bytesOf('sklearn-linear'), late)
    expect(said.exit).toBe(1)
    expect(said.out).toContain('import/tooFewRows')
    expect((await models()).length).toBe(before)
  })
})
