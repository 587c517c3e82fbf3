/** Nothing that was trusted once is followed by something older. */
import assert from 'node:assert/strict'
import { clientOf, deviceOf, memoryStore, orderedPaths, refused, served } from '../fixture/device.ts'
import { renewTimestamp } from '../fixture/forgeries.ts'
import { makeKey, sealed } from '../fixture/keys.ts'
import { DAY, timestampOf } from '../fixture/roles.ts'
import { World, type Files } from '../fixture/world.ts'
import type { Attacks } from './attack.ts'

const GOOD = { line: 'rain', version: '1' }
const NEWER = { line: 'rain', version: '2' }

/** A store that has followed two releases; the files of the first are kept for the attacker. */
async function twoReleases() {
  const world = new World()
  world.publish({ models: [GOOD] })
  const first: Files = new Map(world.image)
  world.publish({ models: [GOOD, NEWER] })
  const store = memoryStore()
  await clientOf(world, { store }).refresh()
  return { world, first, store }
}

export const ROLLBACK: Attacks = {
  'rollback: an older timestamp is refused': async () => {
    const { world, first, store } = await twoReleases()
    const replayed = world.image.get('timestamp.json')!
    renewTimestamp(world, 3) // the same snapshot, only later
    await clientOf(world, { store }).refresh()
    const source = served(world.image, { 'timestamp.json': replayed })
    await refused('trust/rollback', clientOf(world, { store, source }).refresh())
    await refused('trust/rollback', clientOf(world, { store, source: served(first) }).refresh())
  },
  'rollback: a newer timestamp that names an older snapshot is refused': async () => {
    const { world, first, store } = await twoReleases()
    const bytes = first.get('1.snapshot.json')!
    const timestamp = timestampOf({ version: 1, bytes }, { version: 3, expires: world.now + DAY })
    world.image.set('timestamp.json', sealed(timestamp, [world.imageOnline]))
    const error = await refused('trust/rollback', clientOf(world, { store }).refresh())
    assert.equal(error.role, 'timestamp')
  },
  'rollback: a newer snapshot that names older targets is refused': async () => {
    const { world, first, store } = await twoReleases()
    world.imageVersion = 3
    world.name({ targets: { version: 1, bytes: first.get('1.targets.json')! } })
    const error = await refused('trust/rollback', clientOf(world, { store }).refresh())
    assert.equal(error.role, 'targets.json')
  },
  'rollback: a role does not vanish from the snapshot': async () => {
    const { world, store } = await twoReleases()
    const team = { version: 1, bytes: Buffer.from('{}') }
    world.publish({ delegated: { team } })
    await clientOf(world, { store }).refresh()
    world.publish({})
    await refused('trust/rollback', clientOf(world, { store }).refresh())
  },
  'rollback: older targets under a newer number are refused': async () => {
    const { world, first, store } = await twoReleases()
    world.imageVersion = 3
    world.name({ targets: { version: 3, bytes: first.get('1.targets.json')! } })
    world.image.set('3.targets.json', first.get('1.targets.json')!)
    await refused('trust/mismatch', clientOf(world, { store }).refresh())
  },
  'rollback: an older snapshot under a newer number is refused': async () => {
    const { world, first, store } = await twoReleases()
    const bytes = first.get('1.snapshot.json')!
    const timestamp = timestampOf({ version: 3, bytes }, { version: 3, expires: world.now + DAY })
    world.image.set('timestamp.json', sealed(timestamp, [world.imageOnline])).set('3.snapshot.json', bytes)
    const error = await refused('trust/mismatch', clientOf(world, { store }).refresh())
    assert.equal(error.role, 'snapshot')
  },
  'rollback: the present root in the place of the next one is refused': async () => {
    const { world, store } = await twoReleases()
    world.image.set('2.root.json', world.image.get('1.root.json')!)
    const error = await refused('trust/rollback', clientOf(world, { store }).refresh())
    assert.equal(error.role, 'root')
  },
  'rollback: a root that skips a version is refused': async () => {
    const { world, store } = await twoReleases()
    world.rootVersion = 2
    world.rotate()
    world.image.set('2.root.json', world.image.get('3.root.json')!)
    await refused('trust/rollback', clientOf(world, { store }).refresh())
  },
  'rollback: a device that has followed a rotation does not go back to the old keys': async () => {
    const { world, store } = await twoReleases()
    const old: Files = new Map(world.image)
    world.imageOnline = makeKey()
    world.rotate()
    world.publish({ models: [GOOD] })
    await clientOf(world, { store }).refresh()
    // Newer roots are hidden, a new process starts, and the old key says something new.
    await refused('trust/badSignature', clientOf(world, { store, source: served(old) }).refresh())
  },
  'rollback: a director’s older answer is refused': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    world.order('dev-1', [GOOD])
    const device = deviceOf(world, 'dev-1')
    const honest = device.director
    const replayed = world.answer('dev-1', '0'.repeat(32))
    world.now += 2 * DAY
    await device.order()
    device.director = (file, nonce) => (file === 'timestamp.json' ? replayed : honest(file, nonce))
    const error = await refused('trust/rollback', device.order())
    assert.equal(error.role, 'timestamp')
  },
  'rollback by a stolen hub: a model below the epoch that a device has committed to is refused': async () => {
    const world = new World()
    const [old, next] = [
      { ...GOOD, epoch: 1 },
      { ...NEWER, epoch: 2 },
    ]
    world.publish({ models: [old, next] })
    const device = deviceOf(world, 'dev-1')
    world.order('dev-1', [next])
    await device.order()
    world.order('dev-1', [old])
    // Not committed yet: the automatic way back stays open.
    assert.deepEqual(orderedPaths(await device.order()), ['rain/1'])
    device.epochs.set('rain', 2)
    await refused('trust/belowFloor', device.order())
  },
  'rollback by a stolen hub: the epoch is the release key’s word, not the director’s': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    const device = deviceOf(world, 'dev-1')
    device.epochs.set('rain', 2)
    world.order('dev-1', [GOOD])
    const [order] = [world.orders.get('dev-1')!]
    const targets = JSON.parse(String(order.files.get(`${order.version}.targets.json`))).signed.targets
    targets['rain/1'].custom = { role: 'champion', line: 'rain', version: '1', epoch: 9, hardware: ['*'] }
    world.order('dev-1', [], { targets })
    await refused('trust/belowFloor', device.order())
  },
  'rollback by a stolen hub: one line cannot pass for another with a lower floor': async () => {
    const world = new World()
    const alien = { length: 1, hashes: { sha256: 'a'.repeat(64) } }
    const custom = { line: 'wind', version: '1', epoch: 1, hardware: ['*'] }
    world.publish({ targets: { 'rain/1': { ...alien, custom } } })
    world.order('dev-1', [], { targets: { 'rain/1': { ...alien, custom: { role: 'champion' } } } })
    await refused('trust/badTarget', deviceOf(world, 'dev-1').order())
  },
}
