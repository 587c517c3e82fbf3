/** An attacker who holds everything back is noticed: by the nonce, by the clock, or by both. */
import assert from 'node:assert/strict'
import { accepted, clientOf, deviceOf, memoryStore, refused } from '../fixture/device.ts'
import { makeKey, type JsonObject } from '../fixture/keys.ts'
import { DAY, START } from '../fixture/roles.ts'
import { renewImageRoot } from '../fixture/forgeries.ts'
import { World } from '../fixture/world.ts'
import type { Attacks } from './attack.ts'

const GOOD = { line: 'rain', version: '1' }
const NOBODY = '0'.repeat(32)

function orderedWorld(): World {
  const world = new World()
  world.publish({ models: [GOOD] })
  world.order('dev-1', [GOOD])
  return world
}

/** A device whose broker answers every question with this one answer. */
function frozen(world: World, options: { clock?: null } = {}, forged: JsonObject = {}) {
  const device = deviceOf(world, 'dev-1', options)
  const honest = device.director
  const replayed = world.answer('dev-1', NOBODY, forged)
  device.director = (file, nonce) => (file === 'timestamp.json' ? replayed : honest(file, nonce))
  return device
}

/** A device that has a fresh answer, but with these fields in it. */
function attesting(world: World, forged: JsonObject, options: { clock?: null } = {}) {
  const device = deviceOf(world, 'dev-1', options)
  const honest = device.director
  device.director = (file, nonce) =>
    file === 'timestamp.json' ? world.answer('dev-1', nonce, forged) : honest(file, nonce)
  return device
}

async function expiresIn(role: string, world: World): Promise<void> {
  const store = memoryStore()
  await clientOf(world, { store }).refresh()
  world.now += 2 * DAY
  const error = await refused('trust/expired', clientOf(world, { store }).refresh())
  assert.equal(error.role, role)
  const late = await refused('trust/expired', clientOf(world).refresh())
  assert.equal(late.role, role)
}

export const FREEZE: Attacks = {
  'freeze: an expired timestamp is refused': async () => {
    const world = new World()
    world.publish({ timestampExpires: START + DAY })
    await expiresIn('timestamp', world)
  },
  'freeze: an expired snapshot is refused, stored or not': async () => {
    const world = new World()
    world.publish({ expires: START + DAY })
    await expiresIn('snapshot', world)
  },
  'freeze: expired targets are refused, stored or not': async () => {
    const world = new World()
    world.publish({ targetsExpires: START + DAY })
    await expiresIn('targets', world)
  },
  'freeze: an expired root is refused': async () => {
    const world = new World()
    world.rootExpires = START + DAY
    world.rotate()
    world.publish()
    await expiresIn('root', world)
  },
  'freeze: an expired root of the director is refused by the attested time, whatever the clock says':
    async () => {
      const world = orderedWorld()
      world.rootExpires = START + DAY
      world.rotate()
      // The image repository's root lives on: only the director's can be the one that is refused.
      renewImageRoot(world)
      const device = deviceOf(world, 'dev-1')
      await device.order()
      world.now += 2 * DAY
      device.clock = () => 0
      const error = await refused('trust/expired', device.order())
      assert.equal(error.role, 'root')
    },
  'freeze with a clock: an old answer under an expired root of the director is refused': async () => {
    const world = orderedWorld()
    world.rootExpires = START + DAY
    world.rotate()
    renewImageRoot(world)
    // A stolen key lets the answer itself live on.
    const device = frozen(world, {}, { expires: new Date(START + 20 * DAY).toISOString() })
    await device.order()
    world.now += 2 * DAY
    const error = await refused('trust/expired', device.order())
    assert.equal(error.role, 'root')
  },
  'freeze without a clock: an old answer does not fit the question': async () => {
    await refused('trust/notFresh', frozen(orderedWorld(), { clock: null }).order())
  },
  'freeze with a clock: an old answer counts until it expires': async () => {
    const world = orderedWorld()
    const device = frozen(world)
    await device.order()
    world.now += 8 * DAY
    await refused('trust/expired', device.order())
  },
  'freeze with a clock: an old answer attests no time': async () => {
    const world = orderedWorld()
    const device = frozen(world)
    world.now += 8 * DAY
    await refused('trust/expired', device.order())
  },
  'forged time: a timestamp that attests no time is refused': async () => {
    for (const time of [null, 'soon', 7]) {
      const device = attesting(orderedWorld(), { 'x-time': time })
      await refused('trust/badMetadata', device.order())
      assert.equal(device.directorStore.files.has('timestamp'), false)
    }
  },
  'forged time: an unsigned word on the time does not move the floor': async () => {
    const world = orderedWorld()
    const device = deviceOf(world, 'dev-1')
    const honest = device.director
    device.director = async (file, nonce) => {
      const bytes = await honest(file, nonce)
      const text = Buffer.from(bytes ?? []).toString()
      return file === 'timestamp.json' ? Buffer.from(text.replace('"x-time":"2026', '"x-time":"2036')) : bytes
    }
    await refused('trust/badSignature', device.order())
    assert.equal(device.timeFloor, 0)
  },
  'forged time: another device’s answer does not move the floor': async () => {
    const world = orderedWorld()
    world.order('dev-2', [GOOD])
    const device = deviceOf(world, 'dev-1')
    device.director = (file, nonce) => world.directorFile('dev-2', file, nonce)
    await refused('trust/wrongDevice', device.order())
    assert.equal(device.timeFloor, 0)
  },
  'forged time: a stolen hub cannot wake what has expired by attesting an earlier time': async () => {
    const world = orderedWorld()
    world.publish({ models: [GOOD], targetsExpires: START + DAY, expires: START + 30 * DAY })
    const device = deviceOf(world, 'dev-1', { clock: null })
    await device.order()
    world.now += 2 * DAY
    world.publish({ models: [GOOD] })
    await device.order()
    world.publish({ models: [GOOD], targetsExpires: START + DAY, expires: START + 30 * DAY })
    device.director = (file, nonce) =>
      file === 'timestamp.json'
        ? world.answer('dev-1', nonce, { 'x-time': new Date(START).toISOString() })
        : world.directorFile('dev-1', file, nonce)
    await refused('trust/expired', device.order())
  },
  'forged time: a hub whose clock was far ahead leaves no trace': async () => {
    const world = orderedWorld()
    const device = attesting(world, { 'x-time': '2099-01-01T00:00:00Z' }, { clock: null })
    await refused('trust/expired', device.order())
    assert.equal(device.timeFloor, 0)
    device.director = (file, nonce) => world.directorFile('dev-1', file, nonce)
    await accepted(device.order())
  },
  'time floor: what was attested once bounds a clock that has gone back': async () => {
    const world = orderedWorld()
    const device = deviceOf(world, 'dev-1')
    const replayed = world.answer('dev-1', NOBODY)
    world.now += 8 * DAY
    world.publish({ models: [GOOD] })
    await device.order()
    assert.equal(device.timeFloor, world.now)
    device.clock = () => 0
    device.directorStore.files.delete('timestamp')
    const honest = device.director
    device.director = (file, nonce) => (file === 'timestamp.json' ? replayed : honest(file, nonce))
    await refused('trust/expired', device.order())
  },
  'time floor: rotating the director’s key undoes a forged time': async () => {
    const world = orderedWorld()
    const forged = START + 300 * DAY
    const device = attesting(world, { 'x-time': new Date(forged).toISOString() }, { clock: null })
    await refused('trust/expired', device.order())
    assert.equal(device.timeFloor, forged)
    world.directorOnline = makeKey()
    world.rotate()
    world.order('dev-1', [GOOD])
    device.director = (file, nonce) => world.directorFile('dev-1', file, nonce)
    await accepted(device.order())
    assert.equal(device.timeFloor, START)
  },
  'wrong clocks: 1970 and 2099 do not stop a fresh order': async () => {
    for (const clock of [0, Date.parse('2099-01-01T00:00:00Z')]) {
      const device = deviceOf(orderedWorld(), 'dev-1')
      device.clock = () => clock
      assert.equal((await accepted(device.order())).models.length, 1)
    }
  },
}
