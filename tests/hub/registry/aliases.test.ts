/** Aliases on a real database: compare-and-swap, the way back, and a history that only grows. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { removeAlias, restoreAlias, setAlias } from '../../../hub/registry/aliases.ts'
import { AliasName } from '../../../hub/registry/alias-name.ts'
import { resolveVersion } from '../../../hub/registry/resolve-version.ts'
import { insertAliasEntry, listAliases, listAliasHistory } from '../../../hub/store/queries/aliases.ts'
import { markDeleted } from '../../../hub/store/queries/runs-and-versions.ts'
import type { Store } from '../../../hub/store/store.ts'
import { ENGINES } from '../store/engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'
import { addVersion, alice, blobsIn, bob, RECIPE, settableClock, START } from './registry-fixtures.ts'

const appendOnly = { cause: { message: expect.stringMatching(/append-only/) } }
const refusal = (code: string, message = /\w+ \w+/) => ({
  ok: false,
  error: { code, message: expect.stringMatching(message) },
})
const done = { ok: true, value: { request: null } }

describe.each(ENGINES)('an alias on %s', (_name, open) => {
  let opened: TemporaryStore
  let store: Store
  let folder: string
  let digests: readonly string[]
  const { clock } = settableClock()
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fleetcast-aliases-'))
    opened = await open()
    store = opened.store
    const added = []
    for (let n = 0; n < 3; n++) added.push((await addVersion(store, blobsIn(folder))).digest)
    digests = added
  })
  afterEach(async () => {
    await opened.remove()
    rmSync(folder, { recursive: true })
  })

  const key = { recipe: RECIPE, name: 'candidate' }
  const change = (expectedRevision: number, reason = 'because') => ({
    ...key,
    ...{ expectedRevision, reason, actor: alice },
  })
  const set = (version: number, expectedRevision: number) =>
    setAlias({ store, clock }, { ...change(expectedRevision), version: `${RECIPE}@${version}` })
  const restore = (expectedRevision: number) => restoreAlias({ store, clock }, change(expectedRevision))
  const pointsTo = async (): Promise<number | null> => {
    const [alias] = await listAliases(store)
    return alias === undefined ? null : digests.indexOf(alias.digest) + 1
  }
  const history = async () =>
    (await listAliasHistory(store, key)).map(({ revision, kind, fromDigest, toDigest }) => [
      ...[revision, kind],
      ...[fromDigest, toDigest].map((digest) => (digest === null ? null : digests.indexOf(digest) + 1)),
    ])

  test('is set, moved and removed, and every move is kept with who and why', async () => {
    expect(await set(1, 0)).toEqual(done)
    expect(await set(2, 1)).toEqual(done)
    expect(await removeAlias({ store, clock }, change(2))).toEqual(done)
    expect(await pointsTo()).toBe(null)
    expect(await set(3, 3)).toEqual(done)
    expect(await history()).toEqual([
      [4, 'set', null, 3],
      [3, 'remove', 2, null],
      [2, 'set', 1, 2],
      [1, 'set', null, 1],
    ])
    expect((await listAliasHistory(store, key))[0]).toMatchObject({
      by: 'alice',
      reason: 'because',
      at: START,
    })
  })
  test('a stale revision is refused, and the refusal says what it is by now and who did that', async () => {
    await set(1, 0)
    await setAlias({ store, clock }, { ...change(1, 'better at sea'), actor: bob, version: `${RECIPE}@2` })
    expect(await set(3, 1)).toMatchObject(
      refusal('alias/changed', /is version 2 by now \(revision 2\): bob \(token.*better at sea/),
    )
    expect(await set(3, 0)).toMatchObject(refusal('alias/changed'))
    expect(await pointsTo()).toBe(2)
  })
  test('of twenty that set it at once exactly one wins', async () => {
    await set(1, 0)
    const results = await Promise.all(Array.from({ length: 20 }, (_, i) => set(2 + (i % 2), 1)))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await history()).toHaveLength(2)
  })
  test('returns to its previous value by one command, and forth again by the second', async () => {
    await set(1, 0)
    await set(2, 1)
    expect(await restore(2)).toEqual(done)
    expect(await pointsTo()).toBe(1)
    expect(await restore(3)).toEqual(done)
    expect(await pointsTo()).toBe(2)
    expect(await history()).toMatchObject([
      [4, 'restore', 1, 2],
      [3, 'restore', 2, 1],
      [2, 'set', 1, 2],
      [1, 'set', null, 1],
    ])
  })
  test('that was removed comes back by the same command', async () => {
    await set(1, 0)
    await removeAlias({ store, clock }, change(1))
    await restore(2)
    expect(await pointsTo()).toBe(1)
  })
  test('has nothing to return to before its second value, or when that was deleted', async () => {
    expect(await restore(0)).toMatchObject(refusal('alias/noPrevious'))
    await set(1, 0)
    expect(await restore(1)).toMatchObject(refusal('alias/noPrevious'))
    await set(2, 1)
    const deleted = { deletedAt: START, deletedBy: 'bob', deletionReason: 'broken sensor' }
    await markDeleted(store.db, store, digests[0]!, deleted)
    expect(await restore(2)).toMatchObject(refusal('version/deleted', /2026-05-01 by bob: broken sensor/))
  })
  test('that points there already is left as it is', async () => {
    await set(1, 0)
    expect(await set(1, 1)).toEqual(done)
    expect(await history()).toHaveLength(1)
  })
  test('names only versions of its own recipe', async () => {
    const other = { ...change(0), recipe: 'rain-3h', version: `${RECIPE}@1` }
    expect(await setAlias({ store, clock }, other)).toMatchObject(refusal('alias/otherRecipe'))
  })
  test('is a name for a version beside its number and the start of its digest', async () => {
    await set(2, 0)
    for (const id of [`${RECIPE}@candidate`, `${RECIPE}@2`, digests[1]!.slice(0, 12), digests[1]!])
      expect(await resolveVersion(store, id)).toMatchObject({ ok: true, value: { version: 2 } })
    for (const id of ['', '2', 'candidate', `${RECIPE}@9`, digests[1]!.slice(0, 5), '%', `${RECIPE}@`])
      expect(await resolveVersion(store, id)).toMatchObject(refusal('version/notFound'))
    expect(await resolveVersion(store, `${RECIPE}@lts`)).toMatchObject(refusal('alias/notFound'))
  })

  describe('its history', () => {
    const run = (text: string): Promise<unknown> => execute(store, text)
    beforeEach(async () => {
      await set(1, 0)
      await set(2, 1)
    })
    test('refuses updates, deletions, replacements and gaps', async () => {
      const { aliasHistory } = store.t
      const before = await history()
      const [last] = await listAliasHistory(store, key)
      const { id: _id, ...entry } = last!
      await expect(
        store.db.update(aliasHistory).set({ by: 'mallory' }).where(eq(aliasHistory.revision, 1)),
      ).rejects.toMatchObject(appendOnly)
      await expect(store.db.delete(aliasHistory).where(eq(aliasHistory.revision, 2))).rejects.toMatchObject(
        appendOnly,
      )
      for (const revision of [1, 2, 4])
        await expect(insertAliasEntry(store.db, store, { ...entry, revision })).rejects.toMatchObject(
          appendOnly,
        )
      if (store.engine === 'sqlite') {
        const columns = 'recipe, name, revision, kind, changed_by, reason, at'
        for (const [id, revision] of [
          [1, 3],
          [9, 2],
        ])
          await expect(
            run(
              `insert or replace into alias_history (id, ${columns}) values (${id}, '${RECIPE}', 'candidate', ${revision}, 'set', 'mallory', 'x', 1)`,
            ),
          ).rejects.toMatchObject(appendOnly)
      } else await expect(run('truncate alias_history')).rejects.toMatchObject(appendOnly)
      expect(await history()).toEqual(before)
    })
  })
})

test.each(['champion', 'lts', 'a', 'release-2026-05'])('%s is an alias', (name) =>
  expect(AliasName.safeParse(name).success).toBe(true),
)
test.each(['', '3', '3rd', 'Champion', 'a b', 'a@b', 'ä', 'a_b', 'x'.repeat(32)])('"%s" is none', (name) =>
  expect(AliasName.safeParse(name).success).toBe(false),
)

/** A statement as it stands, past the query builder. */
async function execute(store: Store, text: string): Promise<unknown> {
  const { run, execute: send } = store.db as unknown as {
    run?: (query: unknown) => Promise<unknown>
    execute?: (query: unknown) => Promise<unknown>
  }
  const query = sql.raw(text)
  return run === undefined ? send?.call(store.db, query) : run.call(store.db, query)
}
