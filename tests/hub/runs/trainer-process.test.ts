/** The real trainer program as a child process: whatever becomes of it is the run's outcome and nothing else. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { SiteId } from '@fleetcast/shared/ids.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { createTrainerProcess } from '../../../hub/adapters/trainer-process.ts'
import { HUB_DEFAULTS } from '../../../hub/config/config.ts'
import type { StationSeries } from '../../../hub/datasets/station-series.ts'
import type { TrialReport } from '../../../hub/runs/run-report.ts'
import type { TrainerListener } from '../../../hub/runs/trainer.ts'
import { temporaryFolder } from '../../e2e/programs.ts'

const path = (name: string): string => fileURLToPath(new URL(`../../../hub/${name}`, import.meta.url))
const recipe = Recipe.parse(parse(readFileSync(path('recipes/temperature-24h.yaml'), 'utf8')))
const folder = temporaryFolder()
afterAll(() => folder.remove())

/** Noise around a day cycle: nothing to learn from, but enough of it to be busy with. */
function noisySeries(steps: number): StationSeries {
  const random = createRandom(3)
  const values = new Float32Array(steps * recipe.channels.length)
  for (let step = 0; step < steps; step++)
    recipe.channels.forEach(({ min, max }, i) => {
      const middle = (min + max) / 2 + Math.sin((2 * Math.PI * step) / 24)
      values[step * recipe.channels.length + i] = middle + random.normal()
    })
  return {
    site: SiteId.parse('sea'),
    latitude: 47,
    longitude: -122,
    startAt: epochMs(1_356_998_400_000),
    values,
    steps,
  }
}

/** Typed arrays lie outside V8's heap. */
const GREEDY = 'const kept = []; for (let i = 0; i < 40; i++) kept.push(new Float64Array(8e6).fill(1))'

type Limits = { readonly program?: string; readonly minutesMax?: number; readonly memoryMbMax?: number }
const warnings: string[] = []
const trainer = (limits: Limits = {}) =>
  createTrainerProcess({
    program: path('dist/trainer.js'),
    folder: folder.path,
    minutesMax: 5,
    memoryMbMax: HUB_DEFAULTS.trainingMemoryMbMax,
    ...limits,
    log: { warn: (_fields, message) => warnings.push(message) },
  })
const work = { kind: 'train', champion: null } as const
const job = (id: string, steps: number) => ({ id, recipe, series: [noisySeries(steps)], work })
const quietly: TrainerListener = { onProgress: () => undefined, onTrial: () => undefined }
const never = new AbortController().signal

const childrenOf = (pid: number): string[] =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

function killTrainers(): void {
  for (const pid of childrenOf(process.pid))
    if (existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('trainer.js'))
      process.kill(Number(pid), 'SIGKILL')
}

describe('a training process', () => {
  test('that cannot train says why', { timeout: 60_000 }, async () => {
    const outcome = await (await trainer()).perform(job('few', 200), quietly, never)
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'training/refused', message: expect.stringContaining('tooFewRows') },
    })
  })
  test('that is killed is a crashed run, and its folder is gone', { timeout: 60_000 }, async () => {
    let isKilled = false
    const onProgress = (): void => {
      if (isKilled) return
      isKilled = true
      killTrainers()
    }
    const outcome = await (await trainer()).perform(job('killed', 9_000), { ...quietly, onProgress }, never)
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'training/crashed', message: expect.stringContaining('SIGKILL') },
    })
    expect(readdirSync(folder.path)).toEqual([])
  })
  test('has told every trial that ended when it is killed', { timeout: 60_000 }, async () => {
    const training = { algorithms: ['ridge' as const], seed: 3, search: { trials: 64, folds: 1 } }
    const searching = { ...job('searching', 9_000), recipe: { ...recipe, training } }
    const trials: TrialReport[] = []
    const onTrial = (trial: TrialReport): void => {
      if (trials.push(trial) === 2) killTrainers()
    }
    const outcome = await (await trainer()).perform(searching, { ...quietly, onTrial }, never)
    expect(outcome).toMatchObject({ ok: false, error: { code: 'training/crashed' } })
    // In the moment before the signal arrives a third one may end.
    expect(trials.length).toBeGreaterThanOrEqual(2)
    expect(trials.slice(0, 2)).toMatchObject([
      { algorithm: 'ridge', settings: '{}', foldMae: [expect.any(Number)] },
      { algorithm: 'ridge', settings: expect.stringContaining('penalty') },
    ])
  })
  test('that takes too long is stopped', { timeout: 60_000 }, async () => {
    const outcome = await (await trainer({ minutesMax: 1 / 60 })).perform(job('slow', 60_000), quietly, never)
    expect(outcome).toMatchObject({ ok: false, error: { code: 'training/timedOut' } })
  })
  test('may not use more memory than it was given, whatever kind of memory it is', async () => {
    const greedy = join(folder.path, '..', `${basename(folder.path)}-greedy.mjs`)
    writeFileSync(greedy, GREEDY)
    const outcome = await (
      await trainer({ program: greedy, memoryMbMax: 512 })
    ).perform(job('greedy', 200), quietly, never)
    rmSync(greedy)
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'training/outOfMemory', message: expect.stringMatching(/512 MB.*--train-memory-mb/) },
    })
  })
  test(
    'has the memory it needs by default, and so does the smallest that is allowed',
    { timeout: 60_000 },
    async () => {
      for (const memoryMbMax of [HUB_DEFAULTS.trainingMemoryMbMax, 512]) {
        const outcome = await (await trainer({ memoryMbMax })).perform(job('enough', 6_000), quietly, never)
        expect(outcome.ok).toBe(true)
      }
    },
  )
  test('without prlimit runs all the same, and the log says so once', { timeout: 60_000 }, async () => {
    warnings.length = 0
    vi.stubEnv('PATH', '/nowhere')
    const unlimited = await trainer({ memoryMbMax: 512 })
    for (const id of ['one', 'two'])
      expect(await unlimited.perform(job(id, 200), quietly, never)).toMatchObject({
        error: { code: 'training/refused' },
      })
    vi.unstubAllEnvs()
    expect(warnings).toEqual([expect.stringContaining('prlimit')])
  })
  test('finds the leftovers of a killed hub removed', async () => {
    mkdirSync(join(folder.path, 'left-behind', 'out'), { recursive: true })
    await trainer()
    expect(existsSync(join(folder.path, 'left-behind'))).toBe(false)
  })
  test('never starts when the run was cancelled before', async () => {
    const outcome = await (
      await trainer({ program: '/nowhere.js' })
    ).perform(job('early', 200), quietly, AbortSignal.abort())
    expect(outcome).toMatchObject({ ok: false, error: { code: 'training/cancelled' } })
  })
  test('that is cancelled stops', { timeout: 60_000 }, async () => {
    const cancel = new AbortController()
    const outcome = await (
      await trainer()
    ).perform(job('cancelled', 60_000), { ...quietly, onProgress: () => cancel.abort() }, cancel.signal)
    expect(outcome).toMatchObject({ ok: false, error: { code: 'training/cancelled' } })
  })
})
