/** The chain on a real database: the triggers refuse changes, and who goes round them is found out. */
import { eq, sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { epochMs } from '@fleetcast/shared/units.ts'
import { appendAudit, recordAudit } from '../../../hub/access/append-audit.ts'
import { auditHash, type AuditEntry } from '../../../hub/access/audit-chain.ts'
import { verifyAudit } from '../../../hub/cli/audit-commands.ts'
import { insertAudit, listAuditAfter, listAuditBefore } from '../../../hub/store/queries/audit.ts'
import type { Store } from '../../../hub/store/store.ts'
import { ok, type Refusal, type Result } from '@fleetcast/shared/result.ts'
import { ENGINES } from '../store/engines.ts'
import type { TemporaryStore } from '../temporary-store.ts'

const entry = (n: number) => ({
  at: epochMs(1_772_000_000_000 + n),
  actor: 'alice',
  action: 'addDevice',
  subject: `POST devices/${n}`,
  details: { body: { id: `dev-${n}`, nested: { b: 1.5, a: [null, true, 'ü'] } } },
})

async function* all(store: Store): AsyncIterable<Result<AuditEntry, Refusal>> {
  for (const row of await listAuditAfter(store, 0, 1_000)) yield ok(row)
}
const verify = (store: Store, head: string | null = null) => verifyAudit(all(store), head)

const appendOnly = { cause: { message: expect.stringMatching(/append-only/) } }

describe.each(ENGINES)('the audit log on %s', (_name, open) => {
  let opened: TemporaryStore
  let store: Store
  beforeEach(async () => {
    opened = await open()
    store = opened.store
    for (let n = 1; n <= 5; n++) await recordAudit(store, entry(n))
  })
  afterEach(() => opened.remove())

  const run = (text: string): Promise<unknown> => execute(store, text)
  const withoutTriggers = async (): Promise<void> => {
    if (store.engine === 'sqlite')
      for (const name of ['audit_no_update', 'audit_no_delete', 'audit_next_only'])
        await run(`drop trigger ${name}`)
    else await run('alter table audit disable trigger user')
  }

  test('holds, and its head is the last entry’s hash', async () => {
    const [last] = await listAuditBefore(store, Number.MAX_SAFE_INTEGER, 1)
    expect(await verify(store)).toEqual(ok({ count: 5, head: last?.hash }))
  })
  test('refuses updates, deletions, replacements and gaps', async () => {
    const { audit } = store.t
    await expect(
      store.db.update(audit).set({ actor: 'bob' }).where(eq(audit.sequence, 2)),
    ).rejects.toMatchObject(appendOnly)
    await expect(store.db.delete(audit).where(eq(audit.sequence, 5))).rejects.toMatchObject(appendOnly)
    const [row] = await listAuditAfter(store, 1, 1)
    await expect(insertAudit(store.db, store, row!)).rejects.toMatchObject(appendOnly)
    await expect(insertAudit(store.db, store, { ...row!, sequence: 9 })).rejects.toMatchObject(appendOnly)
    if (store.engine === 'sqlite')
      await expect(
        run(`insert or replace into audit select * from audit where sequence = 3`),
      ).rejects.toMatchObject(appendOnly)
    else await expect(run('truncate audit')).rejects.toMatchObject(appendOnly)
    expect((await verify(store)).ok).toBe(true)
  })
  test.each([
    ['a changed actor', `update audit set actor = 'mallory' where sequence = 3`, /entry 3 .*was changed/],
    ['a changed time', `update audit set at = at + 1 where sequence = 1`, /entry 1 .*was changed/],
    ['a removed entry', `delete from audit where sequence = 3`, /entry 3 is missing/],
    ['a removed first entry', `delete from audit where sequence = 1`, /entry 1 is missing/],
    [
      'a removed entry whose successors moved up',
      `delete from audit where sequence = 3; update audit set sequence = 3 where sequence = 4; update audit set sequence = 4 where sequence = 5`,
      /entry 3 does not follow/,
    ],
  ])('past the triggers, %s is named', async (_what, change, message) => {
    await withoutTriggers()
    for (const statement of change.split(';')) await run(statement)
    expect(await verify(store)).toMatchObject({
      ok: false,
      error: { code: 'audit/broken', message: expect.stringMatching(message) },
    })
  })
  test('past the triggers, an inserted entry with a right hash of its own is named', async () => {
    await withoutTriggers()
    const rows = await listAuditAfter(store, 0, 10)
    await run('update audit set sequence = 6 where sequence = 5')
    await run('update audit set sequence = 5 where sequence = 4')
    await run('update audit set sequence = 4 where sequence = 3')
    const content = { ...rows[2]!, actor: 'mallory', previous: rows[1]!.hash }
    await insertAudit(store.db, store, { ...content, hash: auditHash(content) })
    expect(await verify(store)).toMatchObject({ error: { message: expect.stringMatching(/entry 4 /) } })
  })
  test('cut off at the end it still holds, but not against a head noted before', async () => {
    const noted = await verify(store)
    const head = noted.ok ? noted.value.head : ''
    await recordAudit(store, entry(6))
    expect((await verify(store, head)).ok).toBe(true)
    await withoutTriggers()
    await run('delete from audit where sequence >= 5')
    expect((await verify(store)).ok).toBe(true)
    expect(await verify(store, head)).toMatchObject({ ok: false, error: { code: 'audit/headMissing' } })
  })
  test('entries written at the same time form one chain', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => recordAudit(store, entry(100 + n))))
    expect(await verify(store)).toMatchObject({ ok: true, value: { count: 25 } })
  })
  test('an entry and the change it belongs to are one: neither lands alone', async () => {
    const failing = store.tx(async (db) => {
      await appendAudit(db, store, entry(6))
      throw new Error('the change failed')
    })
    await expect(failing).rejects.toThrow('the change failed')
    expect(await verify(store)).toMatchObject({ value: { count: 5 } })
  })
  test('text that a database would change or refuse is made plain before it is hashed', async () => {
    await recordAudit(store, {
      ...entry(6),
      subject: 'nul \0 half \uD83D',
      details: { text: 'nul \0 half \uDE00 end', minus: -0, missing: undefined, big: 1e21 },
    })
    expect((await verify(store)).ok).toBe(true)
  })
})

/** A statement as it stands, past the query builder. */
async function execute(store: Store, text: string): Promise<unknown> {
  const { run, execute: send } = store.db as unknown as {
    run?: (query: unknown) => Promise<unknown>
    execute?: (query: unknown) => Promise<unknown>
  }
  const query = sql.raw(text)
  return run === undefined ? send?.call(store.db, query) : run.call(store.db, query)
}
