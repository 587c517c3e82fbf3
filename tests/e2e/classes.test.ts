/**
 * A recipe of classes from its file to what a station says: trained by the hub's worker, released, proved by a real agent over the real broker on
 * its own readings, then served with the probability of each class.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeviceDetail } from '../../hub/api/resources/device.ts'
import type { ModelResource } from '../../hub/api/resources/model.ts'
import { addSmallDataset } from '../hub/cli/small-dataset.ts'
import { typeCommand } from '../hub/cli/type-command.ts'
import { smallRecipe } from '../hub/features/small-recipe.ts'
import { startRunningHub, type RunningHub } from '../hub/running-hub.ts'
import { syntheticSeries } from '../hub/runs/synthetic-series.ts'
import { eventually, fleetcast, freePort, pullThePlug, type Program } from './programs.ts'

const TRAINED_HOURS = 9_000
const classes = { limits: [5, 15], names: ['cold', 'mild', 'warm'] }
const recipe = smallRecipe({
  target: { channel: 'temperature', horizonSteps: 6, classes },
  training: { algorithms: ['ridge', 'gbdt'], seed: 3 },
  gates: { robustnessFactorMax: 100, robustnessWindows: 100, fuzzInputs: 500 },
  rollout: { ...smallRecipe().rollout, daysMin: 5, daysMax: 60, marginToPersistence: 0.05 },
})
const weather = syntheticSeries('alpha', TRAINED_HOURS + 3_000, 1)

let hub: RunningHub
let agent: Program | null = null
let port: number
beforeAll(async () => {
  hub = await startRunningHub()
  port = await freePort()
}, 60_000)
afterAll(async () => {
  if (agent !== null) await pullThePlug(agent)
  await hub.stop()
})

const said = async (...words: readonly string[]): Promise<string> => {
  const { out, error, exit } = await typeCommand(hub, ...words)
  if (exit !== 0) throw new Error(`fleetcast ${words.join(' ')}: ${error}`)
  return out
}

type Served = {
  readonly class: string
  readonly model: string | null
  readonly probabilities?: readonly { probability: number }[]
}

/** One hour of the station's sensors; what it answers. */
async function observe(step: number): Promise<Served> {
  const value = (channel: number): number | null => {
    const x = weather.values[2 * step + channel]!
    return Number.isNaN(x) ? null : x
  }
  const at = weather.startAt + step * 3_600_000
  const body = JSON.stringify({ at, values: { temperature: value(0), pressure: value(1) } })
  const response = await fetch(`http://127.0.0.1:${port}/v1/readings`, { method: 'POST', body })
  return ((await response.json()) as { readonly forecast: Served }).forecast
}

test('from a recipe to what a station says', { timeout: 240_000 }, async () => {
  const dataset = await addSmallDataset(hub, recipe, TRAINED_HOURS)
  await said('train', '--recipe', 'small', '--dataset', dataset, '--wait')
  const [model] = await hub.get<ModelResource[]>('/api/v1/models')
  expect(model).toMatchObject({ metric: 'rps', unit: 'class', gates: { passed: true } })
  expect(model!.testMae).toBeLessThan(model!.climatologyMae)
  expect(await said('models', 'show', 'small@1')).toMatch(
    /likeliest class right \d\d\.\d %, persistence \d\d\.\d %/,
  )
  expect(await said('models', 'card', 'small@1')).toContain(
    'how likely temperature 6 h ahead is cold (up to 5 x), mild (up to 15 x) or warm',
  )

  const added = await said('devices', 'add', 'alpha-1', '--site', 'alpha', '--recipe', 'small', '--json')
  const { joinString } = JSON.parse(added) as { readonly joinString: string }
  const state = `${hub.folder}/alpha-1`
  const joined = await fleetcast('agent', 'join', joinString, '--state', state).exited
  expect(joined.code).toBe(0)
  agent = fleetcast('agent', 'run', '--state', state, '--local-port', String(port), '--flush-ms', '100')
  await eventually(
    () => fetch(`http://127.0.0.1:${port}/healthz`),
    ({ ok }) => ok,
    30,
  )
  let step = TRAINED_HOURS
  const before = await observe(step++)
  expect(before).toMatchObject({ model: null })
  expect(classes.names).toContain(before.class)
  for (; step < TRAINED_HOURS + 60 * 24; step++) await observe(step)

  await said('rollouts', 'create', '1', '--recipe', 'small')
  const served = await eventually(
    async () => {
      for (const until = step + 24; step < until && step < weather.steps - 1; step++) await observe(step)
      return await observe(step++)
    },
    ({ model: digest }) => digest === model!.digest,
    120,
  )
  expect(served.probabilities!.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 3)

  const { device, accuracy } = await eventually(
    () => hub.get<DeviceDetail>('/api/v1/devices/alpha-1'),
    (detail) => detail.device.forecast !== null,
    60,
  )
  expect(device).toMatchObject({ unit: 'class', metric: 'rps', servingVersion: 1 })
  expect(device.forecast!.probabilities.map(({ class: name }) => name)).toEqual(classes.names)
  const backtest = accuracy.filter(({ source }) => source === 'backtest')
  const mean = (of: 'mae' | 'persistenceMae'): number =>
    backtest.reduce((sum, day) => sum + day.n * day[of], 0) / backtest.reduce((sum, { n }) => sum + n, 0)
  // The station's own score agrees with the hub's on other weather.
  expect(mean('mae')).toBeGreaterThan(0.5 * model!.testMae)
  expect(mean('mae')).toBeLessThan(2 * model!.testMae)
  expect(mean('mae')).toBeLessThan(0.8 * mean('persistenceMae'))
  expect(await said('devices', 'show', 'alpha-1')).toMatch(
    /forecast for \S+: (cold|mild|warm) \(cold \d+ %, mild \d+ %, warm \d+ %\)/,
  )
})
