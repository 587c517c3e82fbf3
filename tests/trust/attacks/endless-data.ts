/** Sources that send more than was asked for, or never end, or are too slow. */
import assert from 'node:assert/strict'
import type { MetadataSource } from '@fleetcast/shared/trust/metadata-ports.ts'
import { clientOf, deviceOf, memoryStore, refused, served } from '../fixture/device.ts'
import { republish } from '../fixture/forgeries.ts'
import { World } from '../fixture/world.ts'
import type { Attacks } from './attack.ts'

const GOOD = { line: 'rain', version: '1' }
const KB = 1_024

/** A transport as the port demands it: takes parts until it has one byte too many, then stops the sender. */
async function takeFrom(parts: Iterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const taken: Uint8Array[] = []
  let missing = bytesMax + 1
  for (const part of parts) {
    taken.push(part.subarray(0, missing))
    missing -= part.length
    if (missing <= 0) break
  }
  return Buffer.concat(taken)
}

/** Endless white space, counted; nothing else ends a JSON text later. */
function* endless(sent: { bytes: number }): Generator<Uint8Array> {
  for (;;) {
    sent.bytes += 100
    assert.ok(sent.bytes < 5 * KB * KB, 'the sender is never stopped')
    yield Buffer.alloc(100, 0x20)
  }
}

function publishedWorld(): World {
  const world = new World()
  world.publish({ models: [GOOD] })
  return world
}

/** Answers one file without end; notes how much was asked for. */
function endlessSource(world: World, file: string) {
  const sent = { bytes: 0 }
  const asked = new Map<string, number>()
  const source: MetadataSource = {
    get: async (name, bytesMax) => {
      asked.set(name, bytesMax)
      if (name === file) return await takeFrom(endless(sent), bytesMax)
      return world.image.get(name) ?? null
    },
  }
  return { source, asked, sent }
}

export const ENDLESS_DATA: Attacks = {
  'endless data: no role is read beyond its limit': async () => {
    const world = publishedWorld()
    const exactly = (file: string): number => world.image.get(file)!.length
    const limits = {
      '2.root.json': 128 * KB,
      'timestamp.json': 16 * KB,
      '1.snapshot.json': exactly('1.snapshot.json'),
      '1.targets.json': exactly('1.targets.json'),
    }
    for (const [file, limit] of Object.entries(limits)) {
      const { source, asked, sent } = endlessSource(world, file)
      await refused('trust/tooLarge', clientOf(world, { source }).refresh())
      assert.equal(asked.get(file), limit)
      assert.ok(sent.bytes <= limit + 100, `${sent.bytes} bytes were read`)
    }
  },
  'endless data: a transport that ignores the limit is not believed': async () => {
    const world = publishedWorld()
    const padded = Buffer.concat([world.image.get('timestamp.json')!, Buffer.alloc(16 * KB, 0x20)])
    const source = served(world.image, { 'timestamp.json': padded })
    await refused('trust/tooLarge', clientOf(world, { source }).refresh())
  },
  'endless data: a stolen online key cannot raise the limit of the snapshot': async () => {
    const world = publishedWorld()
    republish(world, 'timestamp', (signed) => {
      signed['meta'] = { 'snapshot.json': { version: 1, length: 10_000_000_000 } }
    })
    const { source, asked } = endlessSource(world, '1.snapshot.json')
    await refused('trust/tooLarge', clientOf(world, { source }).refresh())
    assert.equal(asked.get('1.snapshot.json'), KB * KB)
  },
  'endless data: a stolen online key cannot raise the limit of the targets': async () => {
    const world = publishedWorld()
    republish(world, 'snapshot', (signed) => {
      signed['meta'] = { 'targets.json': { version: 1, length: 10_000_000_000 } }
    })
    const { source, asked } = endlessSource(world, '1.targets.json')
    await refused('trust/tooLarge', clientOf(world, { source }).refresh())
    assert.equal(asked.get('1.targets.json'), 4 * KB * KB)
  },
  'endless data: a length that is no length is refused before anything is asked for': async () => {
    for (const length of [-1, 1.5, 2 ** 60]) {
      const world = publishedWorld()
      republish(world, 'timestamp', (signed) => {
        signed['meta'] = { 'snapshot.json': { version: 1, length } }
      })
      await refused('trust/badMetadata', clientOf(world).refresh())
    }
  },
  'endless data: a director’s files are small': async () => {
    const world = publishedWorld()
    const custom = { role: 'champion', padding: ' '.repeat(64 * KB) }
    const targets = { 'rain/1': { length: 1, hashes: { sha256: 'a'.repeat(64) }, custom } }
    world.order('dev-1', [], { targets })
    await refused('trust/tooLarge', deviceOf(world, 'dev-1').order())
  },
  'endless data: a model is as long as the release key says, not the director': async () => {
    const world = publishedWorld()
    world.order('dev-1', [GOOD])
    const honest = await deviceOf(world, 'dev-1').order()
    assert.equal(honest.models[0]?.length, 18)
    const hashes = { sha256: String(honest.models[0]?.digest) }
    const targets = { 'rain/1': { length: 1_000_000_000, hashes, custom: { role: 'champion' } } }
    world.order('dev-1', [], { targets })
    await refused('trust/differs', deviceOf(world, 'dev-1').order())
  },
  'endless data: roots that never end are followed for one refresh only so far': async () => {
    const world = publishedWorld()
    for (let n = 0; n < 6; n++) world.rotate()
    const store = memoryStore()
    const limits = { rootRotations: 4 }
    const { root } = await clientOf(world, { store, limits }).refresh()
    assert.equal(root.signed.version, 5)
    assert.equal((await clientOf(world, { store, limits }).refresh()).root.signed.version, 7)
  },
  'slow retrieval: the transport’s deadline ends the refresh; nothing is stored of what came, and the next one works':
    async () => {
      const world = publishedWorld()
      for (const file of ['timestamp.json', '1.snapshot.json', '1.targets.json']) {
        const store = memoryStore()
        const { source, read } = throttled(world, file)
        await assert.rejects(clientOf(world, { store, source }).refresh(), SlowTransfer)
        assert.ok(read() <= 10, `${read()} bytes were waited for`)
        assert.equal(store.files.has(file.replace(/^1\.|\.json$/g, '')), false)
        await clientOf(world, { store }).refresh()
      }
    },
}

class SlowTransfer extends Error {}

/** One byte a second, against a deadline of ten seconds: the clock is the source's own. */
function throttled(world: World, file: string) {
  let bytes = 0
  const source: MetadataSource = {
    get: async (name) => {
      const content = world.image.get(name)
      if (name !== file || content === undefined) return content ?? null
      for (let second = 0; second < content.length; second++) {
        if (second === 10) throw new SlowTransfer('10 bytes in 10 s')
        bytes++
      }
      return content
    },
  }
  return { source, read: () => bytes }
}
