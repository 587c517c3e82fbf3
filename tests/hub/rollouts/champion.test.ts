/** The rollout loop on a real store: the champion follows a rollout that completes, and goes back with one that is rolled back. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ms } from '@fleetcast/shared/units.ts'
import type { BundleDigest } from '@fleetcast/shared/ids.ts'
import { createChangeHub } from '@fleetcast/hub/adapters/change-hub.ts'
import { createLog } from '@fleetcast/hub/adapters/pino-log.ts'
import { systemClock } from '@fleetcast/hub/adapters/system-clock.ts'
import { setAlias } from '@fleetcast/hub/registry/aliases.ts'
import { protectAlias } from '@fleetcast/hub/registry/protect-alias.ts'
import { rolloutLoop } from '@fleetcast/hub/rollouts/rollout-loop.ts'
import { rolloutsOfVersion } from '@fleetcast/hub/rollouts/rollouts-of-version.ts'
import type { Rollout } from '@fleetcast/hub/rollouts/rollout.ts'
import { findAlias, listAliasHistory } from '@fleetcast/hub/store/queries/aliases.ts'
import { listAliasRequests } from '@fleetcast/hub/store/queries/alias-requests.ts'
import { findRollout, insertRollout, saveRollout } from '@fleetcast/hub/store/queries/rollouts.ts'
import { addVersion, alice, blobsIn, RECIPE, requestId } from '../registry/registry-fixtures.ts'
import { ENGINES } from '../store/engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'
import { CHAMPION, fleet, newRollout, VERSION } from './rollout-fixtures.ts'

describe.each(ENGINES)('the champion on %s', (_name, open) => {
  let temporary: TemporaryStore
  let first: BundleDigest
  let second: BundleDigest
  beforeEach(async () => {
    temporary = await open()
    const blobs = blobsIn(temporary.folder)
    first = (await addVersion(temporary.store, blobs)).digest
    second = (await addVersion(temporary.store, blobs)).digest
  })
  afterEach(() => temporary.remove())

  const key = { recipe: RECIPE, name: 'champion' }
  const ports = () => ({ store: temporary.store, clock: systemClock })
  const champion = async () => (await findAlias(temporary.store.db, temporary.store, key))?.digest ?? null

  const CARRIES = {
    ...{ reference: 'persistence', relativeDifference: -0.2, lower: -0.3, upper: -0.1, margin: 0.05 },
    ...{ days: 30, pairs: 720, mae: 2, referenceMae: 2.5 },
  }

  /** Every stage has passed on numbers that carry it, and it soaks. */
  const soaking = (digest: BundleDigest, id: string): Rollout => {
    const rollout = newRollout({ id, digest })
    return {
      ...rollout,
      state: 'soaking',
      stages: rollout.stages.map((stage) => ({
        ...stage,
        state: 'passed',
        verdict: 'pass',
        measurements: [CARRIES],
      })),
    }
  }

  const store = async (body: Rollout): Promise<void> => {
    const { id, recipe, version, digest, state, createdAt } = body
    const row = { id, recipe, version, digest, state, body, revision: 1, createdAt, updatedAt: createdAt }
    await insertRollout(temporary.store.db, temporary.store, row)
  }

  const orderBack = async (id: string): Promise<void> => {
    const row = (await findRollout(temporary.store, id))!
    const body = { ...(row.body as Rollout), state: 'rollingBack' }
    const set = { state: 'rollingBack', body }
    await saveRollout(temporary.store.db, temporary.store, { id, revision: row.revision, set })
  }

  /** One tick of the loop over a fleet that serves this. */
  async function tick(serving: BundleDigest | null): Promise<void> {
    const stop = new AbortController()
    const clock = { ...systemClock, sleep: async () => stop.abort() }
    const devices = fleet({ serving, servingState: 'committed', servedDaysOfVersion: 30 })
    await rolloutLoop(
      {
        ...{ store: temporary.store, clock, log: createLog('silent'), changes: createChangeHub(1) },
        readFleet: async () => ({ devices, evidence: [] }),
        order: async () => () => undefined,
      },
      ms(1),
      stop.signal,
    )
  }

  describe('the champion', () => {
    test('is the version of a completed rollout, with nobody asked, and goes back with it', async () => {
      await store(soaking(first, 'r1'))
      await tick(null)
      expect(await champion()).toBe(null)
      await tick(first)
      expect(await champion()).toBe(first)
      await orderBack('r1')
      await tick(null)
      expect(await champion()).toBe(null)
      expect((await listAliasHistory(temporary.store, key)).toReversed()).toMatchObject([
        { kind: 'set', by: '_hub', rollout: 'r1', reason: 'rollout r1 completed', toDigest: first },
        { kind: 'restore', by: '_hub', rollout: 'r1', reason: 'rollout r1 was rolled back', toDigest: null },
      ])
      expect(await listAliasRequests(temporary.store)).toEqual([])
    })
    test('returns to the version before it', async () => {
      await store(soaking(first, 'r1'))
      await tick(first)
      await store(soaking(second, 'r2'))
      await tick(second)
      expect(await champion()).toBe(second)
      await orderBack('r2')
      await tick(null)
      expect(await champion()).toBe(first)
    })
    test('that somebody has made another version meanwhile stays so', async () => {
      await store(soaking(first, 'r1'))
      await tick(first)
      await protectAlias(ports(), { ...key, isProtected: false, by: 'root', reason: 'an emergency' })
      const change = { ...key, expectedRevision: 1, reason: 'because', actor: alice }
      await setAlias(ports(), { ...change, version: second })
      await orderBack('r1')
      await tick(null)
      expect(await champion()).toBe(second)
    })
    test('moves past an open request, which is stale then', async () => {
      const change = { ...key, expectedRevision: 0, reason: 'because', actor: alice }
      const id = requestId(await setAlias(ports(), { ...change, version: second }))
      await store(soaking(first, 'r1'))
      await tick(first)
      expect(await listAliasRequests(temporary.store)).toMatchObject([
        { id, state: 'stale', decidedBy: '_hub' },
      ])
    })
  })

  describe('a rollout needs a version', () => {
    const rollout = (state: Rollout['state'], id = 'r1'): Rollout => ({
      ...newRollout({ id }),
      state,
      previous: { ['sea' as never]: CHAMPION },
    })
    test.each(['running', 'soaking', 'paused', 'rollingBack', 'completed', 'aborted'] as const)(
      'while it is %s: its own, and the one it would go back to',
      (state) => {
        expect(rolloutsOfVersion([rollout(state)], VERSION)).toHaveLength(1)
        expect(rolloutsOfVersion([rollout(state)], CHAMPION)).toHaveLength(1)
        expect(rolloutsOfVersion([rollout(state)], first)).toEqual([])
      },
    )
    test('no more when it is rolled back, or has ended and a newer one of the recipe follows', () => {
      expect(rolloutsOfVersion([rollout('rolledBack')], VERSION)).toEqual([])
      const newer = { ...newRollout({ id: 'r2', digest: first }), previous: {} }
      for (const state of ['completed', 'aborted'] as const)
        expect(rolloutsOfVersion([newer, rollout(state)], VERSION)).toEqual([])
      expect(rolloutsOfVersion([newer, rollout('paused')], VERSION)).toHaveLength(1)
      const elsewhere = { ...newer, recipe: 'rain-3h' }
      expect(rolloutsOfVersion([elsewhere, rollout('completed')], VERSION)).toHaveLength(1)
    })
  })
})
