/** Gates of a version that predicts classes, by a small training and its own file as champion. */
import { gatePolicyOf } from '@fleetcast/shared/recipe/gates.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import type { GateReport } from '../../../hub/gates/gate-report.ts'
import { gatherEvidence } from '../../../hub/gates/gather-evidence.ts'
import { judgeVersion } from '../../../hub/gates/judge-version.ts'
import { trainVersion } from '../../../hub/runs/train-version.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { syntheticSeries } from '../runs/synthetic-series.ts'
import { workPorts as ports } from '../runs/work-ports.ts'

const classes = { limits: [5, 15], names: ['cold', 'mild', 'warm'] }
const recipe = smallRecipe({
  target: { channel: 'temperature', horizonSteps: 6, classes },
  training: { algorithms: ['ridge'], seed: 3 },
  gates: { robustnessWindows: 100, fuzzInputs: 500, sliceDaysMin: 20 },
})
const series = [syntheticSeries('alpha', 12_000, 1), syntheticSeries('beta', 12_000, 2)]
const quietly = async (): Promise<void> => {}

describe('a version of classes', () => {
  let report: GateReport
  beforeAll(async () => {
    const trained = await trainVersion(ports, {
      recipe,
      series,
      seed: 3,
      onProgress: quietly,
      onTrial: () => {},
    })
    if (!trained.ok) throw new Error(trained.error.message)
    const { onnx, evidence, report: run } = trained.value
    const found = await gatherEvidence(ports, {
      ...{
        recipe,
        series,
        ...evidence,
        onnx,
        parity: run.parity,
        interval: null,
        seed: 3,
        onProgress: quietly,
      },
      champion: { onnx, dataUntil: 0, sites: [] },
    })
    report = judgeVersion(gatePolicyOf(recipe), found)
  }, 120_000)
  const entry = (gate: string, slice: string | null = null) =>
    report.gates.find((one) => one.gate === gate && one.slice === slice)

  test('is judged by its score beside every baseline', () => {
    for (const gate of ['beatsPersistence', 'beatsSeasonalPersistence', 'beatsClimatology'])
      expect(entry(gate)).toMatchObject({ verdict: 'pass' })
    expect(entry('absolute')!.value).toBeGreaterThan(0)
    expect(entry('absolute')!.value).toBeLessThan(0.2)
  })
  test('is compared with a champion by the probabilities of both', () => {
    // The same model, refitted on all rows.
    expect(Math.abs(entry('champion')!.value!)).toBeLessThan(0.05)
  })
  test('has its probabilities compared with what came, class by class', () => {
    const slices = report.gates.filter(({ gate, slice }) => gate === 'calibration' && slice !== null)
    expect(new Set(slices.map(({ slice }) => slice!.split(',')[0]))).toEqual(
      new Set(['class cold', 'class mild', 'class warm']),
    )
    expect(entry('calibration')).toMatchObject({ verdict: 'pass', limit: 0.05 })
    expect(entry('calibration')!.value).toBeLessThan(0.05)
  })
  test('is tried with broken sensors and random windows; its extremes mean nothing', () => {
    expect(entry('robustness', 'pressure missing')!.value).toBeGreaterThan(0.9)
    expect(entry('fuzz')).toMatchObject({ verdict: 'pass', value: 0 })
    expect(entry('extremes')).toMatchObject({ verdict: 'notTestable' })
  })
})
