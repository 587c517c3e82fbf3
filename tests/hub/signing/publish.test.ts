/** What the hub publishes and what it refuses to, in demo trust, where the test has every key. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Targets } from '@tufjs/models'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ok } from '@fleetcast/shared/result.ts'
import { DAY_MS } from '@fleetcast/shared/units.ts'
import { initDemo, releaseHere, rotateDemo } from '../../../hub/signing/demo-trust.ts'
import { draftRoot } from '../../../hub/signing/draft-root.ts'
import { expiriesOf, warningOf } from '../../../hub/signing/expiries.ts'
import { rootOf, snapshotOf, targetsOf, timestampOf } from '../../../hub/signing/publication.ts'
import { releasesOf, withReleases, withRelease, withRevocation } from '../../../hub/signing/release-list.ts'
import { signHere } from '../../../hub/signing/sign-metadata.ts'
import { newKeyPem, pemSigner, type Signer } from '../../../hub/signing/signer.ts'
import { openTrust, type Trust } from '../../../hub/signing/trust.ts'
import { targetsRole } from '../../../hub/signing/write-roles.ts'
import { releaseOf, START, trustFixture, type TrustFixture } from './trust-fixture.ts'

let fixture: TrustFixture
let trust: Trust
beforeEach(async () => {
  fixture = await trustFixture()
  trust = await fixture.open()
  expect(await initDemo(trust, fixture)).toEqual({ ok: true, value: undefined })
})
afterEach(() => fixture.remove())

const stranger = (): Signer => {
  const signer = pemSigner(newKeyPem(), null)
  if (!signer.ok) throw new Error('no key')
  return signer.value
}
const held = (name: string): Signer => trust.held().find((key) => key.name === name)!.signer
const list = (): Targets => targetsOf(trust.publication()!).signed
const release = (version: number) =>
  releaseHere(trust, fixture, (before, now) => withRelease(before, releaseOf(version), now))

describe('the first publication', () => {
  test('says that it is a demo, names its repositories and keeps private files private', () => {
    expect(trust.state()).toBe('demo')
    for (const repository of ['image', 'director'] as const)
      expect(rootOf(trust.publication()!, repository).signed.unrecognizedFields).toMatchObject({
        'x-demo': true,
        'x-repository': repository,
      })
    const keys = join(fixture.folder, 'trust', 'keys')
    expect(readdirSync(keys).sort()).toEqual([
      'director-online.pem',
      'image-online.pem',
      'release.pem',
      'root.pem',
    ])
    for (const name of readdirSync(keys)) expect(statSync(join(keys, name)).mode & 0o777).toBe(0o600)
  })
  test('is there again after a restart', async () => {
    await release(1)
    const again = await fixture.open()
    expect(again.state()).toBe('demo')
    expect(releasesOf(targetsOf(again.publication()!).signed).map(({ path }) => path)).toEqual([
      'temperature-24h/1',
    ])
  })
})

describe('is refused', () => {
  test('a list that the release key has not signed', async () => {
    const forged = withReleases(list(), [releaseOf(1)], START)
    for (const signer of [stranger(), held('image-online'), held('director-online'), held('root')])
      expect(await trust.publish({ targets: await signHere(forged, [signer]) })).toMatchObject({
        ok: false,
        error: { code: 'trust/badSignature', at: 'image/2.targets.json' },
      })
    expect(list().version).toBe(1)
  })
  test('a list of another version than the next: older, the same, or one too far', async () => {
    await release(1)
    for (const version of [1, 2, 4]) {
      const next = targetsRole({ version, now: START, targets: [] })
      expect(await trust.publish({ targets: await signHere(next, [held('release')]) })).toMatchObject({
        error: { code: 'trust/conflict' },
      })
    }
  })
  test('an entry that no device could read', async () => {
    const next = withReleases(list(), [releaseOf(1, { epoch: 0 })], START)
    expect(await trust.publish({ targets: await signHere(next, [held('release')]) })).toMatchObject({
      error: { code: 'trust/badTarget' },
    })
    expect(list().version).toBe(1)
  })
  test('a root without the threshold before it, and one without its own', async () => {
    const before = rootOf(trust.publication()!, 'image').signed
    const key = stranger()
    const holders = { root: { keys: [{ key: key.key, name: 'thief' }], threshold: 1 } }
    const draft = draftRoot('image', { holders, before, isDemo: true, now: START })
    for (const signer of [key, held('root')])
      expect(await trust.publish({ roots: { image: await signHere(draft, [signer]) } })).toMatchObject({
        error: { code: 'trust/badSignature', at: 'image/2.root.json' },
      })
  })
  test('a root that names an online key which is not on this hub', async () => {
    const before = rootOf(trust.publication()!, 'image').signed
    const holders = { 'image-online': { keys: [{ key: stranger().key, name: 'elsewhere' }], threshold: 1 } }
    const draft = draftRoot('image', { holders, before, isDemo: true, now: START })
    expect(await trust.publish({ roots: { image: await signHere(draft, [held('root')]) } })).toMatchObject({
      error: { code: 'trust/wrongOnlineKey' },
    })
  })
  test('a root that hides that its keys lie on the hub', async () => {
    const before = rootOf(trust.publication()!, 'image').signed
    const draft = draftRoot('image', { holders: {}, before, isDemo: false, now: START })
    expect(await trust.publish({ roots: { image: await signHere(draft, [held('root')]) } })).toMatchObject({
      error: { code: 'trust/demoKeys' },
    })
  })
  test('a second demo', async () => {
    expect(await initDemo(trust, fixture)).toMatchObject({ error: { code: 'trust/exists' } })
  })
})

describe('a crash', () => {
  test('at any write leaves the publication before, and the same change goes through afterwards', async () => {
    let writes = 0
    let writesLeft = Number.POSITIVE_INFINITY
    const files = {
      ...fixture.files,
      write: async (...args: Parameters<typeof fixture.files.write>) => {
        if (writesLeft-- <= 0) throw new Error('power cut')
        writes += 1
        await fixture.files.write(...args)
      },
    }
    const ports = { ...fixture, files }
    for (let cut = 0; ; cut++) {
      writesLeft = cut
      writes = 0
      const cutTrust = await openTrust(ports)
      const before = cutTrust.publication()!
      const rotated = rotateDemo(cutTrust, ports, 'release')
      if (
        await rotated.then(
          () => true,
          () => false,
        )
      )
        break
      expect(writes).toBe(cut)
      const again = await fixture.open()
      expect(again.publication()).toEqual(before)
      fixture.clock.advance(60_000)
      expect(await again.publish({})).toMatchObject({ ok: true }) // it still signs with the keys it had
    }
    expect(writes).toBeGreaterThanOrEqual(4) // root, list, snapshot, timestamp
    const root = rootOf((await fixture.open()).publication()!, 'image').signed
    expect(root.version).toBe(2)
  })
})

describe('keys of demo trust rotate at once', () => {
  test.each(['root', 'release', 'image-online', 'director-online'] as const)('%s', async (name) => {
    await release(1)
    const before = held(name).key.keyID
    fixture.clock.advance(1_000)
    expect(await rotateDemo(trust, fixture, name)).toMatchObject({ ok: true })
    expect(held(name).key.keyID).not.toBe(before)
    expect(await release(2)).toMatchObject({ ok: true })
    expect(releasesOf(list())).toHaveLength(2)
    expect((await fixture.open()).state()).toBe('demo')
  })
})

describe('time', () => {
  test('online roles are signed anew every day, the snapshot only when it is needed', async () => {
    expect(await trust.renew()).toEqual({ ok: true, value: false })
    const first = trust.publication()!
    fixture.clock.advance(1.5 * DAY_MS)
    expect(await trust.renew()).toEqual({ ok: true, value: true })
    const second = trust.publication()!
    expect(timestampOf(second).signed.version).toBe(START / 1000 + 1.5 * 86_400)
    expect(snapshotOf(second).signed.version).toBe(snapshotOf(first).signed.version)
    fixture.clock.advance(20 * DAY_MS)
    await trust.renew()
    expect(snapshotOf(trust.publication()!).signed.version).toBeGreaterThan(snapshotOf(first).signed.version)
  })
  test('a hub whose clock went back still signs higher versions', async () => {
    const before = timestampOf(trust.publication()!).signed.version
    fixture.clock.advance(-400 * DAY_MS)
    await release(1)
    expect(timestampOf(trust.publication()!).signed.version).toBe(before + 1)
  })
  test('people are warned 90, 30 and 7 days before a root or the list expires', () => {
    const [root] = expiriesOf(trust.publication()!)
    const at = (days: number) => warningOf(root!, (root!.expiresAt - days * DAY_MS) as typeof START)
    expect([at(91), at(89), at(31), at(29), at(8), at(6), at(-1)]).toEqual([null, 90, 90, 30, 30, 7, 7])
    expect(expiriesOf(trust.publication()!).filter(({ needsPeople }) => needsPeople)).toHaveLength(3)
  })
})

describe('the list of releases', () => {
  test('takes a version once, again only under a higher epoch, never with other content', async () => {
    await release(1)
    expect(withRelease(list(), releaseOf(1), START)).toMatchObject({ error: { code: 'release/exists' } })
    expect(withRelease(list(), releaseOf(1, { epoch: 2 }), START)).toMatchObject({ ok: true })
    const other = releaseOf(1, { digest: releaseOf(2).digest, epoch: 2 })
    expect(withRelease(list(), other, START)).toMatchObject({ error: { code: 'release/exists' } })
  })
  test('keeps a revoked version revoked', async () => {
    await release(1)
    const revoke = (path: string) =>
      releaseHere(trust, fixture, (before, now) => withRevocation(before, { path, reason: 'drifts', now }))
    expect(await revoke('temperature-24h/9')).toMatchObject({ error: { code: 'release/notFound' } })
    expect(await revoke('temperature-24h/1')).toEqual(ok(undefined))
    expect(await revoke('temperature-24h/1')).toMatchObject({ error: { code: 'release/revoked' } })
    expect(withRelease(list(), releaseOf(1, { epoch: 2 }), START)).toMatchObject({
      error: { code: 'release/revoked' },
    })
  })
})
