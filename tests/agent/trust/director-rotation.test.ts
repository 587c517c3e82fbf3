/** A stolen director counted far ahead; its keys are replaced, and the station follows the honest hub again. */
import { afterEach, beforeEach, test } from 'vitest'
import { createSigner, signRoot } from '../../trust/keys.ts'
import { FIRST_GENERATION } from '../fixtures/fake-hub.ts'
import { makeBundle, trustKeys, type FakeBundle } from '../fixtures/station-fixtures.ts'
import { createHarness, eventually, type Harness, type RunningStation } from '../fixtures/station-harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => await harness.close())

const first = makeBundle({ version: 1, offset: 1 })
const second = makeBundle({ version: 2, offset: 2 })
const FAR_AHEAD = 4_000_000_000

const serves = async ({ agent }: RunningStation, bundle: FakeBundle): Promise<void> => {
  await eventually(
    () => agent.status().serving,
    (serving) => serving === bundle.digest,
  )
}

test('the number of the order in force counts no more', async () => {
  const station = await harness.open()
  harness.hub.offer(first, second)
  harness.hub.order({ generation: FAR_AHEAD, champion: first.digest })
  await serves(station, first)
  const { world } = harness.hub
  const online = createSigner()
  const rotated = { ...trustKeys.director, snapshot: online, timestamp: online, targets: online }
  world.put('director', '2.root.json', signRoot(rotated, { version: 2 }))
  world.rotateDirector(rotated)
  harness.hub.order({ generation: 5, champion: second.digest })
  await eventually(
    () => station.agent.status(),
    ({ generation, bundles }) =>
      generation === 5 + FIRST_GENERATION && bundles.some(({ digest }) => digest === second.digest),
  )
})
