/** The real trainer program as a child process: whatever becomes of it is the run's outcome and nothing else. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { SiteId } from '@fleetcast/shared/ids.ts'
import { createRandom } from '@fleetcast/shared/random.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { createTrainerProcess } from '../../../hub/adapters/trainer-process.ts'
import type { StationSeries } from '../../../hub/datasets/station-series.ts'
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

const trainer = (minutesMax: number) =>
  createTrainerProcess({ program: path('dist/trainer.js'), folder: folder.path, minutesMax })
const work = { kind: 'train', champion: null } as const
const job = (id: string, steps: number) => ({ id, recipe, series: [noisySeries(steps)], work })
const quietly = (): void => undefined
const never = new AbortController().signal

const childrenOf = (pid: number): string[] =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

describe('a training process', () => {
  test('that cannot train says why', { timeout: 60_000 }, async () => {
    const outcome = await trainer(5).perform(job('few', 200), quietly, never)
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'training/refused', message: expect.stringContaining('tooFewRows') },
    })
  })
  test('that is killed is a crashed run, and its folder is gone', { timeout: 60_000 }, async () => {
    let isKilled = false
    const kill = (): void => {
      if (isKilled) return
      isKilled = true
      for (const pid of childrenOf(process.pid))
        if (existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('trainer.js'))
          process.kill(Number(pid), 'SIGKILL')
    }
    const outcome = await trainer(5).perform(job('killed', 9_000), kill, never)
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'training/crashed', message: expect.stringContaining('SIGKILL') },
    })
    expect(readdirSync(folder.path)).not.toContain('killed')
    expect(existsSync(join(folder.path, 'killed', 'out'))).toBe(false)
  })
  test('that takes too long is stopped', { timeout: 60_000 }, async () => {
    const outcome = await trainer(1 / 60).perform(job('slow', 60_000), quietly, never)
    expect(outcome).toMatchObject({ ok: false, error: { code: 'training/timedOut' } })
  })
  test('that is cancelled stops', { timeout: 60_000 }, async () => {
    const cancel = new AbortController()
    const outcome = await trainer(5).perform(job('cancelled', 60_000), () => cancel.abort(), cancel.signal)
    expect(outcome).toMatchObject({ ok: false, error: { code: 'training/cancelled' } })
  })
})
