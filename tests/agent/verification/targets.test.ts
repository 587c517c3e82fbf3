/** A station that forecasts an event, a change, or a value with bounds: what it says, and what its evidence says of it. */
import { labelOf, persistenceOf } from '@fleetcast/shared/labels/label.ts'
import type { ModelSignature } from '@fleetcast/shared/bundle/model-signature.ts'
import type { EvidenceRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { forecastRange, type TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Graph } from '../../../hub/onnx/graph.ts'
import { createHarness, eventually, type Harness } from '../fixtures/station-harness.ts'
import { CHANNELS, hour, HORIZON, makeBundle, recipe as plain, STEPS } from '../fixtures/station-fixtures.ts'

const HOURS = 60
const temperature = (n: number): number => 10 + 6 * Math.sin(n / 3) + (n % 5) / 7
const before = (n: number) => (steps: number) => (n - steps < 0 ? Number.NaN : temperature(n - steps))

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const recipeOf = (target: Partial<TargetSpec>, training: Partial<Recipe['training']> = {}): Recipe =>
  Recipe.parse({
    ...plain,
    target: { ...plain.target, ...target },
    training: { ...plain.training, ...training },
  })

/** A model that always says the same, with these bounds beside it if any. */
function constantModel(value: number, bounds: readonly [number, number] | null): Uint8Array {
  const graph = new Graph()
  const window = graph.input('window', 'float', ['N', STEPS, CHANNELS])
  graph.input('time', 'int64', ['N', 1])
  const flat = graph.node('Reshape', [window, graph.integers([0, STEPS * CHANNELS])])
  const latitude = graph.columns(flat, [2])
  const always = (row: readonly number[]): string =>
    graph.node('Add', [graph.node('Mul', [latitude, graph.scalar(0)]), graph.floats(row, [1, row.length])])
  graph.output('prediction', always([value]), ['N', 1])
  if (bounds !== null) graph.output('interval', always(bounds), ['N', 2])
  return graph.encode('constant', {})
}

function bundleOf(recipe: Recipe, value: number, bounds: readonly [number, number] | null = null) {
  const signature: ModelSignature = {
    schema: 'fleetcast/signature/1',
    recipe: recipe.name,
    cadenceMinutes: 60,
    windowSteps: STEPS,
    channels: ['temperature', 'windSpeed', 'latitude', 'longitude'],
    target: { ...recipe.target, ...forecastRange(recipe.target, recipe.channels[0]!) },
    ...(bounds === null ? {} : { interval: { coverage: 0.8 } }),
  }
  const window = new Float32Array(STEPS * CHANNELS).fill(1)
  const windowBase64 = Buffer.from(window.buffer).toString('base64')
  const golden = { windowBase64, timeSeconds: 1_640_995_200, expected: value }
  const shape = { windowSteps: STEPS, channels: CHANNELS, tolerance: 0.001 }
  const json = (of: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(of))
  return makeBundle({
    version: 1,
    offset: 0,
    files: {
      'model.onnx': constantModel(value, bounds),
      'signature.json': json(signature),
      'golden.json': json({ schema: 'fleetcast/golden/1', ...shape, vectors: [golden] }),
    },
  })
}

/** Feeds half of the hours, then the candidate, then the rest; returns its summed evidence beside persistence. */
async function evidenceOf(recipe: Recipe, bundle: ReturnType<typeof bundleOf>) {
  const { agent } = await harness.open({ recipe })
  harness.hub.offer(bundle)
  const observe = (n: number) =>
    agent.observe({ at: hour(n), values: { temperature: temperature(n), windSpeed: n % 9 } })
  for (let n = 0; n < HOURS / 2; n++) await observe(n)
  harness.hub.order({ generation: 1, champion: null, candidate: bundle.digest })
  await eventually(
    () => agent.status().candidateState,
    (state) => state === 'shadowing',
  )
  for (let n = HOURS / 2; n < HOURS; n++) await observe(n)
  await agent.stop()
  const records = [...harness.hub.sums().values()].filter(
    (record): record is EvidenceRecord => record.kind === 'evidence' && record.reference === 'persistence',
  )
  const sum = (of: (record: EvidenceRecord) => number): number =>
    records.reduce((total, record) => total + of(record), 0)
  return {
    sources: new Set(records.map(({ source }) => source)),
    n: sum(({ n }) => n),
    loss: sum(({ sumAbs }) => sumAbs),
    persistenceLoss: sum(({ sumAbsReference }) => sumAbsReference),
    intervals: sum(({ intervals }) => intervals ?? 0),
    covered: sum(({ covered }) => covered ?? 0),
  }
}

/** Hours at which a forecast was issued that has been verified: in the backtest, and live in shadow. */
const issued = [
  ...Array.from({ length: HOURS / 2 - HORIZON - (STEPS - 1) }, (_, i) => i + STEPS - 1),
  ...Array.from({ length: HOURS / 2 - HORIZON }, (_, i) => i + HOURS / 2),
]

function naive(target: TargetSpec, said: number, loss: (error: number) => number) {
  const total = (of: (n: number) => number): number => issued.reduce((sum, n) => sum + of(n), 0)
  const truth = (n: number): number => labelOf(target, before(n + target.horizonSteps))
  return {
    loss: total((n) => loss(said - truth(n))),
    persistenceLoss: total((n) => loss(persistenceOf(target, before(n)) - truth(n))),
    truths: issued.map(truth),
  }
}

test('the probability of an event is scored by its square, backtest and shadow alike', async () => {
  const recipe = recipeOf({ event: { of: 'max', above: 12 } })
  const evidence = await evidenceOf(recipe, bundleOf(recipe, 0.25))
  const expected = naive(recipe.target, 0.25, (error) => error * error)
  expect(new Set(expected.truths)).toEqual(new Set([0, 1]))
  expect(evidence.sources).toEqual(new Set(['backtest', 'shadow']))
  expect(evidence.n).toBe(issued.length)
  expect(evidence.loss).toBeCloseTo(expected.loss, 5)
  expect(evidence.persistenceLoss).toBeCloseTo(expected.persistenceLoss, 5)
})

test('a change is scored against no change', async () => {
  const recipe = recipeOf({ predict: 'change' })
  const evidence = await evidenceOf(recipe, bundleOf(recipe, 0.5))
  const expected = naive(recipe.target, 0.5, Math.abs)
  expect(evidence.n).toBe(issued.length)
  expect(evidence.loss).toBeCloseTo(expected.loss, 3)
  expect(evidence.persistenceLoss).toBeCloseTo(expected.persistenceLoss, 3)
})

test('bounds are counted with the truths they held, and the station tells them', async () => {
  const recipe = recipeOf({}, { interval: { coverage: 0.8 } })
  const bundle = bundleOf(recipe, 10, [7, 13])
  const evidence = await evidenceOf(recipe, bundle)
  const { truths } = naive(recipe.target, 10, Math.abs)
  expect(evidence.intervals).toBe(issued.length)
  expect(evidence.covered).toBe(truths.filter((truth) => truth >= 7 && truth <= 13).length)
  expect(evidence.covered).toBeGreaterThan(10)
  expect(evidence.covered).toBeLessThan(issued.length - 10)

  harness.hub.order({ generation: 2, champion: bundle.digest, candidate: null })
  const { agent } = await harness.open({ recipe })
  await eventually(
    () => agent.status().serving,
    (serving) => serving === bundle.digest,
  )
  const values = { temperature: temperature(HOURS), windSpeed: 2 }
  const served = await agent.observe({ at: hour(HOURS), values })
  expect(served).toMatchObject({ ok: true, value: { value: 10, interval: [7, 13], unit: 'C' } })
})

test('a bundle of another event is not this station’s', async () => {
  const [ours, theirs] = [
    { of: 'max', above: 12 },
    { of: 'max', above: 13 },
  ] as const
  const { agent } = await harness.open({ recipe: recipeOf({ event: ours }) })
  const bundle = bundleOf(recipeOf({ event: theirs }), 0.25)
  harness.hub.offer(bundle)
  harness.hub.order({ generation: 1, champion: bundle.digest, candidate: null })
  const status = await eventually(
    () => agent.status().bundles.find(({ digest }) => digest === bundle.digest),
    (found) => found?.state === 'rejected',
  )
  expect(status).toMatchObject({ code: 'bundle/wrongRecipe' })
  expect(status?.message).toContain('max above 13')
})
