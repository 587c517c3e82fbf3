/** The real training program as its own process, bundled as the build does it. */
import { fork } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RunReport } from '../../../hub/runs/run-report.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { syntheticSeries } from './synthetic-series.ts'

type Said = { readonly kind: string; readonly code?: string; readonly stage?: string }
type Ended = { readonly code: number | null; readonly said: readonly Said[] }

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'fleetcast-trainer-'))
const program = join(folder, 'trainer.mjs')

beforeAll(async () => {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const bundle = await rolldown({
    input: join(root, 'hub/trainer.ts'),
    cwd: root,
    platform: 'node',
    external: (id) => /^(onnxruntime-node|@tensorflow\/)/.test(id),
    logLevel: 'silent',
  })
  await bundle.write({ file: program, format: 'esm', codeSplitting: false })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function writeJob(name: string, change: { announcedSteps?: number } = {}): string {
  const { values, ...station } = syntheticSeries('alpha', 3_000, 1)
  const file = join(folder, `${name}.f32`)
  writeFileSync(file, new Uint8Array(values.buffer))
  const recipe = smallRecipe({ training: { algorithms: ['ridge', 'gbdt', 'mlp'], seed: 3 } })
  const series = [{ ...station, steps: change.announcedSteps ?? station.steps, file }]
  const jobFile = join(folder, `${name}.json`)
  writeFileSync(jobFile, JSON.stringify({ recipe, series, outDir: join(folder, name) }))
  return jobFile
}

function run(jobFile: string, onMessage: (said: Said, send: (message: object) => void) => void = () => {}) {
  return new Promise<Ended>((resolve) => {
    const child = fork(program, [jobFile], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    const said: Said[] = []
    child.on('message', (message: Said) => {
      said.push(message)
      onMessage(message, (reply) => child.send(reply))
    })
    child.on('close', (code) => resolve({ code, said }))
  })
}

describe('the training process', () => {
  test('leaves a whole folder, and two processes leave the same model', async () => {
    const [one, two] = [await run(writeJob('one')), await run(writeJob('two'))]
    expect([one.code, two.code]).toEqual([0, 0])
    expect(one.said.at(-1)).toEqual({ kind: 'done' })
    expect(one.said.some(({ kind }) => kind === 'progress')).toBe(true)
    for (const name of ['golden.json', 'reference-profile.json', 'done.json'])
      expect(existsSync(join(folder, 'one', name))).toBe(true)
    RunReport.parse(JSON.parse(readFileSync(join(folder, 'one', 'report.json'), 'utf8')))
    expect(readFileSync(join(folder, 'two', 'model.onnx'))).toEqual(
      readFileSync(join(folder, 'one', 'model.onnx')),
    )
  }, 60_000)
  test('stops at a cancel and leaves nothing', async () => {
    const ended = await run(writeJob('stopped'), (said, send) => {
      if (said.kind === 'progress') send({ kind: 'cancel' })
    })
    expect(ended.code).toBe(1)
    expect(ended.said.at(-1)).toMatchObject({ kind: 'failed', code: 'training/cancelled' })
    expect(existsSync(join(folder, 'stopped'))).toBe(false)
  })
  test('refuses a series file of another length, and a job that is none', async () => {
    const short = await run(writeJob('short', { announcedSteps: 3_001 }))
    expect(short.said.at(-1)).toMatchObject({ kind: 'failed', code: 'training/failed' })
    writeFileSync(join(folder, 'none.json'), '{}')
    const none = await run(join(folder, 'none.json'))
    expect([short.code, none.code]).toEqual([1, 1])
  })
})
