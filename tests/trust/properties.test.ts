/** Chance against the client: damage anywhere never changes what is trusted and is always a refusal; honest histories always succeed. */
import fc from 'fast-check'
import { TrustError } from '@fleetcast/shared/trust/trust-error.ts'
import { describe, expect, test } from 'vitest'
import { deviceOf, orderedPaths } from './fixture/device.ts'
import { republish } from './fixture/forgeries.ts'
import { makeKey, opened, type Json } from './fixture/keys.ts'
import { DAY } from './fixture/roles.ts'
import { World } from './fixture/world.ts'

const SEED = 20_260_301
const MODELS = Array.from({ length: 6 }, (_, n) => ({ line: 'rain', version: String(n + 1) }))

type Damage = (file: Uint8Array) => Uint8Array

const strange = fc.constantFrom<(Json | undefined)[]>(
  null,
  -1,
  0,
  2 ** 60,
  '',
  '../x',
  [],
  {},
  '\ud800',
  true,
  undefined,
)
const flips: fc.Arbitrary<Damage> = fc
  .array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 })
  .map((places) => (file) => {
    const bytes = Buffer.from(file)
    for (const [at, mask] of places) bytes[at % bytes.length]! ^= mask
    return bytes
  })
const cuts: fc.Arbitrary<Damage> = fc.nat().map((at) => (file) => file.subarray(0, at % file.length))
const deletions: fc.Arbitrary<Damage> = fc.nat().map((which) => (file) => withoutField(file, which))
const replacements: fc.Arbitrary<Damage> = fc.tuple(fc.nat(), strange).map(
  ([which, value]) =>
    (file) =>
      withoutField(file, which, value),
)
const nonsense: fc.Arbitrary<Damage> = fc
  .constantFrom(
    '',
    'null',
    '[]',
    '{}',
    '{"signed":{},"signatures":[]}',
    '['.repeat(10_000),
    '{"__proto__":{}}',
  )
  .map((text) => () => Buffer.from(text))

function withoutField(file: Uint8Array, which: number, value?: Json): Buffer {
  const content = opened(file) as unknown as Record<string, Json>
  changeField(content, which, value)
  return Buffer.from(JSON.stringify(content))
}

/** The field of that number, in reading order, taken out or replaced. */
function changeField(content: Record<string, Json>, which: number, value?: Json): void {
  const places: [Record<string, Json>, string][] = []
  const walk = (node: Json): void => {
    if (node === null || typeof node !== 'object') return
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, Json>, key])
      walk((node as Record<string, Json>)[key]!)
    }
  }
  walk(content)
  const [node, key] = places[which % places.length]!
  if (value === undefined) delete node[key]
  else node[key] = value
}

/** A device that has followed one order, before the next release with rotated keys. */
async function followedWorld() {
  const world = new World()
  world.publish({ models: MODELS.slice(0, 1) })
  world.order('dev-1', MODELS.slice(0, 1))
  const device = deviceOf(world, 'dev-1')
  await device.order()
  world.rotate()
  world.publish({ models: MODELS.slice(0, 2) })
  world.order('dev-1', MODELS.slice(0, 2))
  return { world, device }
}

const KINDS = ['root', 'timestamp', 'snapshot', 'targets'] as const

describe('chance against the client', () => {
  test('a damaged file is refused, or says the same as the whole one', async () => {
    const damage = fc.oneof(flips, cuts, deletions, replacements, nonsense)
    await fc.assert(
      fc.asyncProperty(damage, fc.constantFrom(...KINDS), fc.boolean(), async (spoil, kind, ofDirector) => {
        const { world, device } = await followedWorld()
        const isHit = (file: string): boolean => file.endsWith(`${kind}.json`)
        const hit = (file: string, bytes: Uint8Array | null) =>
          bytes !== null && isHit(file) ? spoil(bytes) : bytes
        if (ofDirector) device.director = (file, nonce) => hit(file, world.directorFile('dev-1', file, nonce))
        else device.image = { get: async (file) => hit(file, world.image.get(file) ?? null) }
        const outcome = await device.order().then(orderedPaths, (error: unknown) => error)
        if (!(outcome instanceof TrustError)) expect(outcome).toEqual(['rain/1', 'rain/2'])
        device.director = (file, nonce) => world.directorFile('dev-1', file, nonce)
        device.image = { get: async (file) => world.image.get(file) ?? null }
        expect(orderedPaths(await device.order())).toEqual(['rain/1', 'rain/2'])
      }),
      { seed: SEED, numRuns: 300 },
    )
  }, 120_000)

  test('whatever a stolen key signs is a refusal or a list of released models, never a crash', async () => {
    const role = fc.constantFrom('targets', 'snapshot', 'timestamp')
    await fc.assert(
      fc.asyncProperty(role, fc.nat(), strange, async (role, which, value) => {
        const { world, device } = await followedWorld()
        republish(world, role, (signed) => changeField(signed, which, value))
        const outcome = await device.order().then(orderedPaths, (error: unknown) => error)
        if (!(outcome instanceof TrustError)) expect(outcome).toEqual(['rain/1', 'rain/2'])
      }),
      { seed: SEED, numRuns: 200 },
    )
  }, 120_000)

  test('a damaged store is repaired by the next refresh', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(flips, cuts, nonsense), fc.constantFrom(...KINDS), async (spoil, kind) => {
        const { device } = await followedWorld()
        for (const { files } of [device.directorStore, device.imageStore])
          files.set(kind, spoil(files.get(kind)!))
        expect(orderedPaths(await device.order())).toEqual(['rain/1', 'rain/2'])
      }),
      { seed: SEED, numRuns: 150 },
    )
  }, 120_000)

  test('any honest history is followed, by a device that looks only now and then', async () => {
    const step = fc.constantFrom('publish', 'order', 'rotate', 'newKeys', 'day', 'week', 'look', 'restart')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const world = new World()
        const device = deviceOf(world, 'dev-1')
        let released = 1
        let ordered = 1
        const publish = (): void => world.publish({ models: MODELS.slice(0, released) })
        const order = (): void => world.order('dev-1', [MODELS[ordered - 1]!])
        publish()
        order()
        let trust = device.trust()
        for (const what of [...steps, 'look']) {
          if (what === 'publish') released = Math.min(released + 1, MODELS.length)
          if (what === 'order') ordered = (ordered % released) + 1
          if (what === 'newKeys') {
            Object.assign(world, {
              imageOnline: makeKey('p256'),
              directorOnline: makeKey(),
              release: makeKey(),
            })
            const old = world.rootKeys
            world.rootKeys = [makeKey(), makeKey('p256')]
            world.rotate([...old, ...world.rootKeys])
          } else if (what === 'rotate') world.rotate()
          else if (what === 'day' || what === 'week') world.now += (what === 'day' ? 1 : 7) * DAY
          if (what === 'restart') trust = device.trust()
          if (what !== 'look' && what !== 'restart') {
            publish()
            order()
          } else {
            world.now += 1_000
            expect(orderedPaths(await trust.order())).toEqual([`rain/${ordered}`])
          }
        }
      }),
      { seed: SEED, numRuns: 60 },
    )
  }, 120_000)
})
