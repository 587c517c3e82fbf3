/** Stolen keys below the threshold are worth nothing; at the threshold everything, until a rotation; and what a key is. */
import assert from 'node:assert/strict'
import { TufClient } from '@fleetcast/shared/trust/tuf-client.ts'
import { epochMs } from '@fleetcast/shared/units.ts'
import { clientOf, deviceOf, memoryStore, orderedPaths, refused, served } from '../fixture/device.ts'
import { republish } from '../fixture/forgeries.ts'
import { alias, makeKey, opened, sealed, type FixtureKey, type Json } from '../fixture/keys.ts'
import { held, rootOf, type Holders } from '../fixture/roles.ts'
import { World } from '../fixture/world.ts'
import type { Attacks } from './attack.ts'

const GOOD = { line: 'rain', version: '1' }
const EVIL = { line: 'rain', version: '666' }

function publishedWorld(): World {
  const world = new World()
  world.publish({ models: [GOOD] })
  return world
}

/** A next root whose root role is `next`, signed by `by`. */
function offerRoot(world: World, next: Holders, by: readonly FixtureKey[]): void {
  const roles = { ...world.rolesOf('image'), root: next }
  world.image.set('2.root.json', sealed(rootOf(2, roles), by))
}

const refresh = async (world: World) => (await clientOf(world).refresh()).root.signed.version

/** A client whose pinned root gives the image timestamp to these holders. */
async function withTimestampHeldBy(holders: Holders, signers: readonly FixtureKey[]) {
  const world = publishedWorld()
  const roles = { ...world.rolesOf('image'), timestamp: holders }
  const bootstrapRoot = sealed(rootOf(1, roles), world.rootKeys)
  const { signed } = opened(world.image.get('timestamp.json')!)
  const source = served(world.image, { 'timestamp.json': sealed(signed, signers) })
  return await clientOf(world, { bootstrapRoot, source }).refresh()
}

async function withBadVersion(role: 'targets' | 'snapshot' | 'timestamp', version: Json): Promise<void> {
  const world = publishedWorld()
  republish(world, role, (signed) => (signed['version'] = version))
  await refused('trust/badMetadata', clientOf(world).refresh())
}

export const KEY_COMPROMISE: Attacks = {
  'key compromise: one of three root keys signs no root': async () => {
    const world = publishedWorld()
    const thief = makeKey()
    offerRoot(world, held(thief), [thief, world.rootKeys[0]!])
    await refused('trust/badSignature', refresh(world))
  },
  'key compromise: one of three root keys, held twice in one signature list, counts once': async () => {
    const world = publishedWorld()
    const thief = makeKey()
    offerRoot(world, held(thief), [thief, world.rootKeys[0]!])
    const file = opened(world.image.get('2.root.json')!)
    file.signatures.push(file.signatures[1]!)
    world.image.set('2.root.json', Buffer.from(JSON.stringify(file)))
    await refused('trust/badMetadata', refresh(world))
  },
  'root rotation: the old threshold alone does not make a root': async () => {
    const world = publishedWorld()
    const next = { keys: [makeKey(), makeKey('p256')], threshold: 2 }
    offerRoot(world, next, [...world.rootKeys, next.keys[0]!])
    await refused('trust/badSignature', refresh(world))
  },
  'root rotation: the new threshold alone does not make a root': async () => {
    const world = publishedWorld()
    const next = { keys: [makeKey(), makeKey('p256')], threshold: 2 }
    offerRoot(world, next, next.keys)
    await refused('trust/badSignature', refresh(world))
  },
  'root rotation: the old and the new threshold together do': async () => {
    const world = publishedWorld()
    const next = { keys: [makeKey(), makeKey('p256')], threshold: 2 }
    offerRoot(world, next, [...world.rootKeys.slice(1), ...next.keys])
    assert.equal(await refresh(world), 2)
  },
  'key compromise: two root keys can do everything, and a rotation undoes it': async () => {
    const world = publishedWorld()
    const device = deviceOf(world, 'dev-1')
    const [own, ownOnline] = [world.release, world.imageOnline]
    world.release = makeKey()
    world.imageOnline = makeKey()
    world.rotate(world.rootKeys.slice(0, 2))
    world.publish({ models: [EVIL] })
    world.order('dev-1', [EVIL])
    assert.deepEqual(orderedPaths(await device.order()), ['rain/666'])
    const thief = { release: world.release, online: world.imageOnline }
    const old = world.rootKeys
    world.rootKeys = [makeKey(), makeKey('p256'), makeKey()]
    Object.assign(world, { release: own, imageOnline: ownOnline, directorOnline: makeKey() })
    world.rotate([...old, ...world.rootKeys])
    world.publish({ models: [GOOD] })
    world.order('dev-1', [GOOD])
    assert.deepEqual(orderedPaths(await device.order()), ['rain/1'])
    Object.assign(world, { release: thief.release, imageOnline: thief.online })
    world.publish({ models: [EVIL] })
    await refused('trust/badSignature', device.order())
  },
  'key compromise: hub and release key together can install anything, and a rotation undoes it': async () => {
    const world = publishedWorld()
    const device = deviceOf(world, 'dev-1')
    world.publish({ models: [EVIL] })
    world.order('dev-1', [EVIL])
    assert.deepEqual(orderedPaths(await device.order()), ['rain/666'])
    const stolen = {
      release: world.release,
      imageOnline: world.imageOnline,
      directorOnline: world.directorOnline,
    }
    Object.assign(world, { release: makeKey(), imageOnline: makeKey(), directorOnline: makeKey() })
    world.rotate()
    world.publish({ models: [GOOD] })
    world.order('dev-1', [GOOD])
    assert.deepEqual(orderedPaths(await device.order()), ['rain/1'])
    Object.assign(world, stolen)
    world.order('dev-1', [EVIL])
    await refused('trust/badSignature', device.order())
  },
  'key compromise: a role of two keys is not satisfied by one': async () => {
    const keys = [makeKey(), makeKey('p256')]
    await refused('trust/badSignature', withTimestampHeldBy({ keys, threshold: 2 }, keys.slice(0, 1)))
    await withTimestampHeldBy({ keys, threshold: 2 }, keys)
  },
  'key compromise: one key under two ids counts once': async () => {
    for (const key of [makeKey(), makeKey('p256')]) {
      const keys = [key, alias(key)]
      await refused('trust/badMetadata', withTimestampHeldBy({ keys, threshold: 2 }, keys))
    }
  },
  'key compromise: one key in two spellings counts once': async () => {
    const pem = (text: string): string => text.replaceAll('\n', '\r\n').replace('KEY-----\r\n', 'KEY-----\n')
    const spellings: [FixtureKey, (text: string) => string][] = [
      [makeKey(), (hex) => hex.toUpperCase()],
      [makeKey(), (hex) => `${hex}f`],
      [makeKey('p256'), pem],
      [makeKey('p256'), hexPoint],
    ]
    for (const [key, spelling] of spellings) {
      const keys = [key, alias(key, spelling)]
      await withTimestampHeldBy({ keys: keys.slice(1), threshold: 1 }, keys.slice(1)) // it is a key of its own
      await refused('trust/badMetadata', withTimestampHeldBy({ keys, threshold: 2 }, keys))
    }
  },
  'key compromise: a signature given twice is refused': async () => {
    const world = publishedWorld()
    const file = opened(world.image.get('timestamp.json')!)
    file.signatures.push(file.signatures[0]!)
    world.image.set('timestamp.json', Buffer.from(JSON.stringify(file)))
    await refused('trust/badMetadata', refresh(world))
  },
  'bad versions: neither fractions, zero, negative numbers nor what a double cannot hold': async () => {
    for (const role of ['targets', 'snapshot', 'timestamp'] as const)
      for (const version of [1.5, 0, -3, 2 ** 60, '1', null]) await withBadVersion(role, version)
  },
  'bad expiry: what cannot be read as a date would never expire': async () => {
    for (const role of ['targets', 'snapshot', 'timestamp'] as const)
      for (const expires of ['soon', '2030-13-41T00:00:00Z', '9999', '', 4_102_444_800]) {
        const world = publishedWorld()
        republish(world, role, (signed) => (signed['expires'] = expires))
        await refused('trust/badMetadata', refresh(world))
      }
  },
  'a damaged root without the pinned one ends trust; with it trust goes on': async () => {
    const world = publishedWorld()
    const store = memoryStore()
    await clientOf(world, { store }).refresh()
    store.files.set('root', store.files.get('root')!.subarray(0, 100))
    const bare = new TufClient({ store, source: served(world.image), now: () => epochMs(world.now) })
    await refused('trust/badMetadata', bare.refresh())
    await clientOf(world, { store }).refresh()
  },
  'a forged root in the place of the pinned one is refused': async () => {
    const world = publishedWorld()
    const thief = makeKey()
    const bootstrapRoot = sealed(rootOf(1, world.rolesOf('image')), [thief, world.rootKeys[0]!])
    await refused('trust/badSignature', clientOf(world, { bootstrapRoot }).refresh())
  },
}

/** The uncompressed point of a P-256 key in hex, which the library reads too. */
const hexPoint = (pem: string): string =>
  Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
    .subarray(-65)
    .toString('hex')
