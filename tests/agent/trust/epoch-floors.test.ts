import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { epochFloor } from '@fleetcast/agent/update/released-models.ts'
import { hour, makeBundle, recipe, type FakeBundle } from '../fixtures/station-fixtures.ts'
import {
  createHarness,
  eventually,
  feed,
  type Harness,
  type RunningStation,
} from '../fixtures/station-harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const old = makeBundle({ version: 1, offset: 2, epoch: 1 })
const next = makeBundle({ version: 2, offset: 1, epoch: 2 })
/** Good by its golden vectors, out of its range at the first warm reading. */
const nextButBad = makeBundle({ version: 3, offset: 1, epoch: 2, range: { min: -80, max: 11 } })

const floor = ({ store }: RunningStation): number => epochFloor(store, recipe.name)
const state = ({ agent }: RunningStation) => [agent.status().servingState, agent.status().serving]

async function order(station: RunningStation, bundle: FakeBundle, generation: number): Promise<void> {
  harness.hub.order({ generation, champion: bundle.digest })
  await eventually(
    () => state(station),
    ([, serving]) => serving === bundle.digest,
  )
}

async function commit(station: RunningStation, bundle: FakeBundle, from: number): Promise<void> {
  await order(station, bundle, from + 1)
  await feed(station.agent, from, from + 3)
  expect(state(station)).toEqual(['committed', bundle.digest])
}

describe('the floor of a line', () => {
  test('rises with the commit and not before, and refuses what lies below it afterwards', async () => {
    const station = await harness.open()
    harness.hub.offer(old, next)
    await commit(station, old, 0)
    expect(floor(station)).toBe(1)
    await order(station, next, 4)
    await feed(station.agent, 3, 5)
    expect([state(station)[0], floor(station)]).toEqual(['trial', 1])
    await feed(station.agent, 5, 6)
    expect([state(station)[0], floor(station)]).toEqual(['committed', 2])

    harness.hub.order({ generation: 7, champion: old.digest })
    await eventually(
      () => harness.hub.events(),
      (events) => events.some(({ code }) => code === 'trust/belowFloor'),
    )
    expect(state(station)).toEqual(['committed', next.digest])
  })

  test('rises when the release key raises the epoch of the model that has passed its trial already', async () => {
    const station = await harness.open()
    harness.hub.offer(old)
    await commit(station, old, 0)
    harness.hub.world.release({ ...old.model, epoch: 3 })
    harness.hub.order({ generation: 2, champion: old.digest })
    await eventually(
      () => floor(station),
      (epoch) => epoch === 3,
    )
    expect(state(station)).toEqual(['committed', old.digest])
  })

  test('does not rise when the trial fails: the model before answers and is kept', async () => {
    const station = await harness.open()
    harness.hub.offer(old, nextButBad)
    await commit(station, old, 0)
    await order(station, nextButBad, 4)
    const answer = await station.agent.observe({ at: hour(3), values: { temperature: 12, windSpeed: 1 } })
    expect(answer).toMatchObject({ value: { value: 14, model: old.digest } })
    expect([state(station)[0], floor(station)]).toEqual(['committed', 1])
  })

  test('outlives a restart and an older order', async () => {
    const before = await harness.open()
    harness.hub.offer(old, next)
    await commit(before, next, 0)
    before.kill()
    const station = await harness.open()
    harness.hub.order({ generation: 4, champion: old.digest })
    await eventually(
      () => harness.hub.events(),
      (events) => events.some(({ code }) => code === 'trust/belowFloor'),
    )
    expect([...state(station), floor(station)]).toEqual(['committed', next.digest, 2])
  })

  test('closes the way back: a model that does not load any more gives way to the baseline', async () => {
    const before = await harness.open()
    harness.hub.offer(old, next)
    await commit(before, old, 0)
    await commit(before, next, 3)
    before.kill()
    // The model of the champion decays on the flash; nobody is there to serve it again.
    harness.hub.onRequest = () => false
    const file = [...next.files].find(([digest]) => digest !== next.digest && !old.files.has(digest))!
    const station = await harness.open({
      ports: (ports) => ({
        ...ports,
        files: {
          ...ports.files,
          readBlob: async (digest) => (digest === file[0] ? null : await ports.files.readBlob(digest)),
        },
      }),
    })
    expect(state(station)).toEqual(['baseline', null])
  })

  test('leaves the way back open to a model of the same epoch', async () => {
    const same = makeBundle({ version: 4, offset: 3, epoch: 1 })
    const before = await harness.open()
    harness.hub.offer(old, same)
    await commit(before, old, 0)
    await commit(before, same, 3)
    before.kill()
    harness.hub.onRequest = () => false
    const file = [...same.files].find(([digest]) => digest !== same.digest && !old.files.has(digest))!
    const station = await harness.open({
      ports: (ports) => ({
        ...ports,
        files: {
          ...ports.files,
          readBlob: async (digest) => (digest === file[0] ? null : await ports.files.readBlob(digest)),
        },
      }),
    })
    expect(state(station)).toEqual(['committed', old.digest])
  })
})
