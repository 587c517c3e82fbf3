/** Deletion on a real database with real files: refused for each kind of reference, allowed after it is gone. */
import { mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BundleDigest, DeviceId, Sha256 } from '@fleetcast/shared/ids.ts'
import type { StatusRecord } from '@fleetcast/shared/protocol/telemetry.ts'
import { addMs } from '@fleetcast/shared/units.ts'
import type { BlobFiles } from '../../../hub/ports/blob-files.ts'
import { rejectRequest } from '../../../hub/registry/alias-requests.ts'
import { removeAlias, setAlias } from '../../../hub/registry/aliases.ts'
import { deleteVersion } from '../../../hub/registry/delete-version.ts'
import { versionLineage } from '../../../hub/registry/lineage.ts'
import { ORPHAN_AGE, removeOrphans } from '../../../hub/registry/remove-blobs.ts'
import { listAliasHistory } from '../../../hub/store/queries/aliases.ts'
import { putOrder } from '../../../hub/store/queries/orders.ts'
import { findVersion, markDeleted } from '../../../hub/store/queries/runs-and-versions.ts'
import { putDevices, setRevoked } from '../../../hub/store/queries/sites-and-devices.ts'
import type { Store } from '../../../hub/store/store.ts'
import { ENGINES } from '../store/engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'
import {
  addVersion,
  alice,
  blobsIn,
  bob,
  RECIPE,
  requestId,
  settableClock,
  START,
} from './registry-fixtures.ts'

const sea = DeviceId.parse('sea')
const IDLE: StatusRecord = {
  ...{ kind: 'status', at: null, generation: 1, serving: null, servingState: 'baseline' },
  ...{ candidate: null, candidateState: 'none', bundles: [], channels: [], agentVersion: '0', rssMb: 1 },
}

describe.each(ENGINES)('deleting a version on %s', (_name, open) => {
  let opened: TemporaryStore
  let store: Store
  let folder: string
  let blobs: BlobFiles
  let first: Awaited<ReturnType<typeof addVersion>>
  let time: ReturnType<typeof settableClock>
  /** What rollouts and releases say. */
  let others: string[]
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fleetcast-delete-'))
    opened = await open()
    store = opened.store
    blobs = blobsIn(folder)
    time = settableClock()
    others = []
    first = await addVersion(store, blobs)
    await addVersion(store, blobs)
  })
  afterEach(async () => {
    await opened.remove()
    rmSync(folder, { recursive: true })
  })

  const ports = () => ({ store, clock: time.clock, blobs, otherUses: async () => others })
  const remove = (id = `${RECIPE}@1`) => deleteVersion(ports(), { id, reason: 'broken sensor', actor: bob })
  const deleted = { ok: true, value: { recipe: RECIPE, version: 1, files: 1 } }
  const inUse = (by: RegExp) => ({
    ok: false,
    error: { code: 'version/inUse', message: expect.stringMatching(by) },
  })
  const put = (status: StatusRecord | null) =>
    putDevices(store.db, store, [
      { id: sea, site: 'sea', latitude: 0, longitude: 0, createdAt: 1, enrolledAt: 1, status },
    ])
  const files = async (): Promise<number> => (await blobs.list()).length

  test('keeps its number, its name in lineage and its reason', async () => {
    expect(await remove()).toEqual(deleted)
    expect(await findVersion(store, RECIPE, 1)).toBeUndefined()
    expect(await versionLineage(store, `${RECIPE}@1`)).toMatchObject({
      ok: true,
      value: { version: 1, digest: first.digest, deletedAt: START },
    })
    expect(await remove()).toMatchObject({
      error: { code: 'version/deleted', message: expect.stringMatching(/by bob.*: broken sensor/) },
    })
  })
  test('never gives its number to another, not even when it was the newest', async () => {
    await remove(`${RECIPE}@2`)
    expect((await addVersion(store, blobs)).version).toBe(3)
    await remove(`${RECIPE}@3`)
    await remove(`${RECIPE}@1`)
    expect((await addVersion(store, blobs)).version).toBe(4)
  })
  test('removes the files that only it had', async () => {
    expect(await files()).toBe(5)
    await remove()
    expect(await files()).toBe(4)
    expect(await blobs.has(Sha256.parse(first.model))).toBe(false)
    await remove(`${RECIPE}@2`)
    expect(await files()).toBe(0)
  })
  test('is refused while an alias points to it, and the history keeps the digest afterwards', async () => {
    const key = { recipe: RECIPE, name: 'lts' }
    const change = { ...key, reason: 'because', actor: alice }
    await setAlias(ports(), { ...change, expectedRevision: 0, version: `${RECIPE}@1` })
    expect(await remove()).toMatchObject(inUse(/alias temperature-24h@lts/))
    await removeAlias(ports(), { ...change, expectedRevision: 1 })
    expect(await remove()).toEqual(deleted)
    expect((await listAliasHistory(store, key)).at(-1)?.toDigest).toBe(first.digest)
  })
  test('is refused while an open request asks for it', async () => {
    const change = { recipe: RECIPE, name: 'champion', reason: 'because', actor: alice }
    const asked = await setAlias(ports(), { ...change, expectedRevision: 0, version: `${RECIPE}@1` })
    expect(await remove()).toMatchObject(inUse(/open request \d+ for temperature-24h@champion/))
    await rejectRequest(ports(), { id: requestId(asked), actor: alice, reason: 'a mistake' })
    expect(await remove()).toEqual(deleted)
  })
  test.each(['champion', 'candidate', 'prefetch'] as const)(
    'is refused while a station is ordered to have it as %s',
    async (role) => {
      await put(null)
      const order = { champion: null, candidate: null, prefetch: [] as BundleDigest[] }
      const named = role === 'prefetch' ? [first.digest] : first.digest
      const row = {
        device: sea,
        generation: 1,
        targets: '',
        snapshot: '',
        expiresAt: START,
        updatedAt: START,
      }
      const desired = { schema: 'fleetcast/desired/1' as const, device: sea, generation: 1, ...order }
      await putOrder(store.db, store, { ...row, order: { ...desired, [role]: named } })
      expect(await remove()).toMatchObject(inUse(/the order of station sea/))
      await putOrder(store.db, store, { ...row, order: desired })
      expect(await remove()).toEqual(deleted)
    },
  )
  test.each([
    ['serving', (digest: BundleDigest) => ({ serving: digest, servingState: 'committed' as const })],
    ['candidate', (digest: BundleDigest) => ({ candidate: digest, candidateState: 'shadowing' as const })],
    [
      'installed',
      (digest: BundleDigest) => ({
        bundles: [{ digest, state: 'installed' as const, progress: 1, code: null, message: null }],
      }),
    ],
  ])('is refused while a station says it is %s', async (role, status) => {
    await put({ ...IDLE, ...status(first.digest) })
    expect(await remove()).toMatchObject(inUse(new RegExp(`station sea \\(${role}\\)`)))
    await put(IDLE)
    expect(await remove()).toEqual(deleted)
  })
  test('is not held up by a revoked station', async () => {
    await put({ ...IDLE, serving: first.digest, servingState: 'committed' })
    await setRevoked(store, sea, START)
    expect(await remove()).toEqual(deleted)
  })
  test('is refused while a rollout or a release needs it, and all of them are listed', async () => {
    others = ['rollout 1-temperature-24h (running)', 'its release, which has to be revoked first']
    await put({ ...IDLE, serving: first.digest, servingState: 'committed' })
    expect(await remove()).toMatchObject(inUse(/station sea.*rollout 1-.*its release/))
    expect(await files()).toBe(5)
  })
  test('and an alias set at the same moment: one of them is refused', async () => {
    const change = { recipe: RECIPE, name: 'lts', reason: 'because', actor: alice, expectedRevision: 0 }
    const [gone, set] = await Promise.all([
      remove(),
      setAlias(ports(), { ...change, version: `${RECIPE}@1` }),
    ])
    expect([gone.ok, set.ok].toSorted()).toEqual([false, true])
  })

  describe('files of no version', () => {
    const later = () => (time.time.now = addMs(START, ORPHAN_AGE))
    const age = (digest: string): void =>
      utimesSync(join(folder, 'blobs', digest.slice(0, 2), digest), START / 1_000, START / 1_000)
    test('that a crash before their removal left are collected a day later', async () => {
      for (const { digest } of await blobs.list()) age(digest)
      const crashed = { deletedAt: START, deletedBy: 'bob', deletionReason: 'x' }
      await markDeleted(store.db, store, first.digest, crashed)
      expect(await removeOrphans(ports())).toEqual({ files: 0, bytes: 0 })
      later()
      expect(await removeOrphans(ports())).toEqual({ files: 1, bytes: 'model 1'.length })
      expect(await files()).toBe(4)
    })
    test('that a run has just written stay', async () => {
      later()
      const written = await blobs.write(new TextEncoder().encode('a model whose row comes next'))
      utimesSync(join(folder, 'blobs', written.slice(0, 2), written), START / 1_000 + 1, START / 1_000 + 1)
      expect(await removeOrphans(ports())).toEqual({ files: 0, bytes: 0 })
      age(written)
      expect((await removeOrphans(ports())).files).toBe(1)
    })
    test('are none in a hub that has no files yet', async () => {
      expect(await removeOrphans({ ...ports(), blobs: blobsIn(join(folder, 'nowhere')) })).toMatchObject({
        files: 0,
      })
    })
  })
})
