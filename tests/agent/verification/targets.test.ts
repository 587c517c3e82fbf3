/** A station that forecasts an event, a change, classes, or a value with bounds: what it says, and what its evidence says of it. */
import { startLocalServer } from '@fleetcast/agent/adapters/local-server.ts'
import { silentLog } from '@fleetcast/agent/adapters/pino-log.ts'
import { labelOf, persistenceOf } from '@fleetcast/shared/labels/label.ts'
import type { ModelSignature } from '@fleetcast/shared/bundle/model-signature.ts'
import type { EvidenceRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { Recipe } from '@fleetcast/shared/recipe/recipe.ts'
import { forecastRange, type TargetSpec } from '@fleetcast/shared/recipe/target.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
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

type Beside = { readonly interval?: readonly [number, number]; readonly probabilities?: readonly number[] }

/** A model that always says the same, with bounds or probabilities beside it. */
function constantModel(value: number, beside: Beside): Uint8Array {
  const graph = new Graph()
  const window = graph.input('window', 'float', ['N', STEPS, CHANNELS])
  graph.input('time', 'int64', ['N', 1])
  const flat = graph.node('Reshape', [window, graph.integers([0, STEPS * CHANNELS])])
  const latitude = graph.columns(flat, [2])
  const always = (row: readonly number[]): string =>
    graph.node('Add', [graph.node('Mul', [latitude, graph.scalar(0)]), graph.floats(row, [1, row.length])])
  graph.output('prediction', always([value]), ['N', 1])
  for (const [name, row] of Object.entries(beside)) graph.output(name, always(row), ['N', row.length])
  return graph.encode('constant', {})
}

function bundleOf(recipe: Recipe, value: number, beside: Beside = {}, version = 1) {
  const signature: ModelSignature = {
    schema: 'fleetcast/signature/1',
    recipe: recipe.name,
    cadenceMinutes: 60,
    windowSteps: STEPS,
    channels: ['temperature', 'windSpeed', 'latitude', 'longitude'],
    target: { ...recipe.target, ...forecastRange(recipe.target, recipe.channels[0]!) },
    ...(beside.interval === undefined ? {} : { interval: { coverage: 0.8 } }),
  }
  const window = new Float32Array(STEPS * CHANNELS).fill(1)
  const windowBase64 = Buffer.from(window.buffer).toString('base64')
  const golden = { windowBase64, timeSeconds: 1_640_995_200, expected: value }
  const shape = { windowSteps: STEPS, channels: CHANNELS, tolerance: 0.001 }
  const json = (of: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(of))
  return makeBundle({
    version,
    offset: 0,
    files: {
      'model.onnx': constantModel(value, beside),
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
    error: sum(({ sumError }) => sumError),
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
  const bundle = bundleOf(recipe, 10, { interval: [7, 13] })
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

/** Outputs that another program of the station gets. */
async function inferred(agent: Parameters<typeof startLocalServer>[0], request: object): Promise<unknown> {
  const server = await startLocalServer(agent, 0, silentLog)
  const url = `http://127.0.0.1:${server.port}/v2/models/${plain.name}/infer`
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(request) })
  const { outputs } = (await response.json()) as { readonly outputs: unknown }
  await server.close()
  return outputs
}

describe('classes', () => {
  const classes = { limits: [8, 12, 15], names: ['cold', 'cool', 'mild', 'warm'] }
  const recipe = recipeOf({ classes })
  const probabilities = [0.125, 0.25, 0.5, 0.125]
  const MEAN_PLACE = 1.625
  const bundle = bundleOf(recipe, MEAN_PLACE, { probabilities })

  test('are scored by the ranked probability score, backtest and shadow alike', async () => {
    const evidence = await evidenceOf(recipe, bundle)
    // By hand: cumulative 0.125, 0.375, 0.875 beside 0 below the true class and 1 from it on.
    const scores = [
      (0.875 ** 2 + 0.625 ** 2 + 0.125 ** 2) / 3,
      (0.125 ** 2 + 0.625 ** 2 + 0.125 ** 2) / 3,
      (0.125 ** 2 + 0.375 ** 2 + 0.125 ** 2) / 3,
      (0.125 ** 2 + 0.375 ** 2 + 0.875 ** 2) / 3,
    ]
    const placeOf = (value: number): number => classes.limits.filter((limit) => value > limit).length
    const truths = issued.map((n) => placeOf(temperature(n + HORIZON)))
    const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)
    expect(new Set(truths)).toEqual(new Set([0, 1, 2, 3]))
    expect(evidence.sources).toEqual(new Set(['backtest', 'shadow']))
    expect(evidence.n).toBe(issued.length)
    expect(evidence.loss).toBeCloseTo(total(truths.map((truth) => scores[truth]!)), 6)
    const stays = issued.map((n, i) => Math.abs(placeOf(temperature(n)) - truths[i]!) / 3)
    expect(evidence.persistenceLoss).toBeCloseTo(total(stays), 6)
    expect(evidence.error).toBeCloseTo(total(truths.map((truth) => MEAN_PLACE - truth)), 6)
  })

  test('are told by name, to programs of the station and to its hub; probabilities outlive a restart', async () => {
    harness.hub.offer(bundle)
    harness.hub.order({ generation: 1, champion: bundle.digest, candidate: null })
    const first = await harness.open({ recipe })
    const values = { temperature: 13, windSpeed: 2 }
    const before = await first.agent.observe({ at: hour(0), values })
    expect(before).toMatchObject({ ok: true, value: { value: 2, class: 'mild', unit: 'class', model: null } })
    expect(before.ok && before.value?.probabilities).toBeUndefined()
    expect(first.agent.status().forecast).toBeUndefined()
    await eventually(
      () => first.agent.status().serving,
      (serving) => serving === bundle.digest,
    )
    const served = await first.agent.observe({ at: hour(1), values })
    const told = classes.names.map((name, k) => ({ class: name, probability: probabilities[k]! }))
    expect(served).toMatchObject({
      ok: true,
      value: { value: MEAN_PLACE, class: 'mild', probabilities: told, unit: 'class', model: bundle.digest },
    })
    const inputs = [
      {
        name: 'window',
        shape: [2, STEPS, CHANNELS],
        datatype: 'FP32',
        data: Array(2 * STEPS * CHANNELS).fill(7),
      },
      { name: 'time', shape: [2, 1], datatype: 'INT64', data: [0, 0] },
    ]
    const shares = {
      name: 'probabilities',
      shape: [2, 4],
      datatype: 'FP32',
      data: [...probabilities, ...probabilities],
    }
    expect(await inferred(first.agent, { inputs, outputs: [{ name: 'probabilities' }] })).toEqual([shares])
    expect(await inferred(first.agent, { inputs })).toMatchObject([
      { name: 'prediction', shape: [2, 1] },
      shares,
    ])
    expect(first.agent.status().forecast).toEqual({
      targetAt: hour(1 + HORIZON),
      class: 'mild',
      probabilities: told,
    })
    first.kill()
    const { agent } = await harness.open({ recipe })
    for (let n = 2; n <= 1 + HORIZON; n++)
      await agent.observe({ at: hour(n), values: { temperature: 13.5, windSpeed: n } })
    await agent.stop()
    const record = [...harness.hub.sums().values()].find(
      (one): one is EvidenceRecord => one.kind === 'evidence' && one.source === 'served',
    )
    expect(record).toMatchObject({ n: 1, sumAbsReference: 0 })
    expect(record!.sumAbs).toBeCloseTo((0.125 ** 2 + 0.375 ** 2 + 0.125 ** 2) / 3, 6)
  })

  test('of a candidate are compared with those of the champion', async () => {
    const champion = bundleOf(recipe, 1, { probabilities: [0.25, 0.5, 0.25, 0] })
    const candidate = bundleOf(recipe, MEAN_PLACE, { probabilities }, 2)
    harness.hub.offer(champion, candidate)
    harness.hub.order({ generation: 1, champion: champion.digest, candidate: null })
    const { agent } = await harness.open({ recipe })
    await eventually(
      () => agent.status().serving,
      (serving) => serving === champion.digest,
    )
    const observe = (n: number) =>
      agent.observe({ at: hour(n), values: { temperature: 13 + (n % 2), windSpeed: n % 9 } })
    for (let n = 0; n < 20; n++) await observe(n)
    harness.hub.order({ generation: 2, champion: champion.digest, candidate: candidate.digest })
    await eventually(
      () => agent.status().candidateState,
      (state) => state === 'shadowing',
    )
    for (let n = 20; n < 30; n++) await observe(n)
    await agent.stop()
    const records = [...harness.hub.sums().values()].filter(
      (one): one is EvidenceRecord => one.kind === 'evidence' && one.reference === champion.digest,
    )
    expect(records.map(({ source }) => source).sort()).toEqual(['backtest', 'shadow', 'shadow'])
    for (const { n, sumAbs, sumAbsReference } of records) {
      expect(sumAbs / n).toBeCloseTo((0.125 ** 2 + 0.375 ** 2 + 0.125 ** 2) / 3, 6)
      expect(sumAbsReference / n).toBeCloseTo((0.25 ** 2 + 0.75 ** 2) / 3, 6)
    }
  })

  test.each([
    ['none', {}],
    ['other classes', { probabilities: [0.5, 0.25, 0.25] }],
    ['what does not add up', { probabilities: [0.5, 0.5, 0.5, 0.5] }],
    ['less than nothing', { probabilities: [-0.5, 0.5, 0.5, 0.5] }],
    ['no number', { probabilities: [Number.NaN, 0.5, 0.25, 0.25] }],
  ])('of a model whose probabilities are %s are a fault: persistence answers', async (_, beside) => {
    const broken = bundleOf(recipe, MEAN_PLACE, beside)
    harness.hub.offer(broken)
    harness.hub.order({ generation: 1, champion: broken.digest, candidate: null })
    const { agent } = await harness.open({ recipe })
    await eventually(
      () => agent.status().serving,
      (serving) => serving === broken.digest,
    )
    const served = await agent.observe({ at: hour(0), values: { temperature: 9, windSpeed: 2 } })
    expect(served).toMatchObject({ ok: true, value: { class: 'cool', model: null } })
    await agent.stop()
    expect(harness.hub.events().map(({ code }) => code)).toContain('inference/noProbabilities')
  })

  test('of other limits are another station’s', async () => {
    const { agent } = await harness.open({ recipe })
    const other = bundleOf(recipeOf({ classes: { ...classes, limits: [8, 12, 16] } }), 1, { probabilities })
    harness.hub.offer(other)
    harness.hub.order({ generation: 1, champion: other.digest, candidate: null })
    const status = await eventually(
      () => agent.status().bundles.find(({ digest }) => digest === other.digest),
      (found) => found?.state === 'rejected',
    )
    expect(status).toMatchObject({ code: 'bundle/wrongRecipe' })
    expect(status?.message).toContain('parted at 8, 12, 16, this station needs cold')
  })
})
