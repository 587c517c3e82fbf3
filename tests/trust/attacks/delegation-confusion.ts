/** A delegated role is believed only as far, and only with the keys, as the one says that speaks of it. */
import assert from 'node:assert/strict'
import { clientOf, memoryStore, refused } from '../fixture/device.ts'
import { makeKey, sealed, type FixtureKey } from '../fixture/keys.ts'
import { listed, releasedTarget, targetsOf, type Delegation, type Named } from '../fixture/roles.ts'
import { World } from '../fixture/world.ts'
import type { Attacks } from './attack.ts'

const MODEL = { line: 'rain', version: '1' }
const OTHER = { ...MODEL, manifest: 'other' }

type Role = {
  readonly models?: readonly (typeof OTHER | typeof MODEL)[]
  readonly delegations?: readonly Delegation[]
  readonly by: FixtureKey
}

function role({ models = [], delegations, by }: Role): Named {
  const content = targetsOf({
    version: 1,
    targets: listed(models, releasedTarget),
    ...(delegations !== undefined && { delegations }),
  })
  return { version: 1, bytes: sealed(content, [by]) }
}

const to = (name: string, key: FixtureKey, more: Partial<Delegation> = {}): Delegation => ({
  name,
  keys: [key],
  threshold: 1,
  paths: ['*/*'],
  ...more,
})

const [a, b, shared, other] = [makeKey(), makeKey(), makeKey(), makeKey('p256')]

export const DELEGATION_CONFUSION: Attacks = {
  'delegation confusion: a role accepted for one parent is verified anew for the other': async () => {
    const world = new World()
    // A names `shared` with its key and does not list the model; B names `shared` with another key.
    world.publish({
      delegations: [to('a', a, { paths: ['rain/*'] }), to('b', b, { paths: ['wind/*'] })],
      delegated: {
        a: role({ by: a, delegations: [to('shared', shared)] }),
        b: role({ by: b, delegations: [to('shared', other)] }),
        shared: role({ by: shared, models: [{ line: 'wind', version: '1' }] }),
      },
    })
    const client = clientOf(world)
    assert.equal(await client.target('rain/1'), undefined)
    const error = await refused('trust/badSignature', client.target('wind/1'))
    assert.equal(error.role, 'shared')
  },
  'delegation confusion: a stored role is verified anew for another parent after a restart': async () => {
    const world = new World()
    const delegated = {
      a: role({ by: a, delegations: [to('shared', shared)] }),
      b: role({ by: b, delegations: [to('shared', other)] }),
      shared: role({ by: shared, models: [MODEL] }),
    }
    const store = memoryStore()
    world.publish({ delegations: [to('a', a), to('b', b)], delegated })
    assert.notEqual(await clientOf(world, { store }).target('rain/1'), undefined)
    // The release key takes the path from A and gives it to B, which trusts another key.
    world.publish({ delegations: [to('a', a, { paths: ['wind/*'] }), to('b', b)], delegated })
    await refused('trust/badSignature', clientOf(world, { store }).target('rain/1'))
  },
  'delegation confusion: a role says nothing outside the paths it was given': async () => {
    const world = new World()
    world.publish({
      delegations: [to('a', a, { paths: ['wind/*'] })],
      delegated: { a: role({ by: a, models: [MODEL] }) },
    })
    assert.equal(await clientOf(world).target('rain/1'), undefined)
  },
  'delegation confusion: the first role in the order of the delegations wins': async () => {
    const world = new World()
    world.publish({
      delegations: [to('a', a), to('b', b)],
      delegated: { a: role({ by: a, models: [MODEL] }), b: role({ by: b, models: [OTHER] }) },
    })
    assert.equal((await clientOf(world).target('rain/1'))?.length, 18)
  },
  'delegation confusion: after a terminating delegation nobody else is asked': async () => {
    const world = new World()
    world.publish({
      delegations: [to('a', a, { terminating: true }), to('b', b)],
      delegated: { a: role({ by: a }), b: role({ by: b, models: [OTHER] }) },
    })
    assert.equal(await clientOf(world).target('rain/1'), undefined)
  },
  'delegation confusion: a terminating delegation inside a branch ends the whole search': async () => {
    const world = new World()
    world.publish({
      delegations: [to('a', a), to('b', b)],
      delegated: {
        a: role({ by: a, delegations: [to('inner', shared, { terminating: true })] }),
        inner: role({ by: shared }),
        b: role({ by: b, models: [OTHER] }),
      },
    })
    assert.equal(await clientOf(world).target('rain/1'), undefined)
  },
  'delegation confusion: roles that delegate to each other end the search': async () => {
    const world = new World()
    world.publish({
      delegations: [to('a', a)],
      delegated: {
        a: role({ by: a, delegations: [to('b', b)] }),
        b: role({ by: b, delegations: [to('a', a)] }),
      },
    })
    let loaded = 0
    const accept = (): void => assert.ok(++loaded < 20, 'the search goes round and round')
    assert.equal(await clientOf(world, { accept }).target('rain/1'), undefined)
  },
  'delegation confusion: a search asks a bounded number of roles': async () => {
    const world = new World()
    const names = Array.from({ length: 40 }, (_, n) => `team-${n}`)
    world.publish({
      delegations: names.map((name) => to(name, a)),
      delegated: Object.fromEntries(names.map((name) => [name, role({ by: a })])),
    })
    await refused('trust/tooManyRoles', clientOf(world).target('rain/1'))
  },
  'delegation confusion: a role listed twice is refused': async () => {
    const world = new World()
    world.publish({
      delegations: [to('a', a), to('a', a, { paths: ['wind/*'] })],
      delegated: { a: role({ by: a, models: [MODEL] }) },
    })
    await refused('trust/badMetadata', clientOf(world).target('rain/1'))
  },
  'delegation confusion: a delegated role cannot take the place of root, timestamp or snapshot': async () => {
    for (const name of ['root', 'timestamp', 'snapshot', 'targets']) {
      const world = new World()
      world.publish({
        delegations: [to(name, a)],
        delegated: name === 'targets' ? {} : { [name]: role({ by: a, models: [MODEL] }) },
      })
      await refused('trust/badMetadata', clientOf(world).target('rain/1'))
    }
  },
  'delegation confusion: a role’s name is never a path, and is refused when it cannot be a file’s name':
    async () => {
      for (const name of ['x'.repeat(201), '\ud800', '']) {
        const world = new World()
        world.publish({ delegations: [to(name, a)] })
        const attempt = clientOf(world).target('rain/1')
        await refused(name === '' ? 'trust/missing' : 'trust/badMetadata', attempt)
      }
    },
}
