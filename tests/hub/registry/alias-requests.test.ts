/** Protected aliases: one person asks, another one agrees, and what they agreed to is still the same alias. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { approveRequest, rejectRequest } from '../../../hub/registry/alias-requests.ts'
import { removeAlias, restoreAlias, setAlias } from '../../../hub/registry/aliases.ts'
import { protectAlias } from '../../../hub/registry/protect-alias.ts'
import { findAliasRequest, listAliasRequests } from '../../../hub/store/queries/alias-requests.ts'
import { findAlias, listAliasHistory } from '../../../hub/store/queries/aliases.ts'
import { listEvents } from '../../../hub/store/queries/events.ts'
import type { Store } from '../../../hub/store/store.ts'
import { ENGINES } from '../store/engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'
import { addVersion, alice, blobsIn, bob, RECIPE, requestId, settableClock } from './registry-fixtures.ts'

const aliceByToken = { name: 'alice (token ffffffffffff)', user: 'alice' }
const refusal = (code: string, message = /\w+ \w+/) => ({
  ok: false,
  error: { code, message: expect.stringMatching(message) },
})

describe.each(ENGINES)('a protected alias on %s', (_name, open) => {
  let opened: TemporaryStore
  let store: Store
  let folder: string
  const { clock } = settableClock()
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fleetcast-requests-'))
    opened = await open()
    store = opened.store
    for (let n = 0; n < 3; n++) await addVersion(store, blobsIn(folder))
  })
  afterEach(async () => {
    await opened.remove()
    rmSync(folder, { recursive: true })
  })

  const key = { recipe: RECIPE, name: 'champion' }
  const change = (expectedRevision: number) => ({
    ...key,
    ...{ expectedRevision, reason: 'best on all sites', actor: alice },
  })
  const ask = (version: number, expectedRevision: number, actor = alice) =>
    setAlias({ store, clock }, { ...change(expectedRevision), actor, version: `${RECIPE}@${version}` })
  const approve = (id: number, actor = bob) =>
    approveRequest({ store, clock }, { id, actor, reason: 'seen the evidence' })
  const stateOf = async (id: number) => (await findAliasRequest(store.db, store, id))?.state
  const revision = async () => (await findAlias(store.db, store, key))?.revision ?? null

  test('moves when a second person agrees, and the history names both', async () => {
    const id = requestId(await ask(1, 0))
    expect(await revision()).toBe(null)
    expect(await approve(id)).toEqual({ ok: true, value: undefined })
    expect(await revision()).toBe(1)
    expect(await listAliasHistory(store, key)).toMatchObject([
      { kind: 'approved', by: bob.name, reason: 'best on all sites', request: id },
    ])
    expect(await findAliasRequest(store.db, store, id)).toMatchObject({
      ...{ state: 'approved', requestedBy: 'alice', decidedBy: 'bob', decisionReason: 'seen the evidence' },
    })
    expect((await listEvents(store, 0, 10)).map(({ code }) => code)).toEqual([
      'alias/approved',
      'alias/requested',
    ])
  })
  test('is not approved by the person who asked, by whichever token', async () => {
    const id = requestId(await ask(1, 0, aliceByToken))
    for (const actor of [alice, aliceByToken])
      expect(await approve(id, actor)).toMatchObject(refusal('alias/secondPersonNeeded', /somebody else/))
    expect(await revision()).toBe(null)
    expect(await stateOf(id)).toBe('open')
  })
  test('is neither restored nor removed by one person alone', async () => {
    await approve(requestId(await ask(1, 0)))
    await approve(requestId(await ask(2, 1)))
    const back = requestId(await restoreAlias({ store, clock }, change(2)))
    expect(await revision()).toBe(2)
    await approve(back)
    expect(await listAliasHistory(store, key)).toHaveLength(3)
    const away = requestId(await removeAlias({ store, clock }, change(3)))
    expect(await revision()).toBe(3)
    await approve(away)
    expect(await revision()).toBe(null)
  })
  test('that moved meanwhile makes the request stale: it is refused and says who moved it', async () => {
    const early = requestId(await ask(1, 0))
    const unprotected = { isProtected: false, by: 'root', reason: 'an emergency' }
    await protectAlias({ store, clock }, { ...key, ...unprotected })
    await ask(3, 0, bob)
    expect(await stateOf(early)).toBe('stale')
    expect(await approve(early)).toMatchObject(refusal('alias/changed', /version 3 by now.*bob/))
    expect(await revision()).toBe(1)
  })
  test('of two approvals at the same moment moves once', async () => {
    const id = requestId(await ask(1, 0))
    const results = await Promise.all([approve(id), approve(id), approve(id)])
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(results.find(({ ok }) => !ok)).toMatchObject(refusal('alias/requestClosed', /approved by bob/))
    expect(await revision()).toBe(1)
  })
  test('has one open request: the newer one takes the place of the older', async () => {
    const first = requestId(await ask(1, 0))
    const second = requestId(await ask(2, 0))
    expect(await approve(first)).toMatchObject(refusal('alias/requestClosed', /superseded/))
    expect(await listAliasRequests(store, 'open')).toMatchObject([{ id: second }])
  })
  test('asks nobody when the revision is stale already', async () => {
    expect(await ask(1, 7)).toMatchObject(refusal('alias/changed', /never set/))
    expect(await listAliasRequests(store)).toEqual([])
  })
  test('stays when the request is rejected or taken back', async () => {
    const rejected = requestId(await ask(1, 0))
    expect(await rejectRequest({ store, clock }, { id: rejected, actor: bob, reason: 'too early' })).toEqual({
      ok: true,
      value: undefined,
    })
    expect(await approve(rejected)).toMatchObject(
      refusal('alias/requestClosed', /rejected by bob: too early/),
    )
    const own = requestId(await ask(1, 0))
    await rejectRequest({ store, clock }, { id: own, actor: alice, reason: 'a mistake' })
    expect(await stateOf(own)).toBe('rejected')
    expect(await revision()).toBe(null)
  })
  test('an unknown request is said to be missing', async () => {
    expect(await approve(99)).toMatchObject(refusal('aliasRequest/notFound'))
  })
  test('is any that an administrator protects; another recipe keeps its own rule', async () => {
    const lts = { ...change(0), name: 'lts', version: `${RECIPE}@1` }
    await protectAlias(
      { store, clock },
      { ...key, name: 'lts', isProtected: true, by: 'root', reason: 'what ships' },
    )
    expect(requestId(await setAlias({ store, clock }, lts))).toBeGreaterThan(0)
    await protectAlias(
      { store, clock },
      { ...key, recipe: 'rain-3h', isProtected: false, by: 'root', reason: 'a sandbox' },
    )
    expect(requestId(await ask(1, 0))).toBeGreaterThan(0)
  })
})
