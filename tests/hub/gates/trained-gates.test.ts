/** The real trainer program: a small training that leaves its gates, alone and beside a champion. */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gatePolicyOf, policyDigestOf } from '@fleetcast/shared/recipe/gates.ts'
import { createTrainerProcess } from '../../../hub/adapters/trainer-process.ts'
import { GATES, GateReport, type GateName } from '../../../hub/gates/gate-report.ts'
import type { TrainerFiles } from '../../../hub/runs/trainer.ts'
import type { Work } from '../../../hub/runs/work.ts'
import { temporaryFolder } from '../../e2e/programs.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { syntheticSeries } from '../runs/synthetic-series.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())
const program = fileURLToPath(new URL('../../../hub/dist/trainer.js', import.meta.url))
const limits = { minutesMax: 5, memoryMbMax: 4_096 }
const recipe = smallRecipe({
  training: { algorithms: ['ridge'], seed: 3 },
  gates: { robustnessWindows: 100, fuzzInputs: 500 },
})
const series = [syntheticSeries('alpha', 6_000, 1), syntheticSeries('beta', 6_000, 2)]

async function train(
  work: Work,
  files: ReadonlyMap<string, Uint8Array> = new Map(),
  asked = recipe,
): Promise<TrainerFiles> {
  const job = { id: 'gates', recipe: asked, series, work, files }
  const trainer = await createTrainerProcess({
    program,
    folder: folder.path,
    ...limits,
    log: { warn: () => undefined },
  })
  const quietly = { onProgress: () => undefined, onTrial: () => undefined }
  const outcome = await trainer.perform(job, quietly, new AbortController().signal)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value
}

const gatesOf = (files: TrainerFiles): GateReport =>
  GateReport.parse(JSON.parse(new TextDecoder().decode(files.get('gates.json'))))
const entryOf = (report: GateReport, gate: GateName) =>
  report.gates.find((entry) => entry.gate === gate && entry.slice === null)

describe('a trained version', () => {
  let alone: TrainerFiles
  beforeAll(async () => {
    alone = await train({ kind: 'train', champion: null })
  }, 60_000)

  test('leaves every gate with its numbers, under the policy of its recipe', () => {
    const report = gatesOf(alone)
    expect(report.policyDigest).toBe(policyDigestOf(gatePolicyOf(recipe)))
    expect(new Set(report.gates.map(({ gate }) => gate))).toEqual(new Set(GATES))
    expect(entryOf(report, 'beatsPersistence')).toMatchObject({ verdict: 'pass', days: 32 })
    expect(entryOf(report, 'latency')).toMatchObject({ verdict: 'pass', n: 200 })
    expect(entryOf(report, 'load')).toMatchObject({ verdict: 'pass', n: 9 })
    const memory = entryOf(report, 'memory')!
    expect(memory.verdict).toBe('pass')
    expect(memory.value).toBeGreaterThan(3)
    expect(entryOf(report, 'fuzz')).toMatchObject({ verdict: 'pass', value: 0, n: 500 })
    // Window and horizon are 33 h; the gap is one interval more.
    expect(entryOf(report, 'leakage')).toMatchObject({
      verdict: 'pass',
      value: 34 * 3_600,
      limit: 33 * 3_600,
    })
    expect(entryOf(report, 'champion')?.verdict).toBe('notTestable')
  })
  test('with weights in fewer bits is compared with its twin in float32', async () => {
    const training = { algorithms: ['mlp' as const], seed: 3, export: { weights: 'int8' as const } }
    const files = await train({ kind: 'train', champion: null }, new Map(), { ...recipe, training })
    const entries = gatesOf(files).gates.filter(({ gate }) => gate === 'compactWeights')
    expect(entries.map(({ slice }) => slice)).toEqual([null, 'fitted without the test rows'])
    for (const { value, upper, n, days, verdict } of entries) {
      expect([n, days]).toEqual([1_483, 32])
      expect(Math.abs(value!)).toBeGreaterThan(0)
      expect(verdict).toBe(upper! <= 0.005 ? 'pass' : 'fail')
    }
    expect(entryOf(gatesOf(files), 'size')?.value).toBe(files.get('model.onnx')!.length)
  }, 60_000)
  test('is compared with a champion on the days that the champion never saw', async () => {
    const startAt = series[0]!.startAt
    const dataUntil = startAt + 3_000 * 3_600_000
    const champion = {
      ...{ name: 'small@1', digest: 'of-it', file: 'champion.onnx', dataUntil },
      sites: ['alpha', 'beta'],
    }
    const files = new Map([['champion.onnx', alone.get('model.onnx')!]])
    const later = entryOf(gatesOf(await train({ kind: 'train', champion }, files)), 'champion')!
    // The same model, refitted on all rows, against itself fitted on the training rows.
    expect(later.days).toBeGreaterThanOrEqual(8)
    expect(later.days).toBeLessThan(32)
    expect(Math.abs(later.value!)).toBeLessThan(0.05)
  }, 60_000)
})
