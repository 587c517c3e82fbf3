/** `recipes check` and `models compare` against a whole hub with its real worker process. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { ModelResource } from '../../../hub/api/resources/model.ts'
import type { RunResource } from '../../../hub/api/resources/run.ts'
import type { CheckResource, ComparisonResource } from '../../../hub/api/resources/study.ts'
import { FeasibilityReport } from '../../../hub/runs/check/feasibility-report.ts'
import { Comparison } from '../../../hub/runs/compare/comparison.ts'
import { eventually } from '../../e2e/programs.ts'
import { bearer, JSON_TYPE } from '../api/hub-process.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { startRunningHub, type RunningHub } from '../running-hub.ts'
import { addSmallDataset } from './small-dataset.ts'
import { typeCommand } from './type-command.ts'

const HOURS = 13_000
const recipe = smallRecipe({ training: { algorithms: ['ridge'], seed: 3 } })
const UNTIL = '2020-12-01T00:00:00Z'

let hub: RunningHub
let folder: string
let dataset: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleetcast-study-'))
  hub = await startRunningHub()
  dataset = await addSmallDataset(hub, recipe, HOURS)
  await train('alpha,beta')
  await train('alpha')
}, 120_000)
afterAll(async () => {
  await hub.stop()
  rmSync(folder, { recursive: true })
})

const url = (path: string): string => `http://127.0.0.1:${hub.httpPort}${path}`
const ask = (method: string, path: string, body: unknown): Promise<Response> =>
  fetch(url(path), { method, headers: { ...JSON_TYPE, ...bearer(hub.token) }, body: JSON.stringify(body) })
const fleetcast = (...words: readonly string[]) => typeCommand(hub, ...words)
const runs = (): Promise<RunResource[]> => hub.get<RunResource[]>('/api/v1/runs')

async function train(stations: string): Promise<void> {
  const rows = ['--stations', stations, '--until', UNTIL]
  const { out } = await fleetcast('train', '--json', '--dataset', dataset, '--recipe', 'small', ...rows)
  const { id } = JSON.parse(out) as RunResource
  const read = () => hub.get<RunResource>(`/api/v1/runs/${id}`)
  const run = await eventually(read, ({ state }) => state !== 'queued' && state !== 'running', 60)
  expect(run.message).toMatch(/^version \d$/)
}

describe('recipes check', () => {
  test('waits with progress, prints the report, and keeps it with the run', { timeout: 60_000 }, async () => {
    const file = join(folder, 'report.md')
    const said = await fleetcast('recipes', 'check', 'small', '--dataset', dataset, '--out', file)
    expect(said).toMatchObject({ exit: 0, error: '' })
    expect(said.bars.at(-1)).toBe('check small 1.00')
    expect(said.out).toMatch(/small \(Small\): (feasible|doubtful)/)
    expect(readFileSync(file, 'utf8')).toContain('## Scores on validation rows')
    const [check] = await hub.get<CheckResource[]>('/api/v1/checks')
    expect(check!.run).toMatchObject({ kind: 'check', state: 'succeeded', version: null })
    expect(FeasibilityReport.parse(check!.report).stations.map(({ station }) => station)).toEqual([
      'alpha',
      'beta',
    ])
    const again = await fleetcast('recipes', 'check', 'small', '--dataset', dataset, '--out', file)
    expect(again).toMatchObject({ exit: 1, error: expect.stringContaining('file/exists') })
  })
  test('takes a file that was never applied, and answers in JSON', { timeout: 60_000 }, async () => {
    const file = join(folder, 'other.yaml')
    writeFileSync(
      file,
      stringify({ ...recipe, name: 'other', target: { ...recipe.target, horizonSteps: 12 } }),
    )
    const rows = ['--stations', 'alpha', '--until', '2020-06-01']
    const { out, exit } = await fleetcast('recipes', 'check', file, '--dataset', dataset, '--json', ...rows)
    const report = FeasibilityReport.parse(JSON.parse(out))
    expect(exit).toBe(0)
    expect(report).toMatchObject({
      recipe: { name: 'other' },
      target: { horizonMinutes: 720 },
      selection: 'alpha until 2020-06-01',
    })
    expect((await ask('GET', '/api/v1/recipes/other', undefined)).status).toBe(404)
  })
  test('does not wait when told so', { timeout: 60_000 }, async () => {
    const { out } = await fleetcast('recipes', 'check', 'small', '--dataset', dataset, '--no-wait')
    const read = () => hub.get<CheckResource>(`/api/v1/checks/${out}`)
    const done = await eventually(read, ({ run }) => run.state === 'succeeded', 40)
    expect(done.report).not.toBeNull()
  })
  test.each([
    ['an unknown recipe', ['nothing'], 'recipe/notFound'],
    ['an unknown dataset', ['small', '--dataset', 'abcdef'], 'dataset/notFound'],
    ['a file that is no recipe', ['package.json'], 'recipe/'],
  ])('of %s is refused, and no run is left', async (_what, words, code) => {
    const before = await runs()
    const named = words.includes('--dataset') ? words : [...words, '--dataset', dataset]
    const { error, exit } = await fleetcast('recipes', 'check', ...named)
    expect([exit, error]).toEqual([1, expect.stringContaining(code)])
    expect(await runs()).toEqual(before)
  })
  test('of a file under another recipe’s path is refused', async () => {
    const answer = await ask('POST', '/api/v1/recipes/small/checks', {
      dataset,
      recipe: { ...recipe, name: 'other' },
    })
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      422,
      'recipe/otherName',
    ])
  })
})

describe('models compare', () => {
  const compare = (...words: readonly string[]) =>
    fleetcast('models', 'compare', ...words, '--dataset', dataset)
  test('of two versions is a table, and evidence that stays', { timeout: 60_000 }, async () => {
    const said = await compare('small@1', 'small@2', '--out', join(folder, 'compared.md'))
    expect(said).toMatchObject({ exit: 0, error: '' })
    expect(said.out).toMatch(/^small@1 against small@2: /)
    expect(said.out).toMatch(/overall +all rows/)
    const [kept] = await hub.get<ComparisonResource[]>('/api/v1/comparisons')
    const comparison = Comparison.parse(kept!.comparison)
    expect(kept).toMatchObject({ a: 'small@1', b: 'small@2', run: { kind: 'compare', state: 'succeeded' } })
    expect(new Date(comparison.from).toISOString()).toBe('2020-12-01T00:00:00.000Z')
    // The second one never saw beta.
    expect(comparison.rows.seenByA).toBeGreaterThan(1_000)
    expect(comparison.rows.seenByB).toBe(0)
    expect(readFileSync(join(folder, 'compared.md'), 'utf8')).toContain('| station | beta |')
  })
  test('of a version with itself is told apart from nothing', { timeout: 60_000 }, async () => {
    const { out } = await compare('small@1', 'small@1', '--json')
    const { overall } = Comparison.parse(JSON.parse(out))
    expect(overall).toMatchObject({ verdict: 'notToldApart', relativeDifference: 0 })
  })
  test('without a row that neither has seen is refused; the run says why and holds no result', async () => {
    const { error, exit } = await compare('small@1', 'small@2', '--until', UNTIL)
    expect([exit, error]).toEqual([1, expect.stringMatching(/^compare\/noUnseenRows: all \d+ samples/)])
    const [failed] = await hub.get<ComparisonResource[]>('/api/v1/comparisons')
    expect(failed).toMatchObject({ run: { state: 'failed', version: null }, comparison: null })
    const models = await hub.get<ModelResource[]>('/api/v1/models')
    expect(models.map(({ version }) => version)).toEqual([1, 2])
  }, 60_000)
  test.each(['small@7', 'small', 'nothing@1', 'small@1; drop'])('of %s is refused at once', async (name) => {
    const before = await runs()
    const { error, exit } = await compare('small@1', name)
    expect([exit, error]).toEqual([1, expect.stringContaining('version/notFound')])
    expect(await runs()).toEqual(before)
  })
})
