/** Two versions on the same windows: only what neither was trained on counts, and chance is not taken for a difference. */
import type { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { beforeAll, describe, expect, test } from 'vitest'
import { onnxRuntime } from '../../../hub/adapters/onnx-runtime.ts'
import { tensorflow } from '../../../hub/adapters/tensorflow.ts'
import { comparisonDocument } from '../../../hub/cli/comparison-document.ts'
import { documentText } from '../../../hub/cli/document.ts'
import type { StationSeries } from '../../../hub/datasets/station-series.ts'
import { compareModels } from '../../../hub/runs/compare/compare-models.ts'
import { Comparison } from '../../../hub/runs/compare/comparison.ts'
import { jointRecipe } from '../../../hub/runs/compare/joint-recipe.ts'
import { trainVersion } from '../../../hub/runs/train-version.ts'
import { smallRecipe } from '../features/small-recipe.ts'
import { syntheticSeries } from './synthetic-series.ts'

const YEARS = 17_532
const TRAINED = 6_000
const whole = [syntheticSeries('alpha', YEARS, 1), syntheticSeries('beta', YEARS, 2)]
const dataUntil = Date.UTC(2020, 0, 1) + TRAINED * 3_600_000
const history = whole.map((station) => ({
  ...station,
  steps: TRAINED,
  values: station.values.slice(0, TRAINED * 2),
}))

const ridge = (change: Partial<Recipe> = {}): Recipe =>
  smallRecipe({ training: { algorithms: ['ridge'], seed: 3 }, ...change })
/** Sees the last two temperatures and nothing of what foretells the next ones. */
const blind = ridge({ name: 'blind', features: [{ lag: 'temperature', steps: [0, 1] }] })
const classes = { limits: [5, 15], names: ['cold', 'mild', 'warm'] }
const target = { channel: 'temperature', horizonSteps: 6, classes }
/** Measures pressure first, and looks back less far. */
const turned = ridge({ name: 'turned', channels: ridge().channels.toReversed(), windowSteps: 30 })

async function train(recipe: Recipe, series: readonly StationSeries[]): Promise<Uint8Array> {
  const versions = { node: 'x', onnxruntime: 'x', tensorflow: 'x' }
  const ports = { engine: onnxRuntime, network: tensorflow, cpuSeconds: () => 0, versions }
  const outcome = await trainVersion(ports, {
    recipe,
    series,
    seed: 3,
    onProgress: async () => {},
    onTrial: () => {},
  })
  if (!outcome.ok) throw new Error(outcome.error.message)
  return outcome.value.onnx
}

const files = new Map<string, Uint8Array>()
beforeAll(async () => {
  files.set('full', await train(ridge(), history))
  files.set('blind', await train(blind, history))
  files.set('classes', await train(ridge({ target }), history))
  files.set('blind classes', await train({ ...blind, target }, history))
  const pressureFirst = history.map((station) => ({
    ...station,
    values: station.values.map((_, i) => station.values[i % 2 === 0 ? i + 1 : i - 1]!),
  }))
  files.set('turned', await train(turned, pressureFirst))
})

type Model = { readonly file: string; readonly recipe: Recipe; readonly sites?: string[] }
const full: Model = { file: 'full', recipe: ridge() }
const other: Model = { file: 'blind', recipe: blind }

async function compare(a: Model, b: Model, series: readonly StationSeries[] = whole) {
  const joint = jointRecipe(a.recipe, b.recipe)
  if (!joint.ok) throw new Error(joint.error.message)
  const model = ({ file, recipe, sites = ['alpha', 'beta'] }: Model) => {
    const name = `${recipe.name}@1`
    return { name, digest: 'd'.repeat(64), file, dataUntil, sites, recipe }
  }
  const work = {
    kind: 'compare' as const,
    dataset: 'e'.repeat(64),
    selection: 'all',
    a: model(a),
    b: model(b),
  }
  const readFile = async (name: string) => files.get(name)!
  const input = { recipe: joint.value, series, work, readFile, onProgress: async () => {}, onTrial: () => {} }
  return await compareModels({ engine: onnxRuntime }, input)
}
async function found(...asked: Parameters<typeof compare>): Promise<Comparison> {
  const outcome = await compare(...asked)
  if (!outcome.ok) throw new Error(outcome.error.message)
  return Comparison.parse(outcome.value)
}

describe('a version that is truly better', () => {
  test('is told apart, overall and at each station', async () => {
    const { overall, slices } = await found(full, other)
    expect(overall.verdict).toBe('better')
    expect(overall.interval!.upper).toBeLessThan(0)
    expect(overall.lossA).toBeLessThan(overall.lossB)
    expect(overall.lossA).toBeLessThan(overall.persistence)
    const stations = slices.filter(({ kind }) => kind === 'station')
    expect(stations.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['alpha', 'better'],
      ['beta', 'better'],
    ])
  })
  test('makes the other one worse by the same rows', async () => {
    const [one, turnedRound] = [await found(full, other), await found(other, full)]
    expect(turnedRound.overall.verdict).toBe('worse')
    expect(turnedRound.rows).toEqual(one.rows)
    expect(turnedRound.overall.lossB).toBe(one.overall.lossA)
  })
  test('is looked at by horizon, station, season and hour, and the parts are all of it', async () => {
    const { overall, slices } = await found(full, other)
    expect(slices[0]).toMatchObject({ kind: 'horizon', name: '3 h', n: overall.n })
    for (const [kind, names] of [
      ['station', 2],
      ['season', 4],
      ['hours', 8],
    ] as const) {
      const parts = slices.filter((slice) => slice.kind === kind)
      expect(parts).toHaveLength(names)
      expect(parts.reduce((sum, { n }) => sum + n, 0)).toBe(overall.n)
    }
    const text = documentText(comparisonDocument(await found(full, other)))
    expect(text).toContain('small@1 against blind@1: better')
    expect(text).toMatch(/samples were left out because they lie where a model was trained: 0 of small@1/)
  })
})

test('versions of classes are compared by the scores of their probabilities', async () => {
  const { overall, ...head } = await found(
    { file: 'classes', recipe: ridge({ target }) },
    { file: 'blind classes', recipe: { ...blind, target } },
  )
  expect(head.target.unit).toBe('RPS')
  expect(overall.verdict).toBe('better')
  expect(overall.lossA).toBeLessThan(overall.persistence)
  expect(Math.max(overall.lossA, overall.lossB, overall.persistence)).toBeLessThan(1)
  const moved = { ...classes, limits: [5, 16] }
  expect(jointRecipe(ridge({ target }), ridge({ target: { ...target, classes: moved } }))).toMatchObject({
    ok: false,
    error: { code: 'compare/otherTarget' },
  })
})

test('a version against itself is not told apart, with a difference of exactly 0', async () => {
  const { overall, slices } = await found(full, full)
  for (const slice of [overall, ...slices]) {
    expect(slice).toMatchObject({ relativeDifference: 0, verdict: 'notToldApart' })
    expect(slice.interval).toEqual({ lower: 0, upper: 0 })
  }
})

describe('rows that count', () => {
  test('lie behind the training of both at their sites, and anywhere at others', async () => {
    const { rows, from } = await found(full, other)
    expect(from).toBe(dataUntil)
    expect(rows.seenByBoth).toBeGreaterThan(10_000)
    const one = await found({ ...full, sites: ['alpha'] }, { ...other, sites: ['alpha', 'beta'] })
    expect(one.rows).toMatchObject({ counted: rows.counted, seenByA: 0 })
    expect(one.rows.seenByB + one.rows.seenByBoth).toBe(rows.seenByBoth)
    const elsewhere = await found({ ...full, sites: ['gamma'] }, { ...other, sites: ['gamma'] })
    expect(elsewhere.rows).toEqual({
      ...{ counted: rows.counted + rows.seenByBoth, seenByA: 0, seenByB: 0, seenByBoth: 0 },
    })
  })
  test('may be none: that is refused with what to do', async () => {
    const outcome = await compare(full, other, history)
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'compare/noUnseenRows', message: expect.stringContaining('2020-09-07') },
    })
  })
  test('may be too few for a verdict', async () => {
    const steps = TRAINED + 240
    const short = whole.map((station) => ({ ...station, steps, values: station.values.slice(0, steps * 2) }))
    const { overall } = await found(full, other, short)
    expect(overall).toMatchObject({ verdict: 'tooFewDays', interval: null, pValue: null })
  })
})

describe('versions of different recipes', () => {
  test('get the windows that each knows: the same model with its channels turned round says the same', async () => {
    const { overall } = await found(full, { file: 'turned', recipe: turned })
    expect(Math.abs(overall.relativeDifference)).toBeLessThan(0.001)
    expect(overall.lossA).toBeLessThan(overall.persistence)
  })
  test('are refused when they forecast something else, or measure in other units', () => {
    const later = ridge({ target: { channel: 'temperature', horizonSteps: 6 } })
    expect(jointRecipe(ridge(), later)).toMatchObject({ ok: false, error: { code: 'compare/otherTarget' } })
    const [temperature, pressure] = ridge().channels
    const inches = ridge({ channels: [temperature!, { ...pressure!, unit: 'inHg' }] })
    expect(jointRecipe(ridge(), inches)).toMatchObject({
      ok: false,
      error: { code: 'compare/otherChannels', message: expect.stringContaining('pressure') },
    })
  })
})
