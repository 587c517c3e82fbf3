/** Files that are authentic, each by itself, but do not belong together; and counters pushed out of reach. */
import assert from 'node:assert/strict'
import { accepted, clientOf, deviceOf, memoryStore, refused, served } from '../fixture/device.ts'
import { addOnlineKey, nameDevice, renewTimestamp } from '../fixture/forgeries.ts'
import { makeKey } from '../fixture/keys.ts'
import { World, type Files } from '../fixture/world.ts'
import type { Attacks } from './attack.ts'

const GOOD = { line: 'rain', version: '1' }
const FAR = 9_000_000_000

export const MIX_AND_MATCH: Attacks = {
  'mix-and-match: targets of another release under the same number are refused': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    const other: Files = new Map(world.image)
    world.publish({ models: [{ ...GOOD, manifest: '{"model":"rain/x"}' }], version: 1 })
    const source = served(world.image, { '1.targets.json': other.get('1.targets.json')! })
    const error = await refused('trust/mismatch', clientOf(world, { source }).refresh())
    assert.equal(error.role, 'targets')
  },
  'mix-and-match: a snapshot of another release under the same number is refused': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    const other: Files = new Map(world.image)
    world.publish({ models: [{ ...GOOD, manifest: '{"model":"rain/x"}' }], version: 1 })
    const source = served(world.image, { '1.snapshot.json': other.get('1.snapshot.json')! })
    const error = await refused('trust/mismatch', clientOf(world, { source }).refresh())
    assert.equal(error.role, 'snapshot')
  },
  'mix-and-match: a stored snapshot counts only if the timestamp names its very bytes': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    const store = memoryStore()
    await clientOf(world, { store }).refresh()
    world.publish({ models: [{ ...GOOD, manifest: '{"model":"rain/x"}' }], version: 1 })
    world.imageVersion = 1
    // The same snapshot version with other content, under a newer timestamp.
    renewTimestamp(world, 2)
    const { targets } = await accepted(clientOf(world, { store }).refresh())
    assert.notEqual(targets.signed.targets['rain/1']?.hashes['sha256'], undefined)
    assert.equal(Buffer.compare(store.files.get('snapshot')!, world.image.get('1.snapshot.json')!), 0)
  },
  'fast-forward: rotating the keys in a new root recovers from versions pushed far ahead': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    const store = memoryStore()
    await clientOf(world, { store }).refresh()
    world.publish({ models: [GOOD], version: FAR, targetsVersion: 1 })
    await clientOf(world, { store }).refresh()
    // What the operator publishes next looks old ...
    world.publish({ models: [GOOD], version: 2, targetsVersion: 2 })
    await refused('trust/rollback', clientOf(world, { store }).refresh())
    // ... until the stolen key is replaced.
    const stolen = world.imageOnline
    world.imageOnline = makeKey()
    world.rotate()
    world.publish({ models: [GOOD], version: 3, targetsVersion: 3 })
    const { timestamp } = await accepted(clientOf(world, { store }).refresh())
    assert.equal(timestamp.signed.version, 3)
    world.imageOnline = stolen
    world.publish({ models: [GOOD], version: FAR + 1 })
    await refused('trust/badSignature', clientOf(world, { store }).refresh())
  },
  'fast-forward: a new root that keeps an old key beside the new one recovers too': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    const store = memoryStore()
    world.publish({ models: [GOOD], version: FAR, targetsVersion: 1 })
    await clientOf(world, { store }).refresh()
    // The role gets a second key: the old file would still verify, so it has to go.
    addOnlineKey(world)
    world.publish({ models: [GOOD], version: 2, targetsVersion: 2 })
    assert.equal((await accepted(clientOf(world, { store }).refresh())).timestamp.signed.version, 2)
  },
  'fast-forward: a snapshot of far-away targets under a kept key is dropped too': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    const store = memoryStore()
    world.imageVersion = 2
    world.name({ targets: { version: FAR, bytes: world.image.get('1.targets.json')! } })
    await refused('trust/missing', clientOf(world, { store }).refresh())
    addOnlineKey(world)
    world.publish({ models: [GOOD], version: 3 })
    await accepted(clientOf(world, { store }).refresh())
  },
  'fast-forward: a snapshot that promises targets nobody has signed is undone by rotation': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    const store = memoryStore()
    await clientOf(world, { store }).refresh()
    world.imageVersion = 2
    world.name({ targets: { version: FAR, bytes: world.image.get('1.targets.json')! } })
    await refused('trust/missing', clientOf(world, { store }).refresh())
    world.publish({ models: [GOOD], version: 3 })
    await refused('trust/rollback', clientOf(world, { store }).refresh())
    world.imageOnline = makeKey()
    world.rotate()
    world.publish({ models: [GOOD], version: 4 })
    await accepted(clientOf(world, { store }).refresh())
  },
  'cross-device replay: another device’s authentic order is refused, and nothing of it is stored':
    async () => {
      const world = new World()
      world.publish({ models: [GOOD] })
      for (const device of ['dev-1', 'dev-2']) world.order(device, [GOOD])
      const device = deviceOf(world, 'dev-1')
      device.director = (file, nonce) => world.directorFile('dev-2', file, nonce)
      await refused('trust/wrongDevice', device.order())
      assert.deepEqual([...device.directorStore.files.keys()], ['root'])
      device.director = (file, nonce) => world.directorFile('dev-1', file, nonce)
      assert.equal((await device.order()).models.length, 1)
    },
  'cross-device fast-forward: another device’s higher counters leave no trace': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    world.order('dev-1', [GOOD])
    world.order('dev-2', [GOOD], { version: FAR })
    const device = deviceOf(world, 'dev-1')
    await device.order()
    const before = new Map(device.directorStore.files)
    device.director = (file, nonce) => world.directorFile('dev-2', file, nonce)
    await refused('trust/wrongDevice', device.order())
    assert.deepEqual(device.directorStore.files, before)
    device.director = (file, nonce) => world.directorFile('dev-1', file, nonce)
    world.order('dev-1', [])
    assert.deepEqual((await device.order()).models, [])
  },
  'cross-device replay: one foreign file under an own timestamp is refused, though the hub’s key signed all':
    async () => {
      for (const role of ['snapshot', 'targets']) {
        const world = new World()
        world.publish({ models: [GOOD] })
        const device = deviceOf(world, 'dev-1')
        world.order('dev-1', [GOOD], { extra: { 'x-device': 'dev-2' } })
        if (role === 'targets') nameDevice(world, 'dev-1')
        const error = await refused('trust/wrongDevice', device.order())
        assert.equal(error.role, role)
        assert.equal(device.directorStore.files.has(role), false)
      }
    },
  'wrong hardware: a model that is not signed for this kind of device is refused': async () => {
    const world = new World()
    world.publish({ models: [{ ...GOOD, hardware: ['jetson', 'rpi4'] }] })
    world.order('dev-1', [GOOD])
    await refused('trust/wrongHardware', deviceOf(world, 'dev-1').order())
    assert.equal((await deviceOf(world, 'dev-1', { hardware: 'rpi4' }).order()).models.length, 1)
  },
  'revoked: a model that the release key has taken back is not installed any more': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    world.order('dev-1', [GOOD])
    const device = deviceOf(world, 'dev-1')
    await device.order()
    world.publish({ models: [{ ...GOOD, revoked: 'wrong in frost' }] })
    await refused('trust/revoked', device.order())
    const trust = device.trust()
    await refused('trust/revoked', trust.order())
    assert.equal(await trust.revocation('rain/1'), 'wrong in frost')
  },
  'revoked: a hub that hides the new release is noticed when the old one expires': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    world.order('dev-1', [GOOD])
    const device = deviceOf(world, 'dev-1')
    device.image = served(new Map(world.image))
    world.publish({ models: [{ ...GOOD, revoked: 'wrong in frost' }] })
    await device.order()
    world.now += 8 * 86_400_000
    world.order('dev-1', [GOOD])
    await refused('trust/expired', device.order())
  },
  'partial bundle: an order is followed as a whole or not at all': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    world.order('dev-1', [GOOD, { line: 'rain', version: '2' }])
    await refused('trust/notReleased', deviceOf(world, 'dev-1').order())
  },
  'a director that delegates is refused': async () => {
    const world = new World()
    world.publish({ models: [GOOD] })
    const friend = makeKey()
    world.order('dev-1', [], {
      delegations: [{ name: 'friend', keys: [friend], threshold: 1, paths: ['*'] }],
    })
    const error = await refused('trust/badMetadata', deviceOf(world, 'dev-1').order())
    assert.equal(error.role, 'targets')
  },
}
