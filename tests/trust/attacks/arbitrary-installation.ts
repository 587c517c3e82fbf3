/** Whoever lacks one of the keys that a model needs cannot bring it to a device. */
import assert from 'node:assert/strict'
import { clientOf, deviceOf, orderedPaths, refused, served } from '../fixture/device.ts'
import { edited, opened, resealed } from '../fixture/keys.ts'
import { listed, releasedTarget } from '../fixture/roles.ts'
import { World } from '../fixture/world.ts'
import type { Attacks } from './attack.ts'

const GOOD = { line: 'rain', version: '1' }
const EVIL = { line: 'rain', version: '1', manifest: '{"model":"rain/x"}' }
const FILES = ['timestamp.json', '1.snapshot.json', '1.targets.json'] as const

function publishedWorld(): World {
  const world = new World()
  world.publish({ models: [GOOD] })
  return world
}

const withFile = async (world: World, file: string, bytes: Uint8Array) =>
  await clientOf(world, { source: served(world.image, { [file]: bytes }) }).refresh()

export const ARBITRARY_INSTALLATION: Attacks = {
  'arbitrary installation: what both repositories agree on is installed': async () => {
    const world = publishedWorld()
    world.order('dev-1', [GOOD])
    assert.deepEqual(orderedPaths(await deviceOf(world, 'dev-1').order()), ['rain/1'])
  },
  'arbitrary installation: an unsigned timestamp is refused': async () => {
    const world = publishedWorld()
    const { signed } = opened(world.image.get('timestamp.json')!)
    await refused('trust/badSignature', withFile(world, 'timestamp.json', json({ signatures: [], signed })))
  },
  'arbitrary installation: an unsigned snapshot is refused': async () => {
    const world = publishedWorld()
    const { signed } = opened(world.image.get('1.snapshot.json')!)
    const bytes = json({ signatures: [], signed })
    world.image.set('1.snapshot.json', bytes)
    nameSnapshot(world, bytes)
    await refused('trust/badSignature', clientOf(world).refresh())
  },
  'arbitrary installation: unsigned targets are refused, though snapshot and timestamp name them':
    async () => {
      const world = publishedWorld()
      world.publish({ models: [EVIL], by: [] })
      await refused('trust/badSignature', clientOf(world).refresh())
    },
  'arbitrary installation: the key of the image repository’s snapshot cannot release a model': async () => {
    const world = publishedWorld()
    world.publish({ models: [EVIL], by: [world.imageOnline] })
    world.order('dev-1', [EVIL])
    await refused('trust/badSignature', deviceOf(world, 'dev-1').order())
  },
  'arbitrary installation: the director key alone cannot bring in a model': async () => {
    const world = publishedWorld()
    world.order('dev-1', [{ line: 'rain', version: '666' }])
    await refused('trust/notReleased', deviceOf(world, 'dev-1').order())
  },
  'arbitrary installation: the director key alone cannot exchange a model’s bytes': async () => {
    const world = publishedWorld()
    world.order('dev-1', [{ ...GOOD, manifest: '{"model":"rain/x"}' }])
    await refused('trust/differs', deviceOf(world, 'dev-1').order())
  },
  'arbitrary installation: a release key without the hub reaches no device': async () => {
    const world = publishedWorld()
    world.order('dev-1', [GOOD])
    const device = deviceOf(world, 'dev-1')
    const targets = resealed(world.image.get('1.targets.json')!, [world.release], (signed) => {
      signed['targets'] = listed([EVIL], releasedTarget)
    })
    device.image = served(world.image, { '1.targets.json': targets })
    await refused('trust/mismatch', device.order())
    const snapshot = resealed(world.image.get('1.snapshot.json')!, [world.release], () => {})
    const timestamp = resealed(world.image.get('timestamp.json')!, [world.release], () => {})
    device.image = served(world.image, { '1.snapshot.json': snapshot, 'timestamp.json': timestamp })
    await refused('trust/badSignature', device.order())
  },
  'arbitrary installation: a file edited after it was signed is refused': async () => {
    for (const file of FILES) {
      const world = publishedWorld()
      const bytes = edited(world.image.get(file)!, (signed) => (signed['version'] = 2))
      const code = file === 'timestamp.json' ? 'trust/badSignature' : 'trust/mismatch'
      await refused(code, withFile(world, file, bytes))
    }
  },
  'arbitrary installation: a truncated file is refused': async () => {
    for (const file of FILES) {
      const world = publishedWorld()
      const bytes = world.image.get(file)!.subarray(0, -1)
      await refused(
        file === 'timestamp.json' ? 'trust/badMetadata' : 'trust/mismatch',
        withFile(world, file, bytes),
      )
    }
  },
}

const json = (content: unknown): Buffer => Buffer.from(JSON.stringify(content))

/** The timestamp names these bytes as snapshot 1. */
function nameSnapshot(world: World, bytes: Uint8Array): void {
  const timestamp = resealed(world.image.get('timestamp.json')!, [world.imageOnline], (signed) => {
    signed['meta'] = { 'snapshot.json': { version: 1, length: bytes.length } }
  })
  world.image.set('timestamp.json', timestamp)
}
